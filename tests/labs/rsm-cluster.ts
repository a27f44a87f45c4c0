// The members of a replicated-state-machine lab, and how a tester submits to them. Each member counts by itself; that they
// count the same is what the labs are about.
import type { Outcome } from "../../core/base/outcome.ts";
import { unknown } from "../../core/base/outcome.ts";
import { DEFAULT_LIMITS } from "../../core/raft/inputs.ts";
import type { RaftLimits } from "../../core/raft/inputs.ts";
import type { Reply } from "../../core/replica/effects.ts";
import { OnePartition } from "../../core/replica/applied/one-partition.ts";
import { DEFAULT_REPLICA_LIMITS } from "../../core/replica/options.ts";
import type { ReplicaLimits } from "../../core/replica/options.ts";
import { Cluster, GROUP } from "./cluster.ts";
import type { MemberParts } from "./cluster.ts";
import { CounterMachine, decodeCounterAnswer, encodeCounterCommand } from "./counter-machine.ts";
import type { CounterCommand } from "./counter-machine.ts";
import type { Threshold } from "./figures.ts";
import type { Bench } from "./lab.ts";
import { ReplicaMember } from "./replica-member.ts";
import { LabFailure, sleep } from "./script.ts";
import type { Script } from "./script.ts";

const SIZE = 3;
/** Every helper that submits gives up after this. */
export const SUBMIT_MS_MAX = 10_000;
const ANSWER_POLL_MS = 1;
const SEARCH_PAUSE_MS = 50;
const EXIT_POLL_MS = 10;

const COUNTER_POLLS_MAX = 30;
const COUNTER_MS_FIRST = 10;
const COUNTER_MS_BEFORE_LAST_DOUBLING = 1_000;

const SUBMISSION: Threshold = { name: "submitted after", unit: "ms", limit: SUBMIT_MS_MAX, bound: "below" };

export type RsmClusterOptions = {
  /** As much log as a member may have before it takes a snapshot; null: it never does. */
  readonly stateBytesMax: number | null;
};

export type Submission = { readonly command: CounterCommand; readonly among: readonly number[] };

export class RsmCluster extends Cluster<ReplicaMember> {
  readonly #raftLimits: RaftLimits;
  readonly #limits: ReplicaLimits;
  readonly #machines = new Map<ReplicaMember, CounterMachine>();
  readonly #timesApplied: Record<CounterCommand, number> = { increment: 0, decrement: 0, nothing: 0 };
  #snapshotsTaken = 0;
  /** Where the last submission succeeded. */
  #leader = 0;

  constructor(bench: Bench, { stateBytesMax }: RsmClusterOptions) {
    super(bench, { size: SIZE, isReliable: true });
    const isSmall = stateBytesMax !== null;
    this.#raftLimits = isSmall ? { ...DEFAULT_LIMITS, trailingEntries: 0, trailingBytes: 0 } : DEFAULT_LIMITS;
    this.#limits = isSmall ? { ...DEFAULT_REPLICA_LIMITS, snapshotBytes: stateBytesMax } : DEFAULT_REPLICA_LIMITS;
    this.restart(...this.places);
  }

  get snapshotsTaken(): number {
    return this.#snapshotsTaken;
  }

  /** By all members together, in all their lives. */
  timesApplied(command: CounterCommand): number {
    return this.#timesApplied[command];
  }

  /** Who leads in the highest term, among those who are connected. */
  get leader(): number | null {
    const leaders = this.places.filter((place) => this.isConnected(place) && this.#raftOf(place)?.role === "leader");
    return leaders.sort((a, b) => (this.#raftOf(b)?.term ?? 0) - (this.#raftOf(a)?.term ?? 0))[0] ?? null;
  }

  /** One attempt at one member. */
  *submit(place: number, command: CounterCommand): Script<Outcome<Reply>> {
    const member = this.memberAt(place);
    const answered: { outcome: Outcome<Reply> | null } = { outcome: null };
    const operation = { kind: "write", command: encodeCounterCommand(command), session: null } as const;
    member?.request(operation, SUBMIT_MS_MAX, (outcome) => (answered.outcome = outcome));
    while (answered.outcome === null && member !== null && this.memberAt(place) === member) yield* sleep(ANSWER_POLL_MS);
    return answered.outcome ?? unknown("connectionLost");
  }

  /** The value after the command; null when nobody could be found to execute it. */
  *tryOne({ command, among }: Submission): Script<number | null> {
    const { time, figures } = this.bench;
    const beganMs = time.nowMs;
    while (time.nowMs - beganMs < SUBMIT_MS_MAX) {
      const first = this.#leader;
      for (let steps = 0; steps < SIZE; steps++) {
        const place = this.after(first, steps);
        if (!this.isConnected(place) || !among.includes(place)) continue;
        const outcome = yield* this.submit(place, command);
        if (outcome.kind !== "done" || outcome.value.kind !== "result") continue;
        this.#leader = place;
        figures.measure(SUBMISSION, time.nowMs - beganMs);
        return decodeCounterAnswer(outcome.value.result);
      }
      yield* sleep(SEARCH_PAUSE_MS);
    }
    return null;
  }

  *increment(among: readonly number[] = this.places): Script<number> {
    const value = yield* this.tryOne({ command: "increment", among });
    if (value === null) throw new LabFailure("nobody took an increment");
    return value;
  }

  /** Until so many members hold this value. */
  *waitForCounter(value: number, members: number): Script<void> {
    let pauseMs = COUNTER_MS_FIRST;
    for (let poll = 0; poll < COUNTER_POLLS_MAX; poll++) {
      if (this.counters.filter((counter) => counter === value).length >= members) return;
      yield* sleep(pauseMs);
      if (pauseMs < COUNTER_MS_BEFORE_LAST_DOUBLING) pauseMs *= 2;
    }
    throw new LabFailure(`${members} members do not come to hold ${value}: they hold ${this.counters.join(", ")}`);
  }

  /** Null for a member that doesn't run. */
  get counters(): readonly (number | null)[] {
    return this.places.map((place) => {
      const member = this.memberAt(place);
      return member === null ? null : (this.#machines.get(member)?.value ?? null);
    });
  }

  /** Asks all of them to stop, as a supervisor does; each process ends when it says that it may, or at once if it serves nobody yet. */
  *shutDown(): Script<void> {
    this.crash(...this.places.filter((place) => this.memberAt(place) === null));
    for (const place of this.places) this.memberAt(place)?.shutDown();
    while (this.places.some((place) => this.isUp(place))) {
      yield* sleep(EXIT_POLL_MS);
      this.crash(...this.places.filter((place) => this.memberAt(place)?.status.mayExit === true));
    }
  }

  protected override makeMember(parts: MemberParts<ReplicaMember>): ReplicaMember {
    const machine = new CounterMachine((command) => this.#timesApplied[command]++);
    const member = new ReplicaMember({
      ...parts,
      time: this.bench.time,
      raftLimits: this.#raftLimits,
      limits: this.#limits,
      group: GROUP,
      machine: new OnePartition(machine, this.#limits),
      companion: null,
      ask: () => undefined,
      send: (message) => this.send(message),
      observe: (observation) => {
        if (observation.kind === "raft") this.observe(parts.self, observation.observation);
        if (observation.kind === "snapshotTaken") this.#snapshotsTaken++;
      },
    });
    this.#machines.set(member, machine);
    return member;
  }

  #raftOf(place: number): ReplicaMember["status"]["raft"] | null {
    return this.memberAt(place)?.status.raft ?? null;
  }
}
