// Reads that are about many keys of this member's group: page by page, each shard at its own moment, and linearizable there.
import type { Outcome } from "../../core/base/outcome.ts";
import { encodeQuery } from "../../core/kv/commands.ts";
import type { KvEntry } from "../../core/kv/results.ts";
import { decodeResult } from "../../core/kv/results.ts";
import type { Reply } from "../../core/replica/effects.ts";
import type { ClientOperation } from "../../core/replica/events.ts";
import { encodeGroupQuery } from "../../core/shards/group-commands.ts";
import { isServed } from "../../core/shards/shard-status.ts";
import type { ShardedStateMachine } from "../../core/shards/sharded-state-machine.ts";
import type { MemberView } from "../replica/member.ts";

export type KeyPage = { readonly entries: readonly KvEntry[]; readonly next: Uint8Array | null };
export type PageRequest = { readonly shard: number; readonly after: Uint8Array | null; readonly limit: number };

const TIMEOUT_MS = 5_000;
const PAGE_BYTES_MAX = 1_048_576;

export class StoreReader {
  readonly #member: MemberView<ShardedStateMachine>;

  constructor(member: MemberView<ShardedStateMachine>) {
    this.#member = member;
  }

  /** In order. */
  get servedShards(): readonly number[] {
    const shards = this.#member.life?.machine.state.shards ?? [];
    return shards.flatMap(({ status, content }, shard) => (isServed(status) && content !== null ? [shard] : []));
  }

  /** Those that have ended and are not removed yet are among them. */
  keysIn(shard: number): number {
    return this.#member.life?.machine.state.shard(shard).content?.kv.size ?? 0;
  }

  /** Null: the shard is not served here any more, or nobody answers. */
  async page({ shard, after, limit }: PageRequest): Promise<KeyPage | null> {
    const query = encodeQuery({ kind: "scan", prefix: new Uint8Array(0), after, limit, bytesMax: PAGE_BYTES_MAX });
    const outcome = await this.#ask({
      kind: "read",
      query: encodeGroupQuery({ kind: "inShard", shard, query }),
      consistency: "linearizable",
    });
    const result = outcome.kind === "done" && outcome.value.kind === "result" ? decodeResult(outcome.value.result) : null;
    return result?.kind === "scanned" ? result : null;
  }

  /** What was acknowledged before this was called is applied here afterwards. False: nobody answers. */
  async catchUp(): Promise<boolean> {
    const query = encodeGroupQuery({ kind: "configuration", number: 0 });
    return (await this.#ask({ kind: "read", query, consistency: "linearizable" })).kind === "done";
  }

  /** An id for requests that take effect once. */
  async newClient(): Promise<Outcome<Reply> | null> {
    return this.#ask({ kind: "newClient" });
  }

  async #ask(operation: ClientOperation): Promise<Outcome<Reply>> {
    const { life } = this.#member;
    if (life === null) return { kind: "refused", refusal: { code: "starting", message: "this member is waiting" } };
    return life.host.request(operation, { timeoutMs: TIMEOUT_MS });
  }
}
