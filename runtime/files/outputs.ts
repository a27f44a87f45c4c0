// Outputs by the scheme of their URL. An attempt writes under a name of its own; publishing gives it the name that readers know, and a job's
// output is seen by readers only when all of its parts are there.
import type { FinishAssignment, ListAssignment, OutputFile, PublishAssignment, ReduceAssignment } from "../../core/mapreduce/assignment.ts";
import type { PairBytes } from "../tasks/records/pair-bytes.ts";
import { TaskProblem } from "../tasks/task-problem.ts";
import { schemeOf } from "./inputs.ts";

/** So many bytes more have arrived where the output lies. */
export type OnSent = (bytes: number) => Promise<void>;

/** What a reduce attempt writes. */
export interface OutputWriter {
  /** Takes the bytes before it returns. */
  write(bytes: Buffer): void;
  /** Instead, where keys and values are kept apart and not as lines. */
  pair?(pair: PairBytes): void;
  /** All of it is kept, also if the machine loses power. `onSent`: where it has to be sent there, which may take its time. */
  finish(onSent?: OnSent): Promise<OutputFile>;
  /** Nothing of it stays. */
  abort(): void;
}

export interface OutputKind {
  /** Whether the job may write there; it has the place for itself from then on, where the kind of output knows such a thing. */
  check(assignment: ListAssignment): Promise<void>;
  /** `directory`: of this attempt, on this worker's disk. */
  begin(assignment: ReduceAssignment, directory: string): Promise<OutputWriter>;
  /** Repeating it changes nothing. */
  publish(assignment: PublishAssignment): Promise<void>;
  finish(assignment: FinishAssignment): Promise<void>;
  /** Takes away what an attempt has written that was not published. */
  discard(file: OutputFile, output: string): Promise<void>;
}

export class Outputs implements OutputKind {
  readonly #kinds: Readonly<Record<string, OutputKind>>;

  /** By scheme, without the colon. */
  constructor(kinds: Readonly<Record<string, OutputKind>>) {
    this.#kinds = kinds;
  }

  async check(assignment: ListAssignment): Promise<void> {
    await this.#kindOf(assignment.description.output).check(assignment);
  }

  begin(assignment: ReduceAssignment, directory: string): Promise<OutputWriter> {
    return this.#kindOf(assignment.description.output).begin(assignment, directory);
  }

  publish(assignment: PublishAssignment): Promise<void> {
    return this.#kindOf(assignment.description.output).publish(assignment);
  }

  finish(assignment: FinishAssignment): Promise<void> {
    return this.#kindOf(assignment.description.output).finish(assignment);
  }

  discard(file: OutputFile, output: string): Promise<void> {
    return this.#kindOf(output).discard(file, output);
  }

  #kindOf(url: string): OutputKind {
    const scheme = schemeOf(url);
    const kind = Object.hasOwn(this.#kinds, scheme) ? this.#kinds[scheme] : undefined;
    if (kind !== undefined) return kind;
    const known = Object.keys(this.#kinds).map((each) => `${each}:`);
    throw new TaskProblem("badUrl", `${JSON.stringify(url)} can't be an output: it begins with none of ${known.join(", ")}`);
  }
}

export function partName(task: number): string {
  return `part-${String(task).padStart(5, "0")}`;
}
