// Three controllers, groups of three replicas, and their clients, on one network.
import type { KvInput, KvOutput } from "../../../core/linearizability/kv-operations.ts";
import { HistoryRecorder } from "../../../core/linearizability/recorder.ts";
import type { ShardMap } from "../../../core/routing/shard-map.ts";
import type { Configuration } from "../../../core/shards/configuration.ts";
import { ownerOf, shardsOf } from "../../../core/shards/configuration.ts";
import { isServed } from "../../../core/shards/shard-status.ts";
import { SHARDS, shardOf } from "../../../core/shards/slots.ts";
import { present } from "../../../core/base/assert.ts";
import { utf8 } from "../../../core/base/bytes.ts";
import { siteIn } from "../kv/addresses.ts";
import type { Line } from "../kv/caller.ts";
import type { Recorder } from "../kv/clerk.ts";
import { Clerk } from "../kv/clerk.ts";
import { GroupCluster } from "../kv/group-cluster.ts";
import { demandLinearizable, logSizeFor } from "../kv/kv-bed.ts";
import type { ReplicaCluster } from "../kv/replica-cluster.ts";
import type { Bench } from "../lab.ts";
import { demand, LabFailure, sleep } from "../script.ts";
import type { Script } from "../script.ts";
import type { Members } from "./administrator.ts";
import { Administrator } from "./administrator.ts";
import { CONTROLLERS, ControllerCluster } from "./controller-cluster.ts";
import { GroupLine } from "./group-line.ts";

export type ShardedOptions = { readonly groups: readonly string[]; readonly isReliable: boolean; readonly stateBytesMax: number | null };

const GROUP_SIZE = 3;
const SETTLE_POLL_MS = 10;
const LOOK_MS = 50;
const SETTLE_MS_MAX = 60_000;

export class ShardedBed {
  readonly bench: Bench;
  readonly controllers: ControllerCluster;
  readonly recorder: Recorder = new HistoryRecorder<KvInput, KvOutput>();
  readonly administrator: Administrator;
  readonly #options: ShardedOptions;
  readonly #groups = new Map<string, GroupCluster>();
  readonly #groupLine: GroupLine;
  #clerks = 0;

  constructor(bench: Bench, options: ShardedOptions) {
    this.bench = bench;
    this.#options = options;
    // The controllers are never cut off or stopped; what is lost between them and others is the network's.
    this.controllers = new ControllerCluster(bench, { isReliable: true });
    const groupNamed = (name: string): GroupCluster | null => this.#groups.get(name) ?? null;
    this.#groupLine = new GroupLine({ time: bench.time, controllers: this.controllers, groupNamed });
    this.administrator = this.newAdministrator("administrator");
    for (const id of options.groups) this.addGroup(id);
  }

  addGroup(id: string): GroupCluster {
    const { isReliable, stateBytesMax } = this.#options;
    const askElsewhere = this.#groupLine.ask.bind(this.#groupLine);
    const cluster = new GroupCluster(this.bench, {
      ...{ id, size: GROUP_SIZE, isReliable, stateBytesMax },
      askElsewhere: ({ ask }, answered) => askElsewhere(ask, answered),
    });
    this.#groups.set(id, cluster);
    return cluster;
  }

  get groups(): readonly GroupCluster[] {
    return [...this.#groups.values()];
  }

  group(id: string): GroupCluster {
    return present(this.#groups.get(id), `group ${id} was started`);
  }

  newAdministrator(name: string, isCutOff: () => boolean = () => false): Administrator {
    const line = this.#line({ endpoints: this.controllers.origins, isCutOff, map: null });
    return new Administrator(line, this.bench.random.child(name));
  }

  /** `belief`: what the clerk takes for true, in the place of what the controllers say, and the only group that it can ask. */
  clerk(belief: { readonly map: () => Script<ShardMap>; readonly group: string } | null = null): Clerk {
    const name = `c${++this.#clerks}`;
    const asked = this.newAdministrator(`map of ${name}`);
    const line = this.#line({
      endpoints: (belief === null ? this.groups : [this.group(belief.group)]).flatMap(({ origins }) => origins),
      isCutOff: () => false,
      map:
        belief?.map ??
        function* () {
          return mapOf(yield* asked.query());
        },
    });
    return new Clerk({ name, line, random: this.bench.random, recorder: this.recorder });
  }

  *join(...ids: readonly string[]): Script<number> {
    return yield* this.administrator.join(this.membersOf(...ids));
  }

  *leave(...ids: readonly string[]): Script<number> {
    return yield* this.administrator.leave(...ids);
  }

