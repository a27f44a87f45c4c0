// A group of replicas on this machine, and what can be asked of it from outside: who leads, and whether it is ready.
import { join } from "node:path";
import { fetchJson } from "./fetch-json.ts";
import { LocalReplica } from "./local-replica.ts";
import type { LocalReplicaOptions } from "./local-replica.ts";
import { pause } from "../waiting.ts";

export type LocalGroupOptions = Pick<LocalReplicaOptions, "program" | "environment"> & {
  readonly directory: string;
  readonly ports: readonly GroupPorts[];
};

export type GroupPorts = { readonly http: number; readonly peer: number; readonly redis: number };

export type ReplicaStatus = Readonly<Record<string, unknown>> & {
  readonly role: string;
  readonly term?: number;
  readonly leader?: string | null;
  readonly member: string | null;
  readonly ordinal: number;
  /** 0 while it does not know whose the shards are. */
  readonly configNumber?: number;
};

const LOOPBACK = "127.0.0.1";
const LOOK_MS = 20;

export class LocalGroup {
  readonly replicas: readonly LocalReplica[];

  constructor({ directory, ports, program, environment }: LocalGroupOptions) {
    const peers = ports.map(({ peer }) => `${LOOPBACK}:${peer}`);
    const httpPeers = ports.map(({ http }) => `${LOOPBACK}:${http}`);
    const redisPeers = ports.map(({ redis }) => `${LOOPBACK}:${redis}`);
    this.replicas = ports.map((_, ordinal) => {
      const name = `replica-1-${ordinal}`;
      return new LocalReplica({
        ordinal,
        peers,
        httpPeers,
        redisPeers,
        dataDir: join(directory, name),
        logFile: join(directory, "logs", `${name}.log`),
        program,
        environment,
      });
    });
  }

  get origins(): readonly string[] {
    return this.replicas.map(({ origin }) => origin);
  }

  replica(ordinal: number): LocalReplica {
    const replica = this.replicas[ordinal];
    if (replica === undefined) throw new RangeError(`there is no replica ${ordinal}`);
    return replica;
  }

  start(): void {
    for (const replica of this.replicas) if (replica.pid === null) replica.start();
  }

  async stop(deadlineMs: number): Promise<void> {
    await Promise.all(this.replicas.map((replica) => replica.stop(deadlineMs)));
  }

  /** Of a member that answers; null otherwise. */
  async status(ordinal: number): Promise<ReplicaStatus | null> {
    return (await fetchJson(`${this.replica(ordinal).origin}/v1/status`)) as ReplicaStatus | null;
  }

  /** The leader of the newest term among those who say so. */
  async leader(): Promise<ReplicaStatus | null> {
    const statuses = await Promise.all(this.replicas.map(({ ordinal }) => this.status(ordinal)));
    const leading = statuses.filter((status) => status?.role === "leader");
    return leading.reduce((newest, status) => ((status?.term ?? 0) > (newest?.term ?? -1) ? status : newest), null);
  }

  /** Resolves with the leader, once it serves; rejects after the deadline, saying what each member waits for. */
  async untilLeader(deadlineMs: number): Promise<ReplicaStatus> {
    const untilMs = performance.now() + deadlineMs;
    for (;;) {
      const leader = await this.leader();
      if (leader !== null && leader.configNumber !== 0) return leader;
      if (performance.now() > untilMs) throw new Error(`no leader within ${deadlineMs} ms: ${await this.#reasons()}`);
      await pause(LOOK_MS);
    }
  }

  async #reasons(): Promise<string> {
    const reasons = this.replicas.map(async ({ ordinal, pid }) => {
      const status = pid === null ? null : await this.status(ordinal);
      return `replica ${ordinal}: ${pid === null ? "does not run" : JSON.stringify(status?.["waiting"] ?? "does not answer")}`;
    });
    return (await Promise.all(reasons)).join("; ");
  }
}
