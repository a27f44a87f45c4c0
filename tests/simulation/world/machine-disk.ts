// The disk of one machine, and the handles by which faults get at it. It outlives the processes that use it, and what went
// wrong with it is counted where it took effect.
import type { FilePort } from "../../../runtime/disk/file-port.ts";
import { beginsFrame } from "../../../runtime/disk/log/frame.ts";
import type { Random } from "../../../core/base/random.ts";
import type { DiskProfile } from "../run-plan.ts";
import type { EffectCounts } from "./counters.ts";
import { SimulatedDisk } from "./disk/simulated-disk.ts";
import type { DiskImage } from "./disk/simulated-disk.ts";
import type { SimulatedFile } from "./disk/simulated-file.ts";
import { SECTOR_BYTES } from "./disk/simulated-file.ts";
import type { Undo } from "./network.ts";

/** The data directory, and the folder in it that the log has to itself. */
export const DATA = "data";
const LOG = "log";
/** Fast enough for everything that must be done in time. */
const CALM_SYNC_US = { min: 100, max: 1_000 } as const;
const CALM_US = { min: 5, max: 50 } as const;

export type MachineDiskPorts = {
  readonly profile: DiskProfile;
  readonly random: Random;
  readonly effects: EffectCounts;
  /** How operations end: by the event loop of the process that asked. */
  readonly schedule: (delayUs: number, run: () => void) => void;
};

export class MachineDisk {
  readonly #disk: SimulatedDisk;
  readonly #effects: EffectCounts;

  constructor({ profile, random, effects, schedule }: MachineDiskPorts) {
    this.#disk = new SimulatedDisk(schedule, random);
    this.#effects = effects;
    const { faults } = this.#disk;
    faults.delay = { min: profile.otherMinUs, max: profile.otherMaxUs };
    faults.syncDelay = { min: profile.syncMinUs, max: profile.syncMaxUs };
  }

  boot(): FilePort {
    return this.#disk.boot();
  }

  crash(kind: "process" | "power"): void {
    const { counts } = this.#disk;
    const lostBefore = counts.lostSector + counts.lostDirectoryChange;
    this.#disk.crash(kind);
    if (kind === "process") this.#effects["crash: process killed"]++;
    else if (counts.lostSector + counts.lostDirectoryChange > lostBefore) this.#effects["crash: power lost with unsynced bytes"]++;
  }

  wipe(): void {
    this.#disk.wipe();
  }

  /** What the disk holds now, for whoever wants to have it back. */
  backUp(): DiskImage {
    return this.#disk.image();
  }

  restore(image: DiskImage): void {
    this.#disk.restore(image);
  }

  slowDown(byUs: number): Undo {
    this.#disk.faults.slowness += byUs;
    return once(() => {
      this.#disk.faults.slowness -= byUs;
    });
  }

  failSyncs(count: number): Undo {
    this.#disk.faults.failNextSyncs += count;
    return () => {
      this.#disk.faults.failNextSyncs = 0;
    };
  }

  failWrites(chance: number): Undo {
    this.#disk.faults.failWriteChance = chance;
    return () => {
      this.#disk.faults.failWriteChance = 0;
    };
  }

  /** Leaves room for a little more than there is, and for less the smaller the die fell. */
  fill(die: number): Undo {
    const { faults } = this.#disk;
    faults.quotaBytes = this.#disk.usedBytes + Math.floor(die * die * 262_144);
    return () => {
      faults.quotaBytes = Infinity;
    };
  }

  holdSyncs(): Undo {
    return once(this.#disk.holdSyncs());
  }

  /** One bit of what was really written. False on an empty disk. */
  flipBit(fileDie: number, bitDie: number): boolean {
    const chosen = this.#writtenFile(fileDie);
    if (chosen === null) return false;
    const [path, file] = chosen;
    return this.#disk.flipBit(path, Math.floor(bitDie * 8 * file.writtenBytes));
  }

  /**
   * A whole sector of what was written is gone, as after a write that the disk confirmed and lost. False where there is none.
   * Never of the last frame of the log: nothing on this disk tells that from a write that a crash kept from it, so the member
   * would forget what it promised, and nobody can promise anything then.
   */
  loseSector(fileDie: number, sectorDie: number): boolean {
    const chosen = this.#writtenFile(fileDie);
    if (chosen === null) return false;
    const [path, file] = chosen;
    const sectors = Math.floor(file.writtenBytes / SECTOR_BYTES);
    const offset = Math.floor(sectorDie * sectors) * SECTOR_BYTES;
    if (sectors === 0 || file.read(offset, SECTOR_BYTES).every((byte) => byte === 0)) return false;
    if (path.endsWith(".segment") && !hasFrameBehind(file, offset)) return false;
    file.write(offset, new Uint8Array(SECTOR_BYTES));
    file.sync();
    return true;
  }

  /** False where there is none. */
  loseLog(): boolean {
    const data = this.#disk.root.get(DATA);
    if (data?.kind !== "directory" || data.get(LOG) === null) return false;
    data.set(LOG, null);
    data.sync();
    return true;
  }

  #writtenFile(die: number): readonly [path: string, file: SimulatedFile] | null {
    const files = this.#disk.files().filter(([, file]) => file.writtenBytes > 0);
    return files[Math.floor(die * files.length)] ?? null;
  }

  /** All faults are over. */
  calm(): void {
    const { faults } = this.#disk;
    faults.delay = CALM_US;
    faults.syncDelay = CALM_SYNC_US;
    faults.slowness = 0;
    faults.failNextSyncs = 0;
    faults.failWriteChance = 0;
    faults.quotaBytes = Infinity;
  }

  /** Adds what happened to this disk to the counts of the run. */
  report(): void {
    const { counts } = this.#disk;
    this.#effects["slow fsync"] += counts.slowSync;
    this.#effects["failing fsync"] += counts.failedSync;
    this.#effects["failing write"] += counts.failedWrite;
    this.#effects["full disk"] += counts.noSpace;
  }
}

function once(undo: Undo): Undo {
  let isUndone = false;
  return () => {
    if (isUndone) return;
    isUndone = true;
    undo();
  };
}

function hasFrameBehind(file: SimulatedFile, sector: number): boolean {
  for (let offset = sector + SECTOR_BYTES; offset < file.writtenBytes; offset += SECTOR_BYTES) {
    if (beginsFrame(file.read(offset, 1)[0] ?? 0)) return true;
  }
  return false;
}