  membersOf(...ids: readonly string[]): Members {
    return Object.fromEntries(ids.map((id) => [id, this.group(id).addresses]));
  }

  shutDown(...ids: readonly string[]): void {
    for (const id of ids) this.group(id).crash(...this.group(id).places);
  }

  start(...ids: readonly string[]): void {
    for (const id of ids) this.group(id).restart(...this.group(id).places);
  }

  /** Until every shard is served by its owner, and nobody else has anything of it; how long that took, in ms. */
  settled(): Script<number> {
    return this.#until((configuration) => this.#isServed(configuration) && this.#isReleased(configuration));
  }

  /** Until every shard is served by its owner, so that whoever had it before is not needed any more. */
  served(): Script<number> {
    return this.#until((configuration) => this.#isServed(configuration));
  }

  /** Until what this administrator takes for the latest configuration is served. */
  *servedAsSeenBy(administrator: Administrator): Script<void> {
    while (!this.#isServed(yield* administrator.query())) yield* sleep(LOOK_MS);
  }

  *#until(holds: (configuration: Configuration) => boolean): Script<number> {
    const { time } = this.bench;
    const beganMs = time.nowMs;
    const configuration = yield* this.administrator.query();
    while (!holds(configuration)) {
      if (time.nowMs - beganMs > SETTLE_MS_MAX) throw new LabFailure(`shards don't arrive: ${this.#describe(configuration)}`);
      yield* sleep(SETTLE_POLL_MS);
    }
    return time.nowMs - beganMs;
  }

  /** No log is larger than the policy allows; where it is never to take a snapshot, there is none. */
  measureSizes(): void {
    for (const { stateBytesMax, stateBytes, snapshotBytes } of this.groups) {
      if (stateBytesMax === null) demand(snapshotBytes === 0, () => "somebody took a snapshot");
      else this.bench.figures.measure(logSizeFor(stateBytesMax), stateBytes);
    }
  }

  setReliable(isReliable: boolean): void {
    for (const { network } of [...this.groups, this.controllers]) network.isReliable = isReliable;
  }

  demandLinearizable(): void {
    demandLinearizable(this.recorder);
  }

  #isServed(configuration: Configuration): boolean {
    return this.groups.every(({ id, machine }) => {
      const owned = shardsOf(configuration, id);
      return owned.length === 0 || owned.every((shard) => machine?.state.shard(shard).status.kind === "serving");
    });
  }

  #isReleased(configuration: Configuration): boolean {
    return this.groups.every(({ id, machine }) => {
      const shards = machine?.state.shards ?? [];
      return shards.every(({ status }, shard) => ownerOf(configuration, shard) === id || (!isServed(status) && status.kind !== "frozen"));
    });
  }

  #describe(configuration: Configuration): string {
    return this.groups
      .map(({ id, machine }) => {
        const moving = machine?.state.shards.flatMap(({ status }, shard) =>
          "number" in status ? [`${String(shard)} ${status.kind}`] : [],
        );
        return `${id} has ${String(machine?.configuration.number)} of ${String(configuration.number)}, ${moving?.slice(0, 5).join(", ") ?? ""}`;
      })
      .join("; ");
  }

  #line({ endpoints, isCutOff, map }: Pick<Line, "endpoints" | "map"> & { readonly isCutOff: () => boolean }): Line {
    return {
      time: this.bench.time,
      endpoints,
      map,
      ask: (origin, { timeoutMs, ...operation }, told) => {
        const { name, place } = siteIn(origin);
        const cluster: ReplicaCluster | undefined = name === CONTROLLERS ? this.controllers : this.#groups.get(name);
        if (cluster === undefined || isCutOff()) this.controllers.askNobody(told);
        else cluster.ask({ place, operation, timeoutMs }, (answer) => (isCutOff() ? this.controllers.askNobody(told) : told(answer)));
      },
    };
  }
}

export function mapOf({ number, shards, groups }: Configuration): ShardMap {
  const members = Object.entries(groups).map(
    ([group, each]) => [group, each.map(({ http }) => ({ http, role: "voter" }) as const)] as const,
  );
  return { number, shards, groups: new Map(members) };
}

/** In as many parts of the store as there are keys, so that they stand for the labs' shards, of which each has a key. */
export function spreadKeys(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => {
    const shard = Math.floor(((i + 0.5) * SHARDS) / count);
    for (let n = 0; ; n++) {
      const key = `${String(i)}.${String(n)}`;
      if (shardOf(utf8(key)) === shard) return key;
    }
  });
}
