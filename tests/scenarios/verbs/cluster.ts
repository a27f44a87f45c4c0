// cluster size=3 [spare=1] [seed=1] [trailing=0] [window=64] [entries=4096] [piece=262144]: the members are n1, n2, …
// With disks=bytes each has a disk of bytes, and its log makes up to [frame=4096] of them durable at once.
import { numberNamed } from "./arguments.ts";
import type { Verb } from "../stage.ts";

/** More than any scenario writes. */
const SEGMENT_BYTES = 65_536;

export const cluster: Verb = (stage, given) => {
  const limits = {
    trailingEntries: numberNamed(given, "trailing", 0),
    windowMessagesMax: numberNamed(given, "window", 64),
    appendEntriesMax: numberNamed(given, "entries", 4_096),
    snapshotPieceBytes: numberNamed(given, "piece", 262_144),
    uncommittedEntriesMax: numberNamed(given, "uncommitted", 100_000),
  };
  const bytes =
    given.named.get("disks") === "bytes" ? { segmentBytes: SEGMENT_BYTES, frameBytesMax: numberNamed(given, "frame", 4_096) } : null;
  stage.build(
    { size: numberNamed(given, "size", 3), spare: numberNamed(given, "spare", 0), seed: numberNamed(given, "seed", 1), limits },
    bytes,
  );
};
