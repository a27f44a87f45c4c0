// File operations written downwards although each of them ends in a callback: a task is a generator that yields the
// start of an operation and goes on with what came back. No promises, so a simulated disk steps it as it likes.
// A failed operation throws at its `yield*`; so `finally` works, and a task ends with a value or with one problem.
import { diskProblem, DiskProblemError, problemOfFileError } from "./disk-problem.ts";
import type { DiskAnswer, DiskProblem, DiskProblemKind } from "./disk-problem.ts";
import type { Answer, FileError, Finished } from "./file-port.ts";

type Settled = { readonly error: FileError | null; readonly value: unknown };
type Start = (settle: (settled: Settled) => void) => void;

export type Task<T> = Generator<Start, T, unknown>;

/** An operation that failed, inside a task. */
export class FileFailure extends Error {
  override readonly name = "FileFailure";
  readonly error: FileError;

  constructor(error: FileError) {
    super(`${error.operation} ${error.path} ${error.code}`);
    this.error = error;
  }
}

/** The value that an operation answers with. */
export function* valueOf<T>(start: (answer: Answer<T>) => void): Task<T> {
  return (yield (settle) => {
    start((error, value) => {
      settle({ error, value });
    });
  }) as T;
}

/** The end of an operation that has no value. */
export function* endOf(start: (finished: Finished) => void): Task<void> {
  yield (settle) => {
    start((error) => {
      settle({ error, value: undefined });
    });
  };
}

export function fail(kind: DiskProblemKind, place: { readonly file: string; readonly offset?: number }, what: string): never {
  throw new DiskProblemError(diskProblem(kind, place, what));
}

/** Runs until the first operation that does not end at once, and again from each end to the next. */
export function runTask<T>(task: Task<T>, answer: DiskAnswer<T>): void {
  const proceed = (first: Settled): void => {
    let settled: Settled | null = first;
    // A loop, because an operation that calls back at once must not resume a generator that is still running.
    while (settled !== null) {
      const step = advance(task, settled);
      if (step.kind === "ended") {
        answer(...step.answer);
        return;
      }
      settled = startOrWait(step.start, proceed);
    }
  };
  proceed({ error: null, value: undefined });
}

/** The same for a task that has no value. */
export function runToEnd(task: Task<void>, finished: (problem: DiskProblem | null) => void): void {
  runTask<void>(task, (...[problem]) => {
    finished(problem);
  });
}

type Step<T> = { readonly kind: "started"; readonly start: Start } | { readonly kind: "ended"; readonly answer: Parameters<DiskAnswer<T>> };

function advance<T>(task: Task<T>, settled: Settled): Step<T> {
  try {
    const next = settled.error === null ? task.next(settled.value) : task.throw(new FileFailure(settled.error));
    return next.done === true ? { kind: "ended", answer: [null, next.value] } : { kind: "started", start: next.value };
  } catch (thrown) {
    if (thrown instanceof FileFailure) return { kind: "ended", answer: [problemOfFileError(thrown.error), null] };
    if (thrown instanceof DiskProblemError) return { kind: "ended", answer: [thrown.problem, null] };
    throw thrown; // a bug, not the disk's
  }
}

/** What the operation ended with, if it did so at once; otherwise `later` is called when it ends. */
function startOrWait(start: Start, later: (settled: Settled) => void): Settled | null {
  let atOnce: Settled | null = null;
  let returned = false;
  start((settled) => {
    if (returned) later(settled);
    else atOnce = settled;
  });
  returned = true;
  return atOnce;
}
