// The world: one clock, one queue of everything that is still to happen, and the parts that it happens to. Nothing in
// here waits or runs at the same time as anything else, and all chance comes from the seed.
import { Random } from "../../../core/base/random.ts";
import type { MemberId } from "../../../core/base/ids.ts";
import type { Outcome, Refusal } from "../../../core/base/outcome.ts";
import type { Reply } from "../../../core/replica/effects.ts";
import { Watch } from "../invariants/catalogue.ts";
import type { RunPlan } from "../run-plan.ts";
import { noEffects } from "./counters.ts";
import type { EffectCounts } from "./counters.ts";
import { EventQueue } from "./event-queue.ts";
import { FaultBudget } from "./fault-budget.ts";
import { Hooks } from "./hooks.ts";
import { Ledger } from "./ledger.ts";
import { Network } from "./network.ts";
import type { Undo } from "./network.ts";
import { Process } from "./process.ts";
import type { ProcessRequest } from "./process.ts";
import { Trace } from "./trace.ts";

export type Request = ProcessRequest & {
  readonly place: number;
  /** Of the request, and of its answer. */
  readonly lossPermille: number;
};

const CLIENT_DELAY_US = { min: 50, max: 1_500 } as const;

export class World {
  readonly plan: RunPlan;
  readonly random: Random;
  readonly trace: Trace;
  readonly effects: EffectCounts = noEffects();
  /** Values that were altered in a memory and that nobody has found yet. */
  readonly unnoticed = new Set<string>();
  readonly hooks = new Hooks();
  readonly watch: Watch;
  readonly network: Network;
  readonly processes: readonly Process[];
  readonly budget: FaultBudget;
  /** Calls of `Replica.step`. */
  steps = 0;
  readonly #queue = new EventQueue();
  #disturbances = 0;
  readonly #clientRandom: Random;
  readonly #ledgers = new Map<MemberId, Ledger>();
  readonly #places = new Map<MemberId, number>();
  #highestTermLed = 0;
  #nowUs = 0;

  constructor(plan: RunPlan, trace = new Trace({ text: false })) {
    this.plan = plan;
    this.trace = trace;
    this.random = new Random(plan.seed).child("world");
    this.watch = new Watch({ electionTicks: plan.timing.electionTicks, appendEntriesMax: plan.raftLimits.appendEntriesMax });
    this.#clientRandom = this.random.child("client network");
    this.network = new Network(plan.members + plan.spares, plan.network, {
      random: this.random.child("network"),
      effects: this.effects,
      after: (delayUs, action) => this.after(delayUs, action),
      receive: ({ to }, bytes) => this.process(to).receive(bytes),
    });
    this.processes = Array.from({ length: plan.members + plan.spares }, (_, place) => new Process(this, place));
    this.budget = new FaultBudget(this);
  }

  get nowUs(): number {
    return this.#nowUs;
  }

  get nowMs(): number {
    return this.#nowUs / 1_000;
  }

  after(delayUs: number, action: () => void): void {
    this.#queue.add(this.#nowUs + delayUs, action);
  }

  /** What a fault still has to do to somebody when it is over itself: the group is not at rest before that. */
  disturbAfter(delayUs: number, action: () => void): void {
    this.#disturbances++;
    this.after(delayUs, () => {
      this.#disturbances--;
      action();
    });
  }

  get isDisturbed(): boolean {
    return this.#disturbances > 0;
  }

  /** Everything that is due up to that moment, which is then now. */
  runUntil(us: number): void {
    while (this.#queue.nextAtUs <= us) {
      this.#nowUs = this.#queue.nextAtUs;
      this.#queue.take()?.();
    }
    this.#nowUs = us;
  }

  process(place: number): Process {
    const process = this.processes[place];
    if (process === undefined) throw new RangeError(`no place ${place}`);
    return process;
  }

  get running(): readonly Process[] {
    return this.processes.filter((process) => process.isRunning);
  }

  /** Places that are to have a member. */
  get wanted(): readonly Process[] {
    return this.processes.filter((process) => process.isWanted);
  }

  /** What the configuration of a process that starts now says. */
  get configuredPlaces(): readonly Process[] {
    return this.processes.filter(({ place, isWanted }) => place < this.plan.members || isWanted);
  }

  get unwanted(): readonly Process[] {
    return this.processes.filter((process) => !process.isWanted && !process.isRunning);
  }

  /** Of those who believe that they lead, the one with the highest term. */
  get leader(): Process | null {
    let leader: Process | null = null;
    for (const process of this.processes) {
      if (process.isLeader && (leader === null || process.term > leader.term)) leader = process;
    }
    return leader;
  }

  /** Cuts all links of one place until undone. */
  isolate(process: Process): Undo {
    const links = this.network.allLinks.filter(({ from, to }) => from === process.place || to === process.place);
    return this.network.troubleAll(links, { cut: 1 });
  }

  /** Makes room for another leader, at once. */
  deposeLeader(): void {
    const { leader } = this;
    if (leader === null) return;
    leader.kill();
    this.after(20_000, () => leader.start());
  }

  /** Outlives the lives of its member. */
  ledgerOf(member: MemberId): Ledger {
    let ledger = this.#ledgers.get(member);
    if (ledger === undefined) {
      ledger = new Ledger(this.watch.committed);
      this.#ledgers.set(member, ledger);
      const place = this.processes.find((process) => process.member === member)?.place;
      if (place !== undefined) this.#places.set(member, place);
    }
    return ledger;
  }

  /** Where a member is or was; messages for one that is gone reach whoever sits there now. */
  placeOf(member: MemberId): number | null {
    return this.#places.get(member) ?? null;
  }

  noteLeader(term: number): void {
    if (term <= this.#highestTermLed) return;
    this.#highestTermLed = term;
    this.hooks.newLeader.tell(term);
  }

  /** A client's request over a network of its own. Answers at most once: what gets lost is never answered. */
  ask({ place, lossPermille, ...request }: Request, answer: (outcome: Outcome<Reply>) => void): void {
    const isLost = (): boolean => lossPermille > 0 && this.#clientRandom.fraction() * 1_000 < lossPermille;
    const delay = (): number => this.#clientRandom.between(CLIENT_DELAY_US.min, CLIENT_DELAY_US.max);
    if (isLost()) return;
    this.after(delay(), () => {
      this.process(place).request(request, (outcome) => {
        if (!isLost()) this.after(delay(), () => answer(outcome));
      });
    });
  }

  /** Where a refusal says that the leader is. */
  placeOfLeader({ details }: Refusal): number | null {
    const leader = details?.["leader"];
    return this.processes.find(({ member }) => member !== null && member === leader)?.place ?? null;
  }
}
