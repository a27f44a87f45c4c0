// Coordinators, workers, a store and somebody who submits jobs, in one seeded world: machines crash, pause and are cut off from
// each other, answers get lost or come late, disks are lost. At the end everything is well again, and every job must end.
import type { Outcome } from "../../../core/base/outcome.ts";
import { unknown } from "../../../core/base/outcome.ts";
import { Coordinator } from "../../../core/coordinator/coordinator.ts";
import type { Call, CoordinatorEvent } from "../../../core/coordinator/events.ts";
import type { JobView } from "../../../core/coordinator/view.ts";
import type { AttemptName, MapOutputSource } from "../../../core/mapreduce/assignment.ts";
import type { JobDescription } from "../../../core/mapreduce/job.ts";
import type { WorkerEvent } from "../../../core/worker/events.ts";
import { Worker } from "../../../core/worker/worker.ts";
import { describeJob, REDUCES } from "./described-jobs.ts";
import { SharedFiles } from "./shared-files.ts";
import type { Disk } from "./simulated-executor.ts";
import { MAPS, regionsOf, SimulatedExecutor } from "./simulated-executor.ts";
import { SimulatedStore } from "./simulated-store.ts";
import { must } from "../must.ts";
import { Timeline } from "./timeline.ts";
import { performWorkerEffect } from "./worker-effects.ts";

const TICK_MS = 50;
const LEASE_MS = 1_000;
const COORDINATORS = 2;
const WORKERS = 3;
const JOBS = 2;
const SHUTDOWN_MS = 10_000;
/** Then all faults end. */
const TROUBLED_MS = 30_000;
const CALM_MS = 120_000;

type Machine = { isUp: boolean; isPaused: boolean; isCut: boolean; queue: (() => void)[] };
type CoordinatorMachine = Machine & {
  readonly origin: string;
  core: Coordinator;
  /** How often it has lost the jobs. */
  deactivations: number;
  readonly answers: Map<number, (outcome: Outcome<unknown>) => void>;
};
type WorkerMachine = Machine & {
  readonly id: string;
  origin: string;
  core: Worker;
  executor: SimulatedExecutor;
  readonly disk: Disk;
  lives: number;
};

type Asking = { readonly machine: Machine; readonly to: string; readonly call: Call };

export type JobsResult = {
  readonly states: readonly string[];
  readonly takeovers: number;
  readonly started: number;
  readonly simulatedMs: number;
};

/** `isReusing`: each job goes soon after its end, and another one is submitted under its id, again and again until it is taken. */
export type WorldOptions = { readonly isReusing: boolean };

export class JobsWorld {
  readonly timeline: Timeline;
  readonly store: SimulatedStore;
  readonly files = new SharedFiles();
  readonly #coordinators: CoordinatorMachine[] = [];
  readonly #workers: WorkerMachine[] = [];
  readonly #ended = new Map<string, JobView>();
  readonly #descriptions: JobDescription[];
  readonly #isReusing: boolean;
  /** Of jobs whose ids are used again: the runs that had them before. */
  readonly #earlier = new Map<string, string>();
  #lease: { readonly holder: CoordinatorMachine | null; readonly untilMs: number } = { holder: null, untilMs: 0 };
  #request = 1;
  #takeovers = 0;
  #isTroubled = true;

