// Everything that a member of a group keeps, opened in the one right order: snapshots first, because the log has to join
// the newest of them; then the log; and only when a log is there, the directory says that it must be from now on.
import type { MemberId } from "../../core/base/ids.ts";
import type { DataDirectory } from "./data-directory.ts";
import type { DiskAnswer, DiskProblem } from "./disk-problem.ts";
import type { LogLimits, LogObservation } from "./log/log-options.ts";
import { recover } from "./recovery.ts";
import type { RecoveredLog } from "./recovery.ts";
import { SnapshotStore } from "./snapshot-store.ts";
import { runTask } from "./task.ts";
import type { Task } from "./task.ts";

export type MemberStorageOptions = {
  readonly directory: DataDirectory;
  readonly member: MemberId;
  readonly limits: LogLimits;
  readonly onFailure: (problem: DiskProblem) => void;
  readonly observe: (observation: LogObservation) => void;
};

export type MemberStorage = { readonly snapshots: SnapshotStore; readonly recovered: RecoveredLog };

/** Calls back once; or `onFailure` is called, when the disk fails while the log already writes. */
export function openMemberStorage(options: MemberStorageOptions, answer: DiskAnswer<MemberStorage>): void {
  runTask(open(options), answer);
}

function* open(options: MemberStorageOptions): Task<MemberStorage> {
  const { directory, member, limits, onFailure, observe } = options;
  const { files } = directory;
  const snapshots = yield* SnapshotStore.open({ files, directory: directory.snapshotsPath, owner: member });
  const recovered = yield* recover({
    files,
    directory: directory.logPath,
    log: member,
    snapshot: snapshots.newest?.base ?? null,
    mustExist: directory.hasLog,
    limits,
    onFailure,
    observe,
  });
  yield* directory.recordLog();
  return { snapshots, recovered };
}
