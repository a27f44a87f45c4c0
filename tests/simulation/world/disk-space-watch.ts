// Looks now and then how much room the disk has, as the host of a real member does: tells the replica when it becomes
// short and when there is plenty again, and has the log go on when it had to wait for room.
import type { ReplicaEvent } from "../../../core/replica/events.ts";
import type { DataDirectory } from "../../../runtime/disk/data-directory.ts";
import { spaceState } from "../../../runtime/disk/directory/space.ts";
import type { SpaceState } from "../../../runtime/disk/directory/space.ts";
import type { WriteAheadLog } from "../../../runtime/disk/write-ahead-log.ts";

const TICKS_BETWEEN_LOOKS = 8;
const SEGMENTS_IN_RESERVE = 3;

export type DiskSpaceWatchPorts = {
  readonly directory: DataDirectory;
  readonly log: WriteAheadLog;
  readonly deliver: (event: ReplicaEvent) => void;
  readonly segmentBytes: number;
};

export class DiskSpaceWatch {
  readonly #ports: DiskSpaceWatchPorts;
  #state: SpaceState = "plenty";
  #ticks = 0;

  constructor(ports: DiskSpaceWatchPorts) {
    this.#ports = ports;
  }

  tick(): void {
    if (++this.#ticks % TICKS_BETWEEN_LOOKS !== 0) return;
    const { directory, log, deliver, segmentBytes } = this.#ports;
    if (log.isShortOfSpace) log.retry();
    directory.freeBytes((problem, freeBytes) => {
      if (problem !== null) return;
      const state = spaceState(this.#state, { freeBytes, reserveBytes: SEGMENTS_IN_RESERVE * segmentBytes });
      if (state === this.#state) return;
      this.#state = state;
      deliver({ kind: "diskSpace", state });
    });
  }
}
