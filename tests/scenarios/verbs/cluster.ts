// cluster size=3 [spare=1] [seed=1] [trailing=0] [window=64] [entries=4096] [piece=262144]: the members are n1, n2, …
import { numberNamed } from "./arguments.ts";
import type { Verb } from "../stage.ts";

export const cluster: Verb = (stage, given) => {
  const limits = {
    trailingEntries: numberNamed(given, "trailing", 0),
    windowMessagesMax: numberNamed(given, "window", 64),
    appendEntriesMax: numberNamed(given, "entries", 4_096),
    snapshotPieceBytes: numberNamed(given, "piece", 262_144),
    uncommittedEntriesMax: numberNamed(given, "uncommitted", 100_000),
  };
  stage.build({ size: numberNamed(given, "size", 3), spare: numberNamed(given, "spare", 0), seed: numberNamed(given, "seed", 1), limits });
};
