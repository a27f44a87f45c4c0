// A disk under a simulated member: bytes in memory, and every operation ends when the world says so. A life of the
// member gets a port of its own; a crash ends that life, and with a loss of power also whatever was not synced.
import type { Random } from "../../../../core/base/random.ts";
import type { FilePort } from "../../../../runtime/disk/file-port.ts";
import { noFaultCounts, noFaults } from "./disk-faults.ts";
import type { DiskFaultCounts, DiskFaultPlan } from "./disk-faults.ts";
import { DiskLife } from "./disk-life.ts";
import { SimulatedDirectory } from "./simulated-directory.ts";
import type { SimulatedFile } from "./simulated-file.ts";

export type Schedule = (delay: number, run: () => void) => void;

/** What a disk held at some moment: an old backup, for those who restore one. */
export type DiskImage = { readonly root: SimulatedDirectory };

export class SimulatedDisk {
  readonly faults: DiskFaultPlan = noFaults();
  readonly counts: DiskFaultCounts = noFaultCounts();
  readonly random: Random;
  readonly schedule: Schedule;
  root = new SimulatedDirectory();
  #life: DiskLife | null = null;

  constructor(schedule: Schedule, random: Random) {
    this.schedule = schedule;
    this.random = random;
  }

  /** The files as a new process finds them. */
  boot(): FilePort {
    this.#life?.end();
    if (this.files().some(([, file]) => file.showsMoreThanDisk)) this.counts.staleCache++;
    this.#life = new DiskLife(this);
    return this.#life;
  }

  /** `process`: what was written stays in the cache, as after a kill. `power`: each unsynced sector and name survives or not. */
  crash(kind: "process" | "power"): void {
    this.#life?.end();
    this.#life = null;
    this.counts[kind === "process" ? "processCrash" : "powerLoss"]++;
    if (kind === "process") return;
    const lost = this.root.losePower(this.random, this.faults.survivalChance);
    this.counts.lostSector += lost.sectors;
    this.counts.lostDirectoryChange += lost.changes;
  }

  /** From now on syncs (and write-through writes) don't end, until the returned function is called. */
  holdSyncs(): () => void {
    return this.#life?.holdSyncs() ?? ((): void => undefined);
  }

  files(): readonly (readonly [path: string, file: SimulatedFile])[] {
    return [...this.root.files()];
  }

  get usedBytes(): number {
    return this.files().reduce((sum, [, file]) => sum + file.size, 0);
  }

  /** False without such a file, or where the file ends before that bit. */
  flipBit(path: string, bit: number): boolean {
    const file = this.files().find(([each]) => each === path)?.[1];
    if (file === undefined || bit >= 8 * file.size) return false;
    file.flipBit(bit);
    this.counts.bitFlip++;
    return true;
  }

  wipe(): void {
    this.#replace(new SimulatedDirectory());
    this.counts.wipe++;
  }

  image(): DiskImage {
    return { root: this.root.copy() };
  }

  restore(image: DiskImage): void {
    this.#replace(image.root.copy());
    this.counts.rollback++;
  }

  #replace(root: SimulatedDirectory): void {
    this.#life?.end();
    this.#life = null;
    this.root = root;
  }
}
