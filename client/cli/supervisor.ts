// Keeps the members of a local group running: starts again whatever ends, after a pause that grows while it keeps ending, and
// leaves alone what refuses its disk, because no restart helps there.
import { writeClusterFile } from "./cluster-file.ts";
import type { LocalGroup } from "./local-group.ts";
import type { Exit, LocalReplica } from "./local-replica.ts";

export type SupervisorOptions = {
  readonly directory: string;
  readonly group: LocalGroup;
  readonly onEnded: (replica: LocalReplica, exit: Exit, next: "restarts" | "stays down") => void;
};

/** A person must look: see runtime/exit-codes.ts. */
const NEEDS_PERSON = 78;
const PAUSE_MS = { first: 200, longest: 5_000 };
/** A life of this length makes the next pause a short one again. */
const STABLE_MS = 10_000;

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #stopped = new Map<number, string>();
  readonly #held = new Set<number>();
  #clusterId: string | null = null;
  #isEnding = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  start(): void {
    for (const replica of this.#options.group.replicas) this.#run(replica, PAUSE_MS.first);
    this.#writeFile();
  }

  /** Its next end is meant: it stays down until `release`. */
  hold(ordinal: number): void {
    this.#held.add(ordinal);
  }

  release(ordinal: number): void {
    if (!this.#held.delete(ordinal)) return;
    const replica = this.#options.group.replica(ordinal);
    if (replica.pid === null) this.#run(replica, PAUSE_MS.first);
    this.#writeFile();
  }

  knowCluster(clusterId: string): void {
    this.#clusterId = clusterId;
    this.#writeFile();
  }

  async end(deadlineMs: number): Promise<void> {
    this.#isEnding = true;
    await this.#options.group.stop(deadlineMs);
    this.#writeFile();
  }

  endAtOnce(): void {
    this.#isEnding = true;
    for (const replica of this.#options.group.replicas) replica.signal("SIGKILL");
  }

  /** Why a member stays down; null for one that runs or will. */
  whyDown(ordinal: number): string | null {
    return this.#stopped.get(ordinal) ?? null;
  }

  #run(replica: LocalReplica, pauseMs: number): void {
    const startedMs = performance.now();
    replica.start();
    void replica.exit.then((exit) => {
      this.#writeFile();
      if (this.#isEnding || this.#held.has(replica.ordinal)) return;
      if (exit.code === NEEDS_PERSON) {
        this.#stopped.set(replica.ordinal, exit.lastWords);
        this.#writeFile();
        this.#options.onEnded(replica, exit, "stays down");
        return;
      }
      this.#options.onEnded(replica, exit, "restarts");
      const isStable = performance.now() - startedMs >= STABLE_MS;
      setTimeout(() => this.#startAgain(replica, isStable ? PAUSE_MS.first : Math.min(2 * pauseMs, PAUSE_MS.longest)), pauseMs);
    });
  }

  #startAgain(replica: LocalReplica, pauseMs: number): void {
    if (this.#isEnding || replica.pid !== null || this.#held.has(replica.ordinal)) return;
    this.#run(replica, pauseMs);
    this.#writeFile();
  }

  #writeFile(): void {
    const { directory, group } = this.#options;
    const processes = group.replicas.map((replica) => {
      const { ordinal, pid, origin, peerAddress, dataDir, logFile } = replica;
      const stopped = this.#stopped.get(ordinal);
      const fields = { ordinal, pid, http: origin, peer: peerAddress, dataDir, log: logFile };
      return {
        name: `replica-1-${ordinal}`,
        service: "replica" as const,
        group: "1",
        ...fields,
        ...(stopped === undefined ? {} : { stopped }),
      };
    });
    writeClusterFile(directory, { clusterId: this.#clusterId, processes });
  }
}
