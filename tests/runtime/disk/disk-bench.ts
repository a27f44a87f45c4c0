// What the tests of this folder stand on: a simulated disk with a clock of its own, and logs opened over it.
import { asIndex, asServiceIndex, asTerm } from "../../../core/base/ids.ts";
import { Random } from "../../../core/base/random.ts";
import { createEntry } from "../../../core/raft/entry.ts";
import type { Entry, LogBase } from "../../../core/raft/entry.ts";
import type { DiskAnswer, DiskProblem } from "../../../runtime/disk/disk-problem.ts";
import type { FilePort } from "../../../runtime/disk/file-port.ts";
import type { LogObservation, LogOptions } from "../../../runtime/disk/log/log-options.ts";
import { recoverLog } from "../../../runtime/disk/recovery.ts";
import type { RecoveredLog } from "../../../runtime/disk/recovery.ts";
import type { LogWrite } from "../../../runtime/disk/write-ahead-log.ts";
import { SimulatedDirectory } from "../../simulation/world/disk/simulated-directory.ts";
import { SimulatedDisk } from "../../simulation/world/disk/simulated-disk.ts";

export type Result<T> = { readonly problem: DiskProblem; readonly value: null } | { readonly problem: null; readonly value: T };

/** A disk whose operations end one after the other, as fast as the test steps them. */
export class DiskBench {
  readonly random: Random;
  readonly disk: SimulatedDisk;
  readonly #planned: { readonly at: number; readonly run: () => void }[] = [];
  #now = 0;

  constructor(seed = 1) {
    this.random = new Random(seed);
    this.disk = new SimulatedDisk((delay, run) => this.#plan(this.#now + delay, run), this.random.child("disk"));
    this.disk.root.set("data", new SimulatedDirectory());
    this.disk.root.sync();
  }

  /** Lets at most so many operations end; true while there are more. */
  step(count = 1): boolean {
    for (let i = 0; i < count; i++) {
      const next = this.#planned.shift();
      if (next === undefined) return false;
      this.#now = next.at;
      next.run();
    }
    return this.#planned.length > 0;
  }

  /** Lets everything end. */
  settle(): void {
    while (this.step()) if (this.#planned.length > 10_000) throw new Error("the disk never comes to rest");
  }

  /** Starts something, lets everything end, and gives what it ended with. */
  result<T>(start: (answer: DiskAnswer<T>) => void): Result<T> {
    const results: Result<T>[] = [];
    start((...[problem, value]) => {
      results.push(problem === null ? { problem, value } : { problem, value: null });
    });
    this.settle();
    const [only] = results;
    if (only === undefined || results.length > 1) throw new Error(`answered ${String(results.length)} times`);
    return only;
  }

  value<T>(start: (answer: DiskAnswer<T>) => void): T {
    const result = this.result(start);
    if (result.problem !== null) throw new Error(result.problem.message);
    return result.value;
  }

  problem(start: (answer: DiskAnswer<unknown>) => void): DiskProblem {
    const result = this.result(start);
    if (result.problem === null) throw new Error("there was no problem");
    return result.problem;
  }

  /** A crash, and what the next life finds. */
  restart(kind: "process" | "power"): FilePort {
    this.disk.crash(kind);
    return this.disk.boot();
  }

  #plan(at: number, run: () => void): void {
    let place = this.#planned.length;
    while (place > 0 && (this.#planned[place - 1]?.at ?? 0) > at) place--;
    this.#planned.splice(place, 0, { at, run });
  }
}

export const LOG_DIRECTORY = "/data/log";

export type OpenedLog = RecoveredLog & { readonly failures: DiskProblem[]; readonly observations: LogObservation[] };
export type LogChoice = Partial<LogOptions> & { readonly files: FilePort };

export function logOptions(choice: LogChoice): LogOptions & { readonly failures: DiskProblem[]; readonly observations: LogObservation[] } {
  const failures: DiskProblem[] = [];
  const observations: LogObservation[] = [];
  return {
    directory: LOG_DIRECTORY,
    log: "member-1",
    snapshot: null,
    mustExist: false,
    limits: { segmentBytes: 8_192, frameBytesMax: 4_096 },
    onFailure: (problem) => failures.push(problem),
    observe: (observation) => observations.push(observation),
    failures,
    observations,
    ...choice,
  };
}

export function openLog(bench: DiskBench, choice: LogChoice): OpenedLog {
  const options = logOptions(choice);
  const recovered = bench.value<RecoveredLog>((answer) => recoverLog(options, answer));
  return { ...recovered, failures: options.failures, observations: options.observations };
}

export function entry(index: number, term = 1, bodyBytes = 20): Entry {
  const body = new Uint8Array(bodyBytes).fill(index & 255);
  return createEntry({ index: asIndex(index), term: asTerm(term), serviceIndex: asServiceIndex(index), kind: "command", version: 1, body });
}

export function entries(from: number, to: number, term = 1): readonly Entry[] {
  return Array.from({ length: to - from + 1 }, (_, i) => entry(from + i, term));
}

export function base(index: number, term = 1): LogBase {
  return { index: asIndex(index), term: asTerm(term), serviceIndex: asServiceIndex(index) };
}

export function write(change: Partial<LogWrite>): LogWrite {
  return { restartAfter: null, hardState: null, truncateFrom: null, entries: [], ...change };
}

export const idsOf = (list: readonly Entry[]): readonly string[] => list.map((each) => `${String(each.index)}/${String(each.term)}`);
