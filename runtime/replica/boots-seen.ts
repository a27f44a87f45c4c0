// Which life of each peer this member has met, as it is kept with the log: a peer that comes back with an older one has lost
// its disk, and that must be noticed after a restart of this member too.
import type { BootNumber } from "../../core/base/ids.ts";
import { asBoot } from "../../core/base/ids.ts";
import type { Metadata } from "../disk/log/records.ts";
import type { LogWrite } from "../disk/log/write-queue.ts";

export type BootsSeen = Readonly<Record<string, BootNumber>>;

export function bootsMetadata(bootsSeen: BootsSeen): Metadata {
  return { bootsSeen };
}

/** Lives alone, where nothing else is to be written. */
export function bootsWrite(bootsSeen: BootsSeen): LogWrite {
  return { restartAfter: null, hardState: null, truncateFrom: null, entries: [], metadata: bootsMetadata(bootsSeen) };
}

export function bootsIn({ bootsSeen }: Metadata): BootsSeen {
  if (typeof bootsSeen !== "object" || bootsSeen === null) return {};
  return Object.fromEntries(
    Object.entries(bootsSeen).flatMap(([member, boot]) => (typeof boot === "number" ? [[member, asBoot(boot)]] : [])),
  );
}
