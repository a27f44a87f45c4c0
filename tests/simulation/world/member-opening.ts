// What a member is made of in one life, and how it is opened: the product's own code reads what the disk holds.
import type { RecoveredGroup } from "../../../core/raft/inputs.ts";
import type { Random } from "../../../core/base/random.ts";
import type { Membership } from "../../../core/raft/membership.ts";
import type { Standing } from "../../../core/replica/birth-state.ts";
import type { ReplicaIdentity } from "../../../core/replica/options.ts";
import type { DataDirectory } from "../../../runtime/disk/data-directory.ts";
import type { DiskProblem } from "../../../runtime/disk/disk-problem.ts";
import { openMemberStorage } from "../../../runtime/disk/member-storage.ts";
import type { SnapshotStore } from "../../../runtime/disk/snapshot-store.ts";
import type { WriteAheadLog } from "../../../runtime/disk/write-ahead-log.ts";
import { bootsIn } from "../../../runtime/replica/boots-seen.ts";
import type { BootsSeen } from "../../../runtime/replica/boots-seen.ts";
import type { EventLoop } from "./event-loop.ts";
import type { Ending } from "./life.ts";
import type { Process } from "./process.ts";
import type { World } from "./world.ts";

export type MemberPorts = {
  readonly world: World;
  readonly process: Process;
  readonly random: Random;
  readonly loop: EventLoop;
  readonly directory: DataDirectory;
  readonly identity: ReplicaIdentity;
  /** What holds before the log or a snapshot says otherwise. */
  readonly founding: Membership;
  readonly onFailure: (problem: DiskProblem) => void;
  readonly onStop: (ending: Ending, words: string) => void;
  readonly onStanding: (standing: Standing) => void;
};

export type OpenedMember = {
  readonly recovered: RecoveredGroup;
  readonly bootsSeen: BootsSeen;
  readonly log: WriteAheadLog;
  readonly store: SnapshotStore;
};

export function openMember(ports: MemberPorts, opened: (member: OpenedMember) => void): void {
  const { world, directory, identity, founding, onFailure } = ports;
  const options = { directory, member: identity.self, limits: world.plan.disk.log, onFailure, observe: () => undefined };
  openMemberStorage(options, (problem, storage) => {
    if (problem !== null) {
      onFailure(problem);
      return;
    }
    const { snapshots: store, recovered: found } = storage;
    const { hardState, base, entries, metadata, tornTail, log } = found;
    if (tornTail !== null) world.effects["torn tail cut"]++;
    const snapshot = store.newest;
    const recovered = { hardState, base, entries, snapshot, membership: snapshot?.membership ?? founding };
    opened({ recovered, bootsSeen: bootsIn(metadata), log, store });
  });
}
