// A whole store on loopback for a case: shard controllers and groups of replicas that found themselves.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fetchJson } from "../../client/cli/fetch-json.ts";
import type { ReplicaStatus } from "../../client/cli/local-group.ts";
import { LocalReplica } from "../../client/cli/local-replica.ts";
import { productOf } from "./bundled.ts";
import { freePorts } from "./free-ports.ts";
import { FAST_STARTS } from "./test-cluster.ts";
import { check, eventually } from "./test-case.ts";

const LOOPBACK = "127.0.0.1";
const END_DEADLINE_MS = 10_000;
/** Processes that start at once on a busy machine take their time. */
const STARTED_WITHIN_MS = 60_000;

export type ShardedOptions = {
  readonly directory: string;
  readonly controllers: number;
  /** How many replicas each group has, by its name. */
  readonly groups: Readonly<Record<string, number>>;
  /** Further settings, of all of them. */
  readonly environment?: Readonly<Record<string, string>>;
};

export type Known = { readonly member: LocalReplica; readonly status: ReplicaStatus };

export class ShardedCluster {
  readonly controllers: readonly LocalReplica[];
  readonly groups: Readonly<Record<string, readonly LocalReplica[]>>;

  private constructor(controllers: readonly LocalReplica[], groups: Readonly<Record<string, readonly LocalReplica[]>>) {
    this.controllers = controllers;
    this.groups = groups;
  }

  static async create({ directory, controllers, groups, environment: common = {} }: ShardedOptions): Promise<ShardedCluster> {
    const initial = Object.keys(groups).join(",");
    const environment = { ...common, FLOTILLA_INITIAL_GROUPS: initial };
    const leading = await members({ directory, name: "controller", count: controllers, service: "shard-controller", environment });
    const addresses = leading.map(({ peerAddress }) => peerAddress).join(",");
    const replicas: [string, readonly LocalReplica[]][] = [];
    for (const [group, count] of Object.entries(groups)) {
      const own = { ...common, FLOTILLA_GROUP: group, FLOTILLA_CONTROLLERS: addresses };
      replicas.push([group, await members({ directory, name: `replica-${group}`, count, service: "replica", environment: own })]);
    }
    return new ShardedCluster(leading, Object.fromEntries(replicas));
  }

  get all(): readonly LocalReplica[] {
    return [...this.controllers, ...Object.values(this.groups).flat()];
  }

  group(name: string): readonly LocalReplica[] {
    const group = this.groups[name];
    check(group !== undefined, `there is a group ${name}`);
    return group;
  }

  start(members: readonly LocalReplica[] = this.all): void {
    for (const member of members) if (member.pid === null) member.start();
  }

  async kill(members: readonly LocalReplica[]): Promise<void> {
    for (const member of members) member.signal("SIGKILL");
    await Promise.all(members.map((member) => member.exit));
  }

  /** Everything runs, and every member of every group serves shards. */
  async startAndServe(): Promise<void> {
    this.start();
    for (const group of Object.keys(this.groups)) {
      await this.untilLeader(group, STARTED_WITHIN_MS);
      await eventually(`group ${group} serves shards`, () => this.#allServe(group), {
        deadlineMs: STARTED_WITHIN_MS,
        everyMs: 100,
      });
    }
  }

  /** One leads that is of the newest term, as far as members answer. */
  untilLeader(group: string, deadlineMs = 15_000): Promise<LocalReplica> {
    return eventually(
      `group ${group} has a leader`,
      async () => {
        const known = await this.statuses(this.group(group));
        const term = Math.max(...known.map(({ status }) => Number(status["term"])));
        return known.find(({ status }) => status.role === "leader" && status["term"] === term)?.member ?? null;
      },
      { deadlineMs },
    );
  }

  /** All run, vote, and have applied what the leader had committed. */
  async untilWhole(group: string, deadlineMs = 20_000): Promise<void> {
    const leader = await this.untilLeader(group, deadlineMs);
    const { commitIndex } = await eventually(`the leader of group ${group} answers`, () => this.status(leader), { deadlineMs });
    const target = Number(commitIndex);
    await eventually(
      `all of group ${group} have applied ${target} and vote`,
      async () => {
        const known = await this.statuses(this.group(group));
        const isThere = ({ status }: Known): boolean => Number(status["appliedIndex"]) >= target && status.role !== "learner";
        return known.length === this.group(group).length && known.every(isThere);
      },
      { deadlineMs },
    );
  }

  /** Of those that answer. */
  async statuses(members: readonly LocalReplica[]): Promise<readonly Known[]> {
    const all = await Promise.all(members.map(async (member) => ({ member, status: await this.status(member) })));
    return all.filter((each): each is Known => each.status !== null);
  }

  wipe(members: readonly LocalReplica[]): void {
    for (const { dataDir } of members) rmSync(dataDir, { recursive: true, force: true });
  }

  async stop(): Promise<void> {
    await Promise.all(this.all.map((member) => (member.pid === null ? null : member.stop(END_DEADLINE_MS))));
  }

  status(member: LocalReplica): Promise<ReplicaStatus | null> {
    return fetchJson(`${member.origin}/v1/status`) as Promise<ReplicaStatus | null>;
  }

  async #allServe(group: string): Promise<boolean> {
    const known = await this.statuses(this.group(group));
    const serves = ({ status }: Known): boolean => (status["shards"] as { readonly serving: readonly number[] }).serving.length > 0;
    return known.length === this.group(group).length && known.every(serves);
  }

  async describe(): Promise<string> {
    const told = this.all.map(async (member) => {
      const status = await this.status(member);
      const { role, waiting, configNumber } = (status ?? {}) as Record<string, unknown>;
      return `${member.dataDir.split("/").at(-1) ?? ""} ${member.pid === null ? "down" : JSON.stringify({ role, configNumber, waiting })}`;
    });
    return (await Promise.all(told)).join("; ");
  }
}

type Members = {
  readonly directory: string;
  readonly name: string;
  readonly count: number;
  readonly service: "replica" | "shard-controller";
  readonly environment: Readonly<Record<string, string>>;
};

async function members({ directory, name, count, service, environment }: Members): Promise<readonly LocalReplica[]> {
  const ports = await freePorts(count);
  const peers = ports.map(({ peer }) => `${LOOPBACK}:${peer}`);
  const httpPeers = ports.map(({ http }) => `${LOOPBACK}:${http}`);
  const redisPeers = ports.map(({ redis }) => `${LOOPBACK}:${redis}`);
  return ports.map(
    (_, ordinal) =>
      new LocalReplica({
        ordinal,
        peers,
        httpPeers,
        ...(service === "shard-controller" ? {} : { redisPeers }),
        dataDir: join(directory, `${name}-${ordinal}`),
        logFile: join(directory, "logs", `${name}-${ordinal}.log`),
        program: [productOf(service)],
        environment: { ...process.env, ...FAST_STARTS, ...environment },
      }),
  );
}
