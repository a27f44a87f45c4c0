// What goes wrong with a simulated disk, and how often it did. The simulator changes the plan while the world runs;
// a fault counts only when it took effect. Delays are in whatever unit the disk's scheduler counts.

export type Delay = { readonly min: number; readonly max: number };

export type DiskFaultPlan = {
  /** How long an operation takes, and how long one that syncs does (a write-through write is such a one). */
  delay: Delay;
  syncDelay: Delay;
  /** Added to every sync while the disk is slow. */
  slowness: number;
  /** A sync fails, and the machine forgets that the bytes never reached the disk: the cache goes on showing them. */
  failSyncChance: number;
  /** So many of the next syncs fail for certain. */
  failNextSyncs: number;
  /** A write fails after some of its sectors. */
  failWriteChance: number;
  /** No file grows when all of them together would be larger than this. */
  quotaBytes: number;
  /** At a loss of power: how likely each sector, and each change of a directory, that was not synced is there all the same. */
  survivalChance: number;
};

export function noFaults(): DiskFaultPlan {
  return {
    delay: { min: 0, max: 0 },
    syncDelay: { min: 0, max: 0 },
    slowness: 0,
    failSyncChance: 0,
    failNextSyncs: 0,
    failWriteChance: 0,
    quotaBytes: Infinity,
    survivalChance: 0.5,
  };
}

export const DISK_FAULT_KINDS = [
  "slowSync",
  "heldSync",
  "failedSync",
  "failedWrite",
  "noSpace",
  "processCrash",
  "powerLoss",
  /** An operation was under way at a crash and happened in part, or fully without anybody hearing of it. */
  "interrupted",
  "lostSector",
  "lostDirectoryChange",
  /** A life began in which the cache showed bytes that the disk did not hold. */
  "staleCache",
  "bitFlip",
  "wipe",
  "rollback",
] as const;

export type DiskFaultKind = (typeof DISK_FAULT_KINDS)[number];
export type DiskFaultCounts = Record<DiskFaultKind, number>;

export function noFaultCounts(): DiskFaultCounts {
  return Object.fromEntries(DISK_FAULT_KINDS.map((kind) => [kind, 0])) as DiskFaultCounts;
}
