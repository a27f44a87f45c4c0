// Opens a log: reads what earlier lives of this member left, decides between a torn tail and damage, and makes what it
// found durable before anybody hears of it. A torn tail is what a crash leaves of the one frame that was being written,
// at the very end of the log; nothing of it was ever confirmed, so it is cut off. Everything else that is not as it was
// written is damage: no guess is made, nothing is changed, and the member does not start.
import { assert } from "../../core/base/assert.ts";
import type { Entry, LogBase } from "../../core/raft/entry.ts";
import type { HardState } from "../../core/raft/ready.ts";
import { makeDirectory } from "./directory/make-directory.ts";
import type { DiskAnswer, DiskProblem } from "./disk-problem.ts";
import { DiskProblemError } from "./disk-problem.ts";
import { TEMPORARY } from "./file-port.ts";
import { SECTOR_BYTES } from "./log/frame.ts";
import type { LogOptions } from "./log/log-options.ts";
import { joinSnapshot, readLog } from "./log/read-log.ts";
import type { SegmentContent, TornTail } from "./log/read-log.ts";
import type { Metadata } from "./log/records.ts";
import type { OpenSegment } from "./log/segment-chain.ts";
import { makeSegment, removeSegment } from "./log/segment-files.ts";
import { SEGMENT_BYTES_MAX, segmentKeyOf, segmentNumberOf } from "./log/segment.ts";
import { endOf, runTask, valueOf } from "./task.ts";
import type { Task } from "./task.ts";
import { WriteAheadLog } from "./write-ahead-log.ts";

export type RecoveredLog = {
  readonly hardState: HardState;
  /** The newest snapshot's base, or the origin. */
  readonly base: LogBase;
  /** What follows the base, without a gap. */
  readonly entries: readonly Entry[];
  readonly metadata: Metadata;
  /** To be told to people; nothing that was confirmed is lost. */
  readonly tornTail: TornTail | null;
  readonly log: WriteAheadLog;
};

/** Calls back once; or `onFailure` is called, when the disk fails while the log already writes. */
export function recoverLog(options: LogOptions, answer: DiskAnswer<RecoveredLog>): void {
  runTask(recover(options), answer);
}

export function* recover(options: LogOptions): Task<RecoveredLog> {
  const { files, directory } = options;
  yield* makeDirectory(files, directory);
  const names = yield* valueOf<readonly string[]>((answer) => files.list(directory, answer));
  const found = yield* readLog(options, names);
  const joint = joinSnapshot(found.replay, options);
  yield* removeUnused(options, names, found.active);
  const log = new WriteAheadLog(options, { ...found, state: found.replay.state, active: yield* renewActive(options, found.active) });
  const { state } = found.replay;
  if (joint.kind === "restarts") {
    const restart = { restartAfter: { base: joint.base }, hardState: null, truncateFrom: null, entries: [] };
    yield* written(log, (done) => log.append(restart, done));
  }
  if (joint.kind === "trims") yield* written(log, (done) => log.trim(joint.base, done));
  const entries = joint.kind === "restarts" ? [] : found.replay.entriesAfter(joint.base.index);
  return { hardState: state.hardState, base: joint.base, entries, metadata: state.metadata, tornTail: found.tornTail, log };
}

/** Nobody would try again before there is a member: without room for this the start ends, and says what it needs. */
function* written(log: WriteAheadLog, write: (done: () => void) => void): Task<void> {
  const problem = yield* valueOf<DiskProblem | null>((answer) => {
    log.whenStuck((stuck) => answer(null, stuck));
    write(() => answer(null, null));
  });
  log.whenStuck(null);
  if (problem === null) return;
  yield* endOf((finished) => log.close(() => finished(null)));
  throw new DiskProblemError(problem);
}

/** Half-made files, and segments that were made ahead of time: whether those are on the disk as they are shown is not known. */
function* removeUnused(options: LogOptions, names: readonly string[], active: SegmentContent | null): Task<void> {
  const { files, directory } = options;
  for (const name of names.filter((each) => each.endsWith(TEMPORARY))) {
    yield* endOf((finished) => files.remove(`${directory}/${name}`, finished));
  }
  // There may be two of them, when the first frame in the first did not reach the disk. The last goes first: no hole, ever.
  const unused = names.map((name) => segmentNumberOf(name) ?? 0).filter((number) => number > (active?.number ?? 0));
  for (const number of unused.reverse()) yield* removeSegment(files, { directory, number });
}

/**
 * After a crash the page cache may show bytes that the disk does not hold: a sync that failed leaves them so. What was
 * read from the active segment is therefore written anew, to a new file. The sealed segments need no such care: the log
 * went on behind each of them only after its last frame was durable.
 */
function* renewActive(options: LogOptions, active: SegmentContent | null): Task<OpenSegment> {
  const { files, directory, log, limits } = options;
  const { number, bytes, content } = active ?? { number: 1, bytes: limits.segmentBytes, content: null };
  assert(bytes % SECTOR_BYTES === 0 && bytes <= SEGMENT_BYTES_MAX, "a segment is made of whole sectors, and can be read again");
  const file = yield* makeSegment(files, { directory, log, number, bytes, content });
  return { number, key: segmentKeyOf({ log, number }), file, bytes, offset: content?.length ?? SECTOR_BYTES };
}
