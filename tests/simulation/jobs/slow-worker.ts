// What one slow worker costs: a job of many maps on workers of which one may take ten times as long for everything, with nothing else going
// wrong; the coordinator and the workers are the real ones. How long the job takes is simulated time.
import type { Outcome } from "../../../core/base/outcome.ts";
import { Coordinator } from "../../../core/coordinator/coordinator.ts";
import type { Call, CoordinatorEvent } from "../../../core/coordinator/events.ts";
import type { JobView } from "../../../core/coordinator/view.ts";
import type { WorkerEvent } from "../../../core/worker/events.ts";
import { Worker } from "../../../core/worker/worker.ts";
import { describeJob } from "./described-jobs.ts";
import { SharedFiles } from "./shared-files.ts";
import type { Disk } from "./simulated-executor.ts";
import { SimulatedExecutor } from "./simulated-executor.ts";
import { SimulatedStore } from "./simulated-store.ts";
import { must } from "../must.ts";
import { Timeline } from "./timeline.ts";
import { performWorkerEffect } from "./worker-effects.ts";

const [WORKERS, SLOTS, MAPS, REDUCES] = [12, 2, 720, 48];
const [TICK_MS, PROGRESS_MS, LOOK_MS] = [50, 500, 50];
const [TASK_MS_MIN, TASK_MS_MAX] = [1_000, 2_000];
const NETWORK_MS = 5;
const LONGEST_MS = 1_000_000;
const ORIGIN = "c";

export type SlowRun = { readonly seed: number; readonly slowness: number; readonly backups: boolean };
export type SlowResult = { readonly tookMs: number; readonly backups: number };

type Machine = { readonly core: Worker; readonly executor: SimulatedExecutor; readonly origin: string; readonly disk: Disk };

export function runWithSlowWorker(run: SlowRun): SlowResult {
  const world = new SlowWorld(run);
  const { attempts } = world.end();
  return { tookMs: world.timeline.nowMs, backups: attempts.backups };
}

class SlowWorld {
  readonly timeline: Timeline;
  readonly #store: SimulatedStore;
  readonly #coordinator = new Coordinator();
  readonly #answers = new Map<number, (outcome: Outcome<unknown>) => void>();
  readonly #workers: Machine[] = [];
  readonly #run: SlowRun;
  #request = 1;
  #ended: JobView | null = null;

  constructor(run: SlowRun) {
    this.#run = run;
    this.timeline = new Timeline(run.seed);
    this.#store = new SimulatedStore(this.timeline);
    const files = new SharedFiles();
    for (let i = 0; i < WORKERS; i++) this.#workers.push(this.#newWorker(i, files));
    this.#tickCoordinator();
    this.#stepCoordinator({ kind: "activated" });
    for (const machine of this.#workers) {
      this.#tickWorker(machine);
      this.#stepWorker(machine, { kind: "started", kept: [] });
    }
    const described = describeJob(0, false);
    const options = { ...described.options, backups: run.backups, leaseMs: 15_000 };
    this.timeline.after(LOOK_MS, () =>
      this.#ask({ kind: "submit", description: { ...described, reduces: REDUCES, options }, life: "000000000001" }, () =>
        this.#watch(described.id),
      ),
    );
  }

  end(): JobView {
    while (this.#ended === null && this.timeline.step(LONGEST_MS));
    const job = this.#ended as JobView | null;
    must(job !== null && job.state === "succeeded", `the job has ${job?.state ?? "not ended"}`);
    return job;
  }

  #newWorker(i: number, files: SharedFiles): Machine {
    const { random } = this.timeline;
    const [origin, disk] = [`http://w${i}`, new Map() as Disk];
    const facts = { worker: `w${i}`, life: "1", origin, node: null, slots: SLOTS, memoryBytes: Infinity };
    // The same task takes the same time wherever it runs, but for the slowness.
    const taskMs = (phase: string): number => (phase === "map" || phase === "reduce" ? random.between(TASK_MS_MIN, TASK_MS_MAX) : 20);
    const executor = new SimulatedExecutor(origin, disk, {
      ...{ timeline: this.timeline, files, maps: MAPS, progressMs: PROGRESS_MS },
      fetch: (_from, { origin: at, task, attempt }, { job, region }) =>
        this.#workers.find((each) => each.origin === at)?.disk.get(`${job}/${task}/${attempt}`)?.[region] ?? null,
      taskMs: ({ phase }) => taskMs(phase) * (i === 0 ? this.#run.slowness : 1),
      isFailing: () => false,
    });
    return { core: new Worker({ ...facts, coordinators: [ORIGIN] }), executor, origin, disk };
  }

  #tickCoordinator(): void {
    const { nowMs } = this.timeline;
    this.#stepCoordinator({ kind: "tick", nowMs, wallMs: nowMs });
    this.timeline.after(TICK_MS, () => this.#tickCoordinator());
  }

  #tickWorker(machine: Machine): void {
    this.#stepWorker(machine, { kind: "tick", nowMs: this.timeline.nowMs });
    this.timeline.after(TICK_MS, () => this.#tickWorker(machine));
  }

  #stepCoordinator(event: CoordinatorEvent): void {
    for (const effect of this.#coordinator.step(event)) {
      if (effect.kind === "answer") {
        this.#answers.get(effect.request)?.(effect.outcome);
        this.#answers.delete(effect.request);
      } else if (effect.kind !== "tell" && effect.kind !== "observe")
        this.#store.perform(effect, (answer) => this.#stepCoordinator(answer));
    }
  }

  #ask(call: Call, answered: (outcome: Outcome<unknown>) => void): void {
    this.timeline.after(NETWORK_MS, () => {
      const request = this.#request++;
      this.#answers.set(request, (outcome) => this.timeline.after(NETWORK_MS, () => answered(outcome)));
      this.#stepCoordinator({ kind: "request", request, call });
    });
  }

  #watch(job: JobView["id"]): void {
    this.#ask({ kind: "get", job } as Call, (outcome) => {
      const view = outcome.kind === "done" ? (outcome.value as JobView) : null;
      if (view !== null && ["succeeded", "failed"].includes(view.state)) this.#ended = view;
      else this.timeline.after(LOOK_MS, () => this.#watch(job));
    });
  }

  #stepWorker(machine: Machine, event: WorkerEvent): void {
    const { core, executor } = machine;
    const never = (): void => must(false, "nobody stops here");
    for (const effect of core.step(event)) {
      performWorkerEffect(effect, {
        executor,
        ask: (_to, call, answered) => this.#ask(call, (outcome) => answered(outcome, null)),
        later: (next) => this.#stepWorker(machine, next),
        adopt: never,
        stopped: never,
      });
    }
  }
}