  constructor(seed: number, { isReusing }: WorldOptions) {
    this.#isReusing = isReusing;
    this.timeline = new Timeline(seed);
    this.store = new SimulatedStore(this.timeline);
    const { random } = this.timeline;
    for (let i = 0; i < COORDINATORS; i++) this.#coordinators.push(this.#newCoordinator(`c${i}`));
    for (let i = 0; i < WORKERS; i++) this.#workers.push(this.#newWorker(`w${i}`));
    this.#descriptions = Array.from({ length: JOBS }, (_, i) => describeJob(i, random.chance(0.3)));
    for (const machine of this.#coordinators) this.#tickCoordinator(machine);
    for (const machine of this.#workers) this.#tickWorker(machine);
    for (const description of this.#descriptions) this.timeline.after(random.between(1, 2_000), () => this.#submit(description));
    this.#plan();
  }

  run(): JobsResult {
    while (this.#ended.size < JOBS && this.timeline.step(TROUBLED_MS + CALM_MS));
    for (const { id } of this.#descriptions) must(this.#ended.has(id), `job ${id} has not ended ${CALM_MS / 1_000} s after the last fault`);
    for (const description of this.#descriptions) this.#check(description);
    const states = [...this.#ended.values()].map(({ state }) => state);
    const started = [...this.#ended.values()].reduce((sum, { attempts }) => sum + attempts.started, 0);
    return { states, takeovers: this.#takeovers, started, simulatedMs: this.timeline.nowMs };
  }

  /** What must be true of a job that has ended. */
  #check(description: JobDescription): void {
    const { id } = description;
    const view = this.#ended.get(id) as JobView;
    must(view.state === "succeeded", `job ${id} has ${view.state}: ${view.error?.message ?? ""}`);
    const isUnsteady = description.options.parameters["unsteady"] === "yes";
    if (!isUnsteady)
      must(
        view.records.mapOutput === view.records.reduceInput,
        `${id}: ${view.records.mapOutput} written, ${view.records.reduceInput} read`,
      );
    must(view.counters["mapped"] === (MAPS * (MAPS + 1)) / 2, `${id}: maps are counted as ${view.counters["mapped"]}`);
    must(view.counters["reduced"] === REDUCES, `${id}: reduces are counted as ${view.counters["reduced"]}`);
    for (let region = 0; region < REDUCES; region++) {
      const found = this.files.visible.get(`${view.run}/${region}`);
      must(found !== undefined, `${id}: part ${region} is not visible`);
      const byMap = new Map<number, string[]>();
      for (const line of found.part.lines) {
        const task = Number(line.split(":")[0]);
        byMap.set(task, [...(byMap.get(task) ?? []), line]);
      }
      for (let task = 0; task < MAPS; task++) {
        const lines = byMap.get(task) ?? [];
        const attempt = Number(lines[0]?.split(":")[1] ?? 1);
        const whole = regionsOf({ task, attempt, description })[region] ?? [];
        must(
          JSON.stringify(lines) === JSON.stringify(whole),
          `${id}: part ${region} has not one whole attempt of map ${task}: ${lines.join(" ")}`,
        );
      }
    }
  }

  #newCoordinator(origin: string): CoordinatorMachine {
    const core = this.#newCore();
    return { origin, core, deactivations: 0, answers: new Map(), isUp: true, isPaused: false, isCut: false, queue: [] };
  }

  #newCore(): Coordinator {
    return this.#isReusing ? new Coordinator(undefined, { jobs: 0, ageMs: 0 }) : new Coordinator();
  }

  #newWorker(id: string): WorkerMachine {
    const disk: Disk = new Map();
    const machine = { id, origin: "", disk, lives: 0, isUp: true, isPaused: false, isCut: false, queue: [] } as unknown as WorkerMachine;
    this.#startWorker(machine);
    return machine;
  }

  #startWorker(machine: WorkerMachine): void {
    const { random } = this.timeline;
    machine.lives++;
    machine.isUp = true;
    machine.isPaused = false;
    machine.queue = [];
    machine.origin = `http://${machine.id}-${machine.lives}`;
    const facts = { worker: machine.id, life: String(machine.lives), origin: machine.origin, node: null, slots: 2, memoryBytes: Infinity };
    machine.core = new Worker({ ...facts, coordinators: random.shuffled(this.#coordinators.map(({ origin }) => origin)) });
    machine.executor = new SimulatedExecutor(machine.origin, machine.disk, {
      timeline: this.timeline,
      files: this.files,
      fetch: (from, source, at) => this.#fetch(from, source, at),
      taskMs: () => random.between(10, 1_500),
      isFailing: () => this.#isTroubled && random.chance(0.02),
    });
    this.#stepWorker(machine, { kind: "started", kept: machine.executor.kept() });
  }

  #fetch(
    from: string,
    { origin, task, attempt }: MapOutputSource,
    { job, region }: { readonly job: string; readonly region: number },
  ): readonly string[] | null {
    return this.#outputOf(from, { origin, task, attempt }, job)?.[region] ?? null;
  }

  #outputOf(from: string, { origin, task, attempt }: MapOutputSource, job: string): readonly (readonly string[])[] | null {
    const holder = this.#workers.find((each) => each.origin === origin);
    if (holder === undefined || !holder.isUp || holder.isPaused || (holder.isCut && holder.origin !== from)) return null;
    return holder.disk.get(`${job}/${task}/${attempt}`) ?? null;
  }

  /** Faults, until they end. */
  #plan(): void {
    const { random } = this.timeline;
    this.store.troubles = { unknownChance: random.pick([0, 0.02, 0.1]), delayMs: random.pick([5, 30, 200]) };
    const fault = (): void => {
      if (this.timeline.nowMs > TROUBLED_MS) return;
      const machine = random.chance(0.5) ? random.pick(this.#coordinators) : random.pick(this.#workers);
      const forMs = random.between(100, 6_000);
      random.pick([
        () => this.#crash(machine, forMs),
        () => this.#pause(machine, forMs),
        () => this.#cut(machine, forMs),
        () => this.#stop(machine),
      ])();
      this.timeline.after(random.between(200, 6_000), fault);
    };
    this.timeline.after(random.between(200, 3_000), fault);
    this.timeline.after(TROUBLED_MS, () => {
      this.#isTroubled = false;
      this.store.troubles = { unknownChance: 0, delayMs: 5 };
    });
  }

  #crash(machine: CoordinatorMachine | WorkerMachine, forMs: number): void {
    if (!machine.isUp) return;
    machine.isUp = false;
    machine.queue = [];
    if ("executor" in machine) {
      machine.executor.die();
      if (this.timeline.random.chance(0.4)) machine.disk.clear();
    } else for (const answer of machine.answers.values()) answer(unknown("connectionLost"));
    this.timeline.after(forMs, () => {
      if ("executor" in machine) return this.#startWorker(machine);
      machine.core = this.#newCore();
      machine.answers.clear();
      machine.isUp = true;
      machine.isPaused = false;
      machine.queue = [];
    });
  }

  /** In good order, and without a disk that stays: the next one begins with nothing. It is not waited for longer than a shutdown takes. */
  #stop(machine: CoordinatorMachine | WorkerMachine): void {
    if (!("executor" in machine) || !machine.isUp) return;
    const { core } = machine;
    this.#on(machine, () => machine.core === core && this.#stepWorker(machine, { kind: "stop" }));
    this.timeline.after(SHUTDOWN_MS, () => machine.core === core && this.#stopped(machine));
  }

  #stopped(machine: WorkerMachine): void {
    if (!machine.isUp) return;
    machine.isUp = false;
    machine.queue = [];
    machine.executor.die();
    machine.disk.clear();
    this.timeline.after(this.timeline.random.between(100, 3_000), () => this.#startWorker(machine));
  }

  /** Everything that comes meanwhile comes at once afterwards. */
  #pause(machine: Machine, forMs: number): void {
    if (!machine.isUp || machine.isPaused) return;
    machine.isPaused = true;
    this.timeline.after(forMs, () => {
      machine.isPaused = false;
      const { queue } = machine;
      machine.queue = [];
      for (const run of queue) run();
    });
  }

  #cut(machine: Machine, forMs: number): void {
    machine.isCut = true;
    this.timeline.after(forMs, () => (machine.isCut = false));
  }

  /** On a machine that runs; later on one that is paused, never on one that is down. */
  #on(machine: Machine, run: () => void): void {
    if (!machine.isUp) return;
    if (machine.isPaused) machine.queue.push(run);
    else run();
  }

  #tickCoordinator(machine: CoordinatorMachine): void {
    this.timeline.after(TICK_MS, () => this.#tickCoordinator(machine));
    if (machine.isPaused || !machine.isUp) return;
    const { nowMs } = this.timeline;
    // What people call the time goes faster where jobs are to go soon.
    this.#stepCoordinator(machine, { kind: "tick", nowMs, wallMs: this.#isReusing ? 4 * nowMs : nowMs });
    const { holder, untilMs } = this.#lease;
    const mayHold = !machine.isCut && (holder === null || holder === machine || untilMs < nowMs);
    if (mayHold) this.#lease = { holder: machine, untilMs: nowMs + LEASE_MS };
    const isHolder = this.#lease.holder === machine && this.#lease.untilMs >= nowMs;
    if (isHolder === machine.core.state.isActive) return;
    if (isHolder) this.#takeovers++;
    else machine.deactivations++;
    this.#stepCoordinator(machine, { kind: isHolder ? "activated" : "deactivated" });
  }

  #stepCoordinator(machine: CoordinatorMachine, event: CoordinatorEvent): void {
    const { core, deactivations } = machine;
    const isAsking = (): boolean => machine.core === core && machine.deactivations === deactivations;
    for (const effect of core.step(event)) {
      switch (effect.kind) {
        case "answer":
          machine.answers.get(effect.request)?.(effect.outcome);
          machine.answers.delete(effect.request);
          break;
        case "tell":
        case "observe":
          break;
        default:
          // The core that asked is the one that hears, as long as it has the jobs: another life of the machine knows nothing of it.
          this.store.perform(effect, (answer) => this.#on(machine, () => isAsking() && this.#stepCoordinator(machine, answer)));
      }
    }
  }

  /** Over the network: lost, late, or answered by somebody who has died meanwhile. */
  #ask({ machine, to, call }: Asking, answered: (outcome: Outcome<unknown>, leader: string | null) => void): void {
    const { random } = this.timeline;
    const target = this.#coordinators.find(({ origin }) => origin === to);
    let isOver = false;
    const answer = (outcome: Outcome<unknown>): void => {
      if (isOver) return;
      isOver = true;
      const leader = this.#lease.holder?.origin ?? null;
      this.#on(machine, () => answered(outcome, leader === to ? null : leader));
    };
    this.timeline.after(9_000, () => answer(unknown("deadline")));
    const isLost = (): boolean => this.#isTroubled && random.chance(0.02);
    if (target === undefined || !target.isUp || target.isCut || machine.isCut || isLost())
      return void this.timeline.after(50, () => answer(unknown("connectionLost")));
    this.timeline.after(random.between(1, 20), () =>
      this.#on(target, () => {
        const request = this.#request++;
        target.answers.set(request, (outcome) => {
          if (isLost() || machine.isCut || target.isCut) this.timeline.after(200, () => answer(unknown("connectionLost")));
          else this.timeline.after(random.between(1, 20), () => answer(outcome));
        });
        this.#stepCoordinator(target, { kind: "request", request, call });
      }),
    );
  }

  #tickWorker(machine: WorkerMachine): void {
    this.timeline.after(TICK_MS, () => this.#tickWorker(machine));
    if (machine.isUp && !machine.isPaused) this.#stepWorker(machine, { kind: "tick", nowMs: this.timeline.nowMs });
  }

  #stepWorker(machine: WorkerMachine, event: WorkerEvent): void {
    const { core, executor } = machine;
    const later = (next: WorkerEvent): void => this.#on(machine, () => machine.core === core && this.#stepWorker(machine, next));
    for (const effect of core.step(event)) {
      performWorkerEffect(effect, {
        ...{ executor, later },
        ask: (to, call, answered) => this.#ask({ machine, to, call }, answered),
        adopt: ({ job, source }) => {
          const name: AttemptName = { job, phase: "map", task: source.task, attempt: source.attempt };
          this.timeline.after(this.timeline.random.between(5, 500), () => {
            const regions = this.#outputOf(machine.origin, source, job);
            if (machine.core !== core || !machine.isUp) return;
            if (regions !== null) machine.disk.set(`${job}/${source.task}/${source.attempt}`, regions);
            later({ kind: "adopted", name, isDone: regions !== null });
          });
        },
        stopped: () => this.#stopped(machine),
      });
    }
  }

  #hasEnded(description: JobDescription, view: JobView): void {
    const { id } = description;
    this.#ended.set(id, view);
    if (!this.#isReusing || this.#earlier.has(id)) return;
    this.#check(description);
    this.#ended.delete(id);
    this.#earlier.set(id, view.run);
    const place = this.#descriptions.indexOf(description);
    const next = describeJob(place, description.options.parameters["unsteady"] !== "yes");
    this.#descriptions[place] = next;
    this.#submit(next);
  }

  /** Whoever submits is never cut off, and asks again until there is an answer. */
  #submit(description: JobDescription): void {
    const client: Machine = { isUp: true, isPaused: false, isCut: false, queue: [] };
    const to = this.timeline.random.pick(this.#coordinators).origin;
    this.#ask(
      { machine: client, to, call: { kind: "submit", description, life: String(this.timeline.random.between(1, 1e9)).padStart(12, "0") } },
      (outcome) => {
        if (outcome.kind === "done") this.#watch(client, description);
        else this.timeline.after(100, () => this.#submit(description));
      },
    );
  }

  #watch(client: Machine, description: JobDescription): void {
    const to = this.timeline.random.pick(this.#coordinators).origin;
    this.#ask({ machine: client, to, call: { kind: "get", job: description.id } }, (outcome) => {
      if (outcome.kind === "refused" && outcome.refusal.code === "notFound")
        must(false, `job ${description.id} was taken, and is not there any more`);
      const view = outcome.kind === "done" ? (outcome.value as JobView) : null;
      must(view === null || view.run !== this.#earlier.get(description.id), `job ${description.id} is shown as the one before it`);
      if (view !== null && ["succeeded", "failed", "cancelled"].includes(view.state)) this.#hasEnded(description, view);
      else this.timeline.after(200, () => this.#watch(client, description));
    });
  }
}

export const runJobs = (seed: number, options: WorldOptions = { isReusing: false }): JobsResult => new JobsWorld(seed, options).run();
