// Random lives of a log on a simulated disk: writes of every kind, crashes at any step (also during recovery), failing
// syncs, a full disk. After each crash the recovered log must be one of the states between what was confirmed and what
// was asked for, and what a recovery found must outlive the next loss of power.
import { asIndex, asMember, asTerm } from "../../../core/base/ids.ts";
import { Random } from "../../../core/base/random.ts";
import type { LogBase } from "../../../core/raft/entry.ts";
import type { DiskProblem } from "../../../runtime/disk/disk-problem.ts";
import type { QueuedWrite } from "../../../runtime/disk/log/write-queue.ts";
import { recoverLog } from "../../../runtime/disk/recovery.ts";
import type { RecoveredLog } from "../../../runtime/disk/recovery.ts";
import type { WriteAheadLog } from "../../../runtime/disk/write-ahead-log.ts";
import { base, DiskBench, entry, logOptions, write } from "./disk-bench.ts";
import { after, EMPTY_MODEL, lastIndexOf, modelOf, seenFrom, statesThrough, termAt, textOfModel } from "./log-model.ts";
import type { LogModel } from "./log-model.ts";

const LIVES = 8;
const ACTIONS_PER_LIFE = 60;

class LogLives {
  readonly random: Random;
  readonly bench: DiskBench;
  readonly limits: { readonly segmentBytes: number; readonly frameBytesMax: number };
  failures: DiskProblem[] = [];
  tornTails = 0;
  confirmedWrites = 0;
  segmentsRemoved = 0;
  log: WriteAheadLog | null = null;
  /** What is confirmed, and what was asked for behind it. */
  confirmed: LogModel = EMPTY_MODEL;
  waiting: QueuedWrite[] = [];
  asked: LogModel = EMPTY_MODEL;
  snapshot: LogBase | null = null;
  /** Nothing up to here is ever truncated. */
  committed = 0;
  vote = 0;

  constructor(seed: number) {
    this.random = new Random(seed);
    this.bench = new DiskBench(seed);
    const { faults } = this.bench.disk;
    faults.delay = { min: 0, max: 2 };
    faults.syncDelay = { min: 0, max: 6 };
    faults.survivalChance = this.random.pick([0, 0.2, 0.5, 0.8, 1]);
    this.limits = { segmentBytes: 512 * this.random.between(6, 20), frameBytesMax: 512 * this.random.between(1, 5) };
  }

  live(): void {
    for (let life = 0; life < LIVES; life++) {
      this.recover();
      for (let i = 0; i < ACTIONS_PER_LIFE && this.failures.length === 0; i++) this.act();
      this.crash();
    }
    this.recover();
  }

  act(): void {
    const actions = [
      this.append,
      this.append,
      this.append,
      this.replaceTail,
      this.changeHardState,
      this.step,
      this.step,
      this.takeSnapshot,
    ];
    if (this.random.chance(0.02)) this.installSnapshot();
    else if (this.random.chance(0.01)) this.bench.disk.faults.failNextSyncs = 1;
    else if (this.random.chance(0.03)) this.bench.disk.faults.quotaBytes = this.bench.disk.usedBytes + 512 * this.random.between(0, 20);
    else if (this.random.chance(0.1)) this.makeSpace();
    else this.random.pick(actions).call(this);
  }

  append(): void {
    const first = lastIndexOf(this.asked) + 1;
    const term = this.asked.hardState.term;
    const list = Array.from({ length: this.random.between(1, 12) }, (_, i) =>
      entry(first + i, term, this.random.chance(0.01) ? 20_000 : this.random.between(0, 300)),
    );
    this.submit(write({ entries: list }));
  }

  replaceTail(): void {
    const last = lastIndexOf(this.asked);
    if (last <= this.committed) return;
    const from = this.random.between(this.committed + 1, last);
    const term = this.asked.hardState.term + 1;
    this.submit(write({ hardState: { term: asTerm(term), vote: null }, truncateFrom: asIndex(from), entries: [entry(from, term)] }));
  }

  changeHardState(): void {
    const term = asTerm(this.asked.hardState.term + 1);
    const vote = asMember(`m${String(this.vote++)}`);
    this.submit(write({ hardState: { term, vote }, metadata: this.random.chance(0.3) ? { boots: this.vote } : null }));
  }

  step(): void {
    this.bench.step(this.random.between(1, 12));
  }

  /** Of something that is confirmed, and durable at once: then the log is told, or a crash comes first. */
  takeSnapshot(): void {
    const last = lastIndexOf(this.confirmed);
    const index = this.random.chance(0.5) ? last : this.random.between(this.committed, last);
    const term = termAt(this.confirmed, index);
    if (term === null || term !== termAt(this.asked, index) || index <= (this.snapshot?.index ?? 0)) return;
    this.committed = index;
    this.snapshot = base(index, term);
    if (this.random.chance(0.8)) this.submit({ ...write({}), trimTo: this.snapshot });
  }

