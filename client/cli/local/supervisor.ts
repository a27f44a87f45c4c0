// Keeps the processes of a local cluster running, and writes down what runs: starts again whatever ends, after a pause that
// grows while it keeps ending, and leaves alone what refuses its disk, because no restart helps there.
import type { ClusterProcess } from "./cluster-file.ts";
import { writeClusterFile } from "./cluster-file.ts";
import type { Exit } from "./local-process.ts";
import { LocalProcess } from "./local-process.ts";
import type { ProcessDescription, ServiceName } from "./process-description.ts";
import { originOf, peerOf, redisOf } from "./process-description.ts";
import { markOf } from "./process-mark.ts";
import type { Decision } from "./restart-policy.ts";
import { afterEnd } from "./restart-policy.ts";

export type SupervisorOptions = {
  readonly directory: string;
  readonly clusterId: string;
  readonly firstPort: number;
  readonly processes: readonly ProcessDescription[];
  /** Each service's program and its arguments, for Node. */
  readonly programs: Readonly<Record<ServiceName, readonly string[]>>;
  /** What all processes are told. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** False: what ended stays down. */
  readonly restarts: boolean;
  readonly onEnded: (process: SupervisedProcess, exit: Exit, next: Decision | null) => void;
  /** cluster.json could not be written: it is not true now. */
  readonly onUnwritten: (error: Error) => void;
};

export type SupervisedProcess = ProcessDescription & { readonly pid: number | null; readonly stopped: string | null };

type Watched = {
  readonly description: ProcessDescription;
  readonly process: LocalProcess;
  lastPauseMs: number | null;
  stopped: string | null;
  isHeld: boolean;
};

/** Until the file, which could not be written, is tried again. */
const WRITE_AGAIN_MS = 1_000;
const REASON_LENGTH_MAX = 1_000;

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #watched: readonly Watched[];
  #launcherPid: number | null = process.pid;
  #isEnding = false;
  #writeAgain: NodeJS.Timeout | null = null;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#watched = options.processes.map((description) => {
      const { name, log, service } = description;
      const environment = { ...options.environment, ...description.environment };
      const program = options.programs[service];
      const process = new LocalProcess({ name, log, program, environment, isApart: true });
      return { description, process, lastPauseMs: null, stopped: null, isHeld: false };
    });
  }

  get processes(): readonly SupervisedProcess[] {
    return this.#watched.map(({ description, process, stopped }) => ({ ...description, pid: process.pid, stopped }));
  }

  start(): void {
    for (const watched of this.#watched) this.#run(watched);
    this.#write();
  }

  /** Kills it, and it stays down until `release`. */
  async kill(name: string): Promise<void> {
    const watched = this.#find(name);
    watched.isHeld = true;
    watched.process.signal("SIGKILL");
    await watched.process.exit;
  }

  release(name: string): void {
    const watched = this.#find(name);
    watched.isHeld = false;
    if (watched.process.pid === null) this.#run(watched);
    this.#write();
  }

  /** Somebody put right what kept them down. */
  startStopped(): void {
    if (this.#isEnding) return;
    for (const watched of this.#watched) if (watched.stopped !== null && watched.process.pid === null) this.#run(watched);
    this.#write();
  }

  async end(deadlineMs: number): Promise<void> {
    this.#isEnding = true;
    await Promise.all(this.#watched.map(({ process }) => process.stop(deadlineMs)));
    this.#over();
  }

  async endAtOnce(): Promise<void> {
    this.#isEnding = true;
    for (const { process } of this.#watched) process.signal("SIGKILL");
    await Promise.all(this.#watched.map(({ process }) => process.exit));
    this.#over();
  }

  #over(): void {
    this.#launcherPid = null;
    this.#write();
    if (this.#writeAgain !== null) clearTimeout(this.#writeAgain);
  }

  #find(name: string): Watched {
    const watched = this.#watched.find(({ description }) => description.name === name);
    if (watched === undefined) throw new RangeError(`there is no process ${name}`);
    return watched;
  }

  #run(watched: Watched): void {
    const beganMs = performance.now();
    watched.stopped = null;
    watched.process.start();
    void watched.process.exit.then((exit) => this.#ended(watched, exit, performance.now() - beganMs));
  }

  #ended(watched: Watched, exit: Exit, livedMs: number): void {
    if (this.#isEnding) return;
    if (watched.isHeld) return this.#write();
    const next = afterEnd({ code: exit.code, livedMs, lastPauseMs: watched.lastPauseMs });
    if (next.kind === "stop") watched.stopped = reasonOf(exit);
    else if (this.#options.restarts) {
      watched.lastPauseMs = next.afterMs;
      setTimeout(() => this.#startAgain(watched), next.afterMs);
    }
    this.#write();
    const told = next.kind === "restart" && !this.#options.restarts ? null : next;
    this.#options.onEnded({ ...watched.description, pid: null, stopped: watched.stopped }, exit, told);
  }

  #startAgain(watched: Watched): void {
    if (this.#isEnding || watched.isHeld || watched.process.pid !== null) return;
    this.#run(watched);
    this.#write();
  }

  #write(): void {
    const { directory, clusterId, firstPort } = this.#options;
    const launcher = this.#launcherPid === null ? null : markOf(this.#launcherPid);
    try {
      writeClusterFile(directory, { clusterId, firstPort, launcher, processes: this.#watched.map(recordOf) });
    } catch (error) {
      this.#options.onUnwritten(error as Error);
      this.#writeAgain ??= setTimeout(() => {
        this.#writeAgain = null;
        this.#write();
      }, WRITE_AGAIN_MS);
    }
  }
}

function recordOf({ description, process, stopped }: Watched): ClusterProcess {
  const { name, service, group, ordinal, dataDir, log } = description;
  const redis = redisOf(description);
  return {
    ...{ name, service, group, ordinal },
    pid: process.pid,
    began: process.mark?.began ?? null,
    http: originOf(description),
    ...(redis === null ? {} : { redis }),
    peer: peerOf(description),
    ...{ dataDir, log },
    ...(stopped === null ? {} : { stopped }),
  };
}

/** The last line that it said, or what is known without. */
function reasonOf({ code, signal, lastWords }: Exit): string {
  const line = lastWords.split("\n").at(-1) ?? "";
  return line === "" ? `it ended with ${signal ?? `code ${code}`}` : line.slice(0, REASON_LENGTH_MAX);
}
