// Looks now and then how much room the disk has: tells the replica when it becomes short and when there is plenty again, and
// has the log go on where it had to wait for room. Nobody needs to restart anything when space comes back.
import type { ReplicaEvent } from "../../core/replica/events.ts";
import type { DataDirectory } from "../disk/data-directory.ts";
import type { SpaceState } from "../disk/directory/space.ts";
import { reserveOf, spaceState } from "../disk/directory/space.ts";
import type { WriteAheadLog } from "../disk/write-ahead-log.ts";

export type SpacePorts = {
  readonly directory: Pick<DataDirectory, "freeBytes">;
  readonly log: Pick<WriteAheadLog, "isShortOfSpace" | "retry">;
  readonly lastSnapshotBytes: () => number;
  /** Set by configuration; null: the larger of 256 MiB and 1.5 times the last snapshot. */
  readonly reserveBytes: number | null;
  readonly deliver: (event: ReplicaEvent) => void;
};

export class SpaceWatch {
  readonly #ports: SpacePorts;
  #state: SpaceState = "plenty";
  #isLooking = false;

  constructor(ports: SpacePorts) {
    this.#ports = ports;
  }

  get state(): SpaceState {
    return this.#state;
  }

  look(): void {
    const { directory, log, deliver, lastSnapshotBytes, reserveBytes } = this.#ports;
    if (log.isShortOfSpace) log.retry();
    if (this.#isLooking) return;
    this.#isLooking = true;
    directory.freeBytes((problem, freeBytes) => {
      this.#isLooking = false;
      if (problem !== null) return; // the log will meet the same problem, and says so
      const state = spaceState(this.#state, { freeBytes, reserveBytes: reserveOf({ reserveBytes }, lastSnapshotBytes()) });
      if (state === this.#state) return;
      this.#state = state;
      deliver({ kind: "diskSpace", state });
    });
  }
}
