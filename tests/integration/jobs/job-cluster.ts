// A store of one replica, coordinators and workers, as real processes on loopback. Nobody starts them again: whoever kills one decides.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LocalGroup } from "../../../client/cli/local-group.ts";
import { LocalProcess } from "../../../client/cli/local/local-process.ts";
import { PROGRAMS, SERVICE_ENVIRONMENT } from "../../../client/cli/local/programs.ts";
import type { GroupPorts } from "../../../client/cli/local-group.ts";
import { productOf } from "../bundled.ts";
import { freePorts } from "../free-ports.ts";
import { eventually } from "../test-case.ts";
import { JobCalls } from "./job-calls.ts";
import { signalTree } from "./process-tree.ts";

export type Settings = Readonly<Record<string, string>>;

export type JobClusterOptions = {
  /** Everything lies below it, and `file:` reaches it. */
  readonly directory: string;
  readonly coordinators: number;
  readonly workers: number;
  /** Of each worker. */
  readonly slots: number;
  readonly settings?: Settings;
};

const LOOPBACK = "127.0.0.1";
const START_MS = 60_000;
const STOP_MS = 10_000;

export class JobProcess {
  readonly origin: string;
  readonly dataDir: string;
  readonly #process: LocalProcess;

  constructor(parts: { readonly origin: string; readonly dataDir: string; readonly process: LocalProcess }) {
    this.origin = parts.origin;
    this.dataDir = parts.dataDir;
    this.#process = parts.process;
  }

  /** Null while it does not run. */
  get pid(): number | null {
    return this.#process.pid;
  }

  get isRunning(): boolean {
    return this.pid !== null;
  }

  get log(): string {
    return this.#process.log;
  }

  /** Settled when its present life is over. */
  get exit(): Promise<unknown> {
    return this.#process.exit;
  }

  start(changes: { readonly program?: readonly string[]; readonly settings?: Settings } = {}): void {
    const { program, settings } = changes;
    this.#process.start({ ...(program === undefined ? {} : { program }), ...(settings === undefined ? {} : { environment: settings }) });
  }

  /** Whatever it says. */
  async answers(): Promise<void> {
    const look = async (): Promise<true | null> => ((await statusOf(this.origin)) === null ? null : true);
    await eventually(`${this.origin} answers`, look, { deadlineMs: START_MS });
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.signal(signal);
  }

  /** With all that it has started. */
  signalAll(signal: NodeJS.Signals): void {
    if (this.pid !== null) signalTree(this.pid, signal);
  }

  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.#process.exit;
  }

  /** In good order. */
  async stop(): Promise<void> {
    await this.#process.stop(STOP_MS);
  }

  /** How a worker is called in views of tasks. */
  get workerId(): string {
    return readFileSync(join(this.dataDir, "worker-id"), "utf8").trim();
  }
}

export class JobCluster {
  readonly coordinators: readonly JobProcess[];
  readonly workers: JobProcess[] = [];
  readonly calls: JobCalls;
  readonly #options: JobClusterOptions;
  readonly #store: LocalGroup;

  private constructor(options: JobClusterOptions, ports: readonly GroupPorts[]) {
    this.#options = options;
    const { directory, coordinators } = options;
    const [storePorts, ...coordinatorPorts] = ports.slice(0, coordinators + 1);
    this.#store = new LocalGroup({
      directory,
      ports: storePorts === undefined ? [] : [storePorts],
      program: [productOf("replica")],
      environment: this.#environment,
    });
    this.coordinators = coordinatorPorts.map((each, i) =>
      this.#process(`coordinator-${i}`, each, {
        program: PROGRAMS.coordinator,
        settings: { FLOTILLA_STORE: this.#store.origins.join(",") },
      }),
    );
    this.calls = this.callsOf(this.coordinators);
  }

  /** Everything runs, and a coordinator has the jobs. */
  static async open(options: JobClusterOptions): Promise<JobCluster> {
    const cluster = new JobCluster(options, await freePorts(options.coordinators + 1));
    cluster.#store.start();
    await cluster.addWorkers(options.workers);
    for (const coordinator of cluster.coordinators) coordinator.start();
    await cluster.active();
    await Promise.all(cluster.workers.map((worker) => worker.answers()));
    return cluster;
  }

  /** Where the store answers. */
  get store(): string {
    return this.#store.origins[0] ?? "";
  }

  /** To those of them that run. */
  callsOf(coordinators: readonly JobProcess[]): JobCalls {
    return new JobCalls(() => coordinators.filter(({ isRunning }) => isRunning).map(({ origin }) => origin));
  }

  /** They get `slots` each, as the first ones. */
  async addWorkers(count: number): Promise<void> {
    for (const ports of await freePorts(count)) {
      const name = `worker-${this.workers.length}`;
      const settings = {
        FLOTILLA_COORDINATORS: this.coordinators.map(({ origin }) => origin).join(","),
        FLOTILLA_DATA_DIR: join(this.#options.directory, name),
        FLOTILLA_FILE_ROOTS: this.#options.directory,
        FLOTILLA_TASK_SLOTS: String(this.#options.slots),
      };
      const worker = this.#process(name, ports, { program: PROGRAMS.worker, settings });
      worker.start();
      this.workers.push(worker);
    }
  }

  /** The coordinator that has the jobs, by its own word. */
  active(): Promise<JobProcess> {
    const look = async (): Promise<JobProcess | null> => {
      for (const coordinator of this.coordinators) if (coordinator.isRunning && (await isActive(coordinator))) return coordinator;
      return null;
    };
    return eventually("a coordinator has the jobs", look, { deadlineMs: START_MS });
  }

  /** Nothing is kept, so nobody needs to end in good order. */
  async end(): Promise<void> {
    const all = [...this.workers, ...this.coordinators];
    // Tasks that stand still would never notice that their worker is gone.
    for (const each of all) each.signalAll("SIGKILL");
    await Promise.all(all.map((each) => each.kill()));
    for (const replica of this.#store.replicas) replica.signal("SIGKILL");
    await Promise.all(this.#store.replicas.map(({ exit }) => exit));
  }

  get #environment(): Readonly<Record<string, string | undefined>> {
    return { ...process.env, ...SERVICE_ENVIRONMENT, ...this.#options.settings };
  }

  #process(name: string, ports: GroupPorts, { program, settings }: { program: readonly string[]; settings: Settings }): JobProcess {
    const { directory } = this.#options;
    const environment = { ...this.#environment, ...settings, FLOTILLA_HTTP_PORT: String(ports.http) };
    const local = new LocalProcess({ name, log: join(directory, "logs", `${name}.log`), program, environment });
    return new JobProcess({ origin: `http://${LOOPBACK}:${ports.http}`, dataDir: join(directory, name), process: local });
  }
}

const isActive = async ({ origin }: JobProcess): Promise<boolean> => (await statusOf(origin))?.role === "active";

async function statusOf(origin: string): Promise<{ readonly role?: string } | null> {
  try {
    const response = await fetch(`${origin}/v1/status`, { signal: AbortSignal.timeout(1_000) });
    return (await response.json()) as { readonly role?: string };
  } catch {
    return null;
  }
}
