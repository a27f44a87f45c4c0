// One member's disk: the product's data directory, log and snapshots on a simulated disk that takes its time. A crash is a
// loss of power: of what was not synced, any part may be gone. (The labs' disk neither tears nor lies; what the product
// makes of one that does is the simulator's to test, but nothing here is easier than in the labs.)
import type { BootNumber, MemberId } from "../../core/base/ids.ts";
import type { Random } from "../../core/base/random.ts";
import type { LogBase } from "../../core/raft/entry.ts";
import type { RecoveredGroup } from "../../core/raft/inputs.ts";
import type { Membership } from "../../core/raft/membership.ts";
import type { Persist } from "../../core/raft/ready.ts";
import { openDataDirectory } from "../../runtime/disk/data-directory.ts";
import type { DataDirectory } from "../../runtime/disk/data-directory.ts";
import type { DiskProblem } from "../../runtime/disk/disk-problem.ts";
import { openMemberStorage } from "../../runtime/disk/member-storage.ts";
import type { MemberStorage } from "../../runtime/disk/member-storage.ts";
import type { SnapshotStore } from "../../runtime/disk/snapshot-store.ts";
import { bootsMetadata, bootsWrite } from "../../runtime/replica/boots-seen.ts";
import type { BootsSeen } from "../../runtime/replica/boots-seen.ts";
import { recoveredReplica } from "../../runtime/replica/recovered-group.ts";
import { SimulatedDisk } from "../simulation/world/disk/simulated-disk.ts";
import type { LabTime } from "./lab-time.ts";
import { LabFailure } from "./script.ts";
import { StateSize } from "./state-size.ts";

const DATA = "/data";
const SYNC_US = { min: 500, max: 10_000 };
const OTHER_US = { min: 5, max: 50 };
/** Small, so that the end of one is met often. */
const LOG_LIMITS = { segmentBytes: 65_536, frameBytesMax: 32_768 };

export type DiskOptions = { readonly time: LabTime; readonly random: Random; readonly member: MemberId; readonly founding: Membership };

/** What one process has of its disk. */
export type OpenedDisk = {
  readonly boot: BootNumber;
  readonly recovered: RecoveredGroup;
  readonly bootsSeen: BootsSeen;
  readonly snapshots: SnapshotStore;
  readonly rememberLives: (boots: BootsSeen, done: () => void) => void;
  readonly write: (persist: Persist, bootsSeen: BootsSeen | null, done: () => void) => void;
  readonly trim: (base: LogBase) => void;
};

export class MemberDisk {
  readonly #options: DiskOptions;
  readonly #disk: SimulatedDisk;
  readonly #size = new StateSize();
  #snapshots: SnapshotStore | null = null;

  constructor(options: DiskOptions) {
    this.#options = options;
    this.#disk = new SimulatedDisk((delayUs, run) => options.time.after(delayUs / 1_000, run), options.random);
    this.#disk.faults.delay = OTHER_US;
    this.#disk.faults.syncDelay = SYNC_US;
  }

  /** What a restart would have to read besides the snapshot. */
  get stateBytes(): number {
    return this.#size.bytes;
  }

  /** Of the newest snapshot; 0: there is none. */
  get snapshotBytes(): number {
    return this.#snapshots?.newest?.sizeBytes ?? 0;
  }

  /** For a new process. Never answers if that process is gone by then. */
  open(answer: (opened: OpenedDisk) => void): void {
    openDataDirectory({ files: this.#disk.boot(), path: DATA, mark: 0 }, (problem, directory) => {
      if (problem === null) this.#openStorage(directory, answer);
      else this.#fail(problem);
    });
  }

  crash(): void {
    this.#disk.crash("power");
  }

  #openStorage(directory: DataDirectory, answer: (opened: OpenedDisk) => void): void {
    const { member } = this.#options;
    const onFailure = (problem: DiskProblem): void => this.#fail(problem);
    openMemberStorage({ directory, member, limits: LOG_LIMITS, onFailure, observe: () => undefined }, (problem, storage) => {
      if (problem === null) answer(this.#opened(storage, directory.life));
      else this.#fail(problem);
    });
  }

  #opened(storage: MemberStorage, boot: BootNumber): OpenedDisk {
    const { log } = storage.recovered;
    const { recovered, bootsSeen } = recoveredReplica(storage, this.#options.founding);
    this.#size.recovered(recovered);
    this.#snapshots = storage.snapshots;
    return {
      boot,
      recovered,
      bootsSeen,
      snapshots: storage.snapshots,
      write: ({ restartAfter, hardState, truncateFrom, entries }, boots, done) => {
        const metadata = boots === null ? null : bootsMetadata(boots);
        log.append({ restartAfter, hardState, truncateFrom, entries, metadata }, () => {
          this.#size.written({ restartAfter, hardState, truncateFrom, entries });
          done();
        });
      },
      rememberLives: (boots, done) => log.append(bootsWrite(boots), done),
      trim: (base) => log.trim(base, () => this.#size.trimmed(base)),
    };
  }

  #fail(problem: DiskProblem): never {
    throw new LabFailure(`the disk of ${this.#options.member}: ${problem.message}`);
  }
}
