// Who serves which shard and since when, by what is committed: never two, unless an administrator's word was wrong. And what may be lost,
// which is only what a group alone had answered that was lost: what it served when it was written off, and the end of its log.
import type { GroupId } from "../../../core/base/ids.ts";
import { utf8 } from "../../../core/base/bytes.ts";
import { isServed } from "../../../core/shards/shard-status.ts";
import { shardOf } from "../../../core/shards/slots.ts";
import type { Answered } from "../../core/shards/bench/answered-history.ts";
import type { Bench } from "../../core/shards/bench/bench.ts";
import { must } from "../must.ts";

/** `shard` null: all that it has. */
type Lost = { readonly group: GroupId; readonly shard: number | null; readonly sinceMs: number; untilMs: number };

export class Ownership {
  readonly #bench: Bench;
  readonly #since = new Map<GroupId, Map<number, number>>();
  readonly #lengths = new Map<GroupId, { readonly length: number; readonly atMs: number }[]>();
  readonly #lost: Lost[] = [];

  constructor(bench: Bench) {
    this.#bench = bench;
  }

  /** After every step. */
  look(): void {
    const owners = new Map<number, GroupId>();
    for (const { id, witness, log } of this.#bench.groups) {
      this.#noteLength(id, log.length);
      witness.machine.state.shards.forEach(({ status }, shard) => {
        if (!isServed(status)) return this.#ended(id, shard);
        const since = this.#sinceOf(id);
        if (!since.has(shard)) since.set(shard, this.#bench.nowMs);
        if (this.#isWrittenOff(id, shard)) return;
        const other = owners.get(shard);
        must(other === undefined, `shard ${String(shard)} is served by groups ${String(other)} and ${id}`);
        owners.set(shard, id);
      });
    }
  }

  /** By a settlement that gives to somebody else what the group serves. */
  writeOff(group: GroupId, shard: number): void {
    const sinceMs = this.#sinceOf(group).get(shard);
    if (sinceMs !== undefined && !this.#isWrittenOff(group, shard)) this.#lost.push({ group, shard, sinceMs, untilMs: Infinity });
  }

  /** The group comes back with its log up to there. */
  cut(group: GroupId, length: number): void {
    const lengths = this.#lengths.get(group) ?? [];
    const first = lengths.find((each) => each.length > length);
    if (first !== undefined) this.#lost.push({ group, shard: null, sinceMs: first.atMs, untilMs: this.#bench.nowMs });
    this.#lengths.set(
      group,
      lengths.filter((each) => each.length <= length),
    );
  }

  isLost(key: string, { by, atMs }: Answered): boolean {
    const ofKey = shardOf(utf8(key));
    return this.#lost.some(
      ({ group, shard, sinceMs, untilMs }) => group === by && (shard ?? ofKey) === ofKey && atMs >= sinceMs && atMs <= untilMs,
    );
  }

  #ended(group: GroupId, shard: number): void {
    if (!this.#sinceOf(group).delete(shard)) return;
    for (const lost of this.#lost)
      if (lost.group === group && lost.shard === shard) lost.untilMs = Math.min(lost.untilMs, this.#bench.nowMs);
  }

  #isWrittenOff(group: GroupId, shard: number): boolean {
    return this.#lost.some((lost) => lost.group === group && lost.shard === shard && lost.untilMs === Infinity);
  }

  #noteLength(group: GroupId, length: number): void {
    const lengths = this.#lengths.get(group) ?? [];
    if (lengths.at(-1)?.length !== length) lengths.push({ length, atMs: this.#bench.nowMs });
    this.#lengths.set(group, lengths);
  }

  #sinceOf(group: GroupId): Map<number, number> {
    const since = this.#since.get(group) ?? new Map<number, number>();
    this.#since.set(group, since);
    return since;
  }
}
