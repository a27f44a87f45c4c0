// Shards and their moves, for Prometheus. A leader counts what ends while it leads: the receiver counts a shard as taken and
// knows how long it took, the source counts it as handed over and knows how long it was frozen. What a member applies again
// after a restart was counted by those who led then.
import type { ShardedStateMachine } from "../../core/shards/sharded-state-machine.ts";
import type { ShardStatus } from "../../core/shards/shard-status.ts";
import { shardLists } from "../../core/shards/shard-lists.ts";
import type { Clock } from "../clock.ts";
import type { Histogram, Metrics } from "../metrics.ts";
import { DURATION_BUCKETS } from "../metrics.ts";
import type { MemberView } from "./member.ts";

export type MovesOptions = {
  readonly member: MemberView<ShardedStateMachine>;
  readonly metrics: Metrics;
  readonly clock: Clock;
};

type Kind = ShardStatus["kind"];
type Since = { readonly kind: Kind; readonly atMs: number; readonly failedCopies: number };

export const MOVE_RESULTS = ["taken", "handedOver", "begunAnew"] as const;

const MOVE_BUCKETS = [...DURATION_BUCKETS, 30, 60, 300, 1_800];

export class ShardMoves {
  readonly #options: MovesOptions;
  readonly #count: (result: (typeof MOVE_RESULTS)[number]) => void;
  readonly #moved: Histogram<never>;
  readonly #frozen: Histogram<never>;
  /** By shard, where its status is not the one that it has had all along. */
  readonly #since = new Map<number, Since>();
  #recoveredIndex: number | null = null;

  constructor(options: MovesOptions) {
    this.#options = options;
    const { metrics } = options;
    this.#count = metrics.preset({
      name: "flotilla_shard_migrations_total",
      help: "Moves of shards that ended here, and copies that had to begin anew",
      label: "result",
      values: MOVE_RESULTS,
    });
    this.#moved = metrics.histogram({
      name: "flotilla_shard_migration_duration_seconds",
      help: "From the configuration that gives a shard to this group until the group serves it",
      buckets: MOVE_BUCKETS,
    });
    this.#frozen = metrics.histogram({
      name: "flotilla_shard_frozen_duration_seconds",
      help: "How long a shard that leaves served nobody, until this group knew that the receiver does",
      buckets: DURATION_BUCKETS,
    });
    metrics.read("gauge", { name: "flotilla_shards", help: "Shards of this group, by what it does with them", labels: ["state"] }, () => {
      const machine = options.member.life?.machine;
      const lists = machine === undefined ? NO_SHARDS : shardLists(machine.state);
      return Object.entries(lists).map(([state, shards]) => ({ labels: { state }, value: shards.length }));
    });
  }

  /** After each step that was applied. */
  stepped(index: number): void {
    const { life } = this.#options.member;
    if (life === null) return;
    const { raft } = life.host.status();
    this.#recoveredIndex ??= raft.lastIndex;
    const counts = raft.role === "leader" && index > this.#recoveredIndex;
    const nowMs = this.#options.clock.monotonicMs();
    life.machine.state.shards.forEach(({ status: { kind }, failedCopies }, shard) => {
      const before = this.#since.get(shard);
      if (before === undefined && QUIET.has(kind)) return;
      if (counts && before !== undefined) this.#compare(before, { kind, atMs: nowMs, failedCopies });
      if (QUIET.has(kind)) this.#since.delete(shard);
      else this.#since.set(shard, { kind, failedCopies, atMs: before?.kind === kind ? before.atMs : nowMs });
    });
  }

  #compare(before: Since, now: Since): void {
    const seconds = (now.atMs - before.atMs) / 1_000;
    if (before.kind === "pulling" && now.kind === "pulling" && now.failedCopies > before.failedCopies) this.#count("begunAnew");
    if (before.kind === "pulling" && now.kind === "serving") {
      this.#count("taken");
      this.#moved.observe({}, seconds);
    }
    if (before.kind === "frozen" && now.kind === "absent") {
      this.#count("handedOver");
      this.#frozen.observe({}, seconds);
    }
  }
}

/** Nothing moves. */
const QUIET: ReadonlySet<Kind> = new Set<Kind>(["absent", "parked", "serving"]);
const NO_SHARDS = { serving: [], pulling: [], leaving: [], frozen: [], parked: [] };