  /** From a leader of a term that is durable here: ahead of this log, or in place of a part of it that differs. */
  installSnapshot(): void {
    const index = this.random.between(this.committed + 1, lastIndexOf(this.asked) + 30);
    this.committed = index;
    this.snapshot = base(index, this.confirmed.hardState.term);
    this.submit(write({ restartAfter: { base: this.snapshot } }));
  }

  makeSpace(): void {
    this.bench.disk.faults.quotaBytes = Infinity;
    this.log?.retry();
  }

  submit(change: ReturnType<typeof write> & { readonly trimTo?: LogBase }): void {
    const queued: QueuedWrite = { ...change, trimTo: change.trimTo ?? null };
    this.waiting.push(queued);
    this.asked = after(this.asked, queued);
    const confirm = (): void => {
      if (this.waiting.shift() !== queued) throw new Error("confirmed out of order");
      this.confirmed = after(this.confirmed, queued);
      this.confirmedWrites++;
    };
    if (queued.trimTo === null) this.log?.append(change, confirm);
    else this.log?.trim(queued.trimTo, confirm);
  }

  crash(): void {
    this.bench.disk.crash(this.random.chance(0.7) ? "power" : "process");
    this.bench.disk.faults.failNextSyncs = 0;
    this.bench.disk.faults.quotaBytes = Infinity;
  }

  recover(): void {
    const possible = this.possibleStates();
    const recovered = this.recoverSomehow();
    const found = textOfModel(modelOf(recovered));
    if (!possible.has(found)) throw new Error(`recovered\n${found}\nwhich is none of\n${[...possible].join("\n")}`);
    this.log = recovered.log;
    if (recovered.tornTail !== null) this.tornTails++;
    this.confirmed = modelOf(recovered);
    this.asked = this.confirmed;
    this.waiting = [];
  }

  possibleStates(): Set<string> {
    const states = [this.confirmed];
    for (const queued of this.waiting) states.push(...statesThrough(states.at(-1) ?? this.confirmed, queued));
    return new Set(states.map((state) => textOfModel(seenFrom(state, this.snapshot))));
  }

  /** With further crashes on the way, until one recovery comes to its end. */
  recoverSomehow(): RecoveredLog {
    for (;;) {
      this.failures = [];
      const isInterrupted = this.random.chance(0.4);
      const found = this.tryToRecover(isInterrupted ? this.random.between(1, 40) : Infinity);
      if (found !== null && !isInterrupted) return found;
      this.crash();
    }
  }

  tryToRecover(steps: number): RecoveredLog | null {
    let found: RecoveredLog | null = null;
    const options = logOptions({
      files: this.bench.disk.boot(),
      limits: this.limits,
      snapshot: this.snapshot,
      onFailure: (problem) => this.failures.push(problem),
      observe: ({ kind }) => (this.segmentsRemoved += kind === "segmentRemoved" ? 1 : 0),
    });
    recoverLog(options, (problem, value) => {
      if (problem !== null) throw new Error(problem.message);
      found = value;
    });
    for (let i = 0; i < steps && found === null && this.bench.step(); i++);
    if (this.random.chance(0.5)) this.bench.step(this.random.between(0, 10));
    return found;
  }
}

test("after any crash the log is what was confirmed, or what was asked for behind it", () => {
  const sums = {
    tornTails: 0,
    confirmedWrites: 0,
    segmentsRemoved: 0,
    failedSync: 0,
    noSpace: 0,
    lostSector: 0,
    lostDirectoryChange: 0,
    staleCache: 0,
  };
  for (let seed = 1; seed <= 100; seed++) {
    const lives = new LogLives(seed);
    try {
      lives.live();
    } catch (thrown) {
      throw new Error(`seed ${String(seed)}`, { cause: thrown });
    }
    sums.tornTails += lives.tornTails;
    sums.confirmedWrites += lives.confirmedWrites;
    sums.segmentsRemoved += lives.segmentsRemoved;
    const { failedSync, noSpace, lostSector, lostDirectoryChange, staleCache } = lives.bench.disk.counts;
    sums.failedSync += failedSync;
    sums.noSpace += noSpace;
    sums.lostSector += lostSector;
    sums.lostDirectoryChange += lostDirectoryChange;
    sums.staleCache += staleCache;
  }
  for (const [what, count] of Object.entries(sums)) expect([what, count > 10]).toEqual([what, true]);
});
