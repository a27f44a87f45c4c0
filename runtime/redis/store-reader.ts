// Reads that are about many keys of this member's group: page by page, each shard at its own moment, and linearizable there. What is
// applied here says nothing before this member has caught up: not even which shards there are, nor that there are none.
import type { Outcome } from "../../core/base/outcome.ts";
import { encodeQuery } from "../../core/kv/commands.ts";
import { decodeResult } from "../../core/kv/results.ts";
import { refusedWaiting } from "../../core/replica/birth-state.ts";
import type { Reply } from "../../core/replica/effects.ts";
import type { ClientOperation } from "../../core/replica/events.ts";
import { encodeGroupQuery } from "../../core/shards/group-commands.ts";
import { isServed } from "../../core/shards/shard-status.ts";
import type { ShardedStateMachine } from "../../core/shards/sharded-state-machine.ts";
import type { Clock } from "../clock.ts";
import type { MemberView } from "../replica/member.ts";
import type { KeyPosition, KeySpace, KeysPage } from "./key-space.ts";
import { shuffled } from "./shuffled.ts";

const TIMEOUT_MS = 5_000;
/** Until a member that has much to apply is asked again. */
const PAUSE_MS = 15;
const PAGE_BYTES_MAX = 1_048_576;

export class StoreReader implements KeySpace {
  readonly #member: MemberView<ShardedStateMachine>;
  readonly #clock: Pick<Clock, "monotonicMs">;

  constructor(member: MemberView<ShardedStateMachine>, clock: Pick<Clock, "monotonicMs">) {
    this.#member = member;
    this.#clock = clock;
  }

  async keysAfter(position: KeyPosition | null, limit: number): Promise<KeysPage | null> {
    if (!(await this.#catchUp())) return null;
    // Nothing is waited for from here on: which shards there are, the page, and what follows it are of one moment.
    const shards = this.#shardsWithKeys();
    const from = position?.shard ?? 0;
    const shard = shards.find((each) => each >= from);
    if (shard === undefined) return { keys: [], next: null };
    const page = this.#pageOf({ shard, after: shard === from ? (position?.after ?? null) : null }, limit);
    if (page === null || page.next !== null) return page;
    // Not at the next that has keys: one in between may have some by then.
    const isLast = shards.at(-1) === shard;
    return { keys: page.keys, next: isLast ? null : { shard: shard + 1, after: null } };
  }

  /** Null: the shard is not served here any more, or nobody answers. */
  async keysOfShard(position: KeyPosition, limit: number): Promise<KeysPage | null> {
    return (await this.#catchUp()) ? this.#pageOf(position, limit) : null;
  }

  async count(): Promise<number | null> {
    if (!(await this.#catchUp())) return null;
    return this.#servedShards().reduce((sum, shard) => sum + this.#keysIn(shard), 0);
  }

  async shuffledShards(): Promise<readonly number[] | null> {
    return (await this.#catchUp()) ? shuffled(this.#shardsWithKeys()) : null;
  }

  /** Of what is applied here. */
  #pageOf({ shard, after }: KeyPosition, limit: number): KeysPage | null {
    const query = encodeQuery({ kind: "scan", prefix: new Uint8Array(0), after, limit, bytesMax: PAGE_BYTES_MAX });
    const outcome = this.#member.life?.machine.query(encodeGroupQuery({ kind: "inShard", shard, query }));
    const result = outcome?.kind === "done" ? decodeResult(outcome.value) : null;
    if (result?.kind !== "scanned") return null;
    return { keys: result.entries.map(({ key }) => key), next: result.next === null ? null : { shard, after: result.next } };
  }

  /** In order. */
  #servedShards(): readonly number[] {
    const shards = this.#member.life?.machine.state.shards ?? [];
    return shards.flatMap(({ status, content }, shard) => (isServed(status) && content !== null ? [shard] : []));
  }

  /** Those that have ended and are not removed yet are among them. */
  #keysIn(shard: number): number {
    return this.#member.life?.machine.state.shard(shard).content?.kv.size ?? 0;
  }

  #shardsWithKeys(): readonly number[] {
    return this.#servedShards().filter((shard) => this.#keysIn(shard) > 0);
  }

  /** What was acknowledged before this was called is applied here afterwards. False: nobody answers. */
  async #catchUp(): Promise<boolean> {
    const query = encodeGroupQuery({ kind: "configuration", number: 0 });
    const untilMs = this.#clock.monotonicMs() + TIMEOUT_MS;
    for (;;) {
      const timeoutMs = Math.ceil(untilMs - this.#clock.monotonicMs());
      const outcome = await this.#ask({ kind: "read", query, consistency: "linearizable" }, timeoutMs);
      if (outcome.kind === "done") return true;
      if (!this.#isOnItsWay(outcome) || this.#clock.monotonicMs() + PAUSE_MS >= untilMs) return false;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  /** It has yet to apply what was committed; one that is of no group has not even begun, and others are to be asked. */
  #isOnItsWay(outcome: Outcome<Reply>): boolean {
    return this.#member.life !== null && outcome.kind === "refused" && outcome.refusal.code === "starting";
  }

  /** An id for requests that take effect once. */
  async newClient(): Promise<Outcome<Reply> | null> {
    return this.#ask({ kind: "newClient" }, TIMEOUT_MS);
  }

  async #ask(operation: ClientOperation, timeoutMs: number): Promise<Outcome<Reply>> {
    const { life, waiting } = this.#member;
    if (life === null) return refusedWaiting(waiting);
    return life.host.request(operation, { timeoutMs });
  }
}
