// What a group has: its shards, the configurations that it adopted, and log time. Keeps the digest over all of it up to date:
// a sum of one hash per shard, of which only those are counted anew that were changed since it was last asked for.
import { crc32c } from "../base/checksum.ts";
import { utf8 } from "../base/bytes.ts";
import type { GroupId, LogIndex } from "../base/ids.ts";
import type { SessionLimits } from "../replica/applied/sessions.ts";
import { AdoptedConfigurations } from "./adopted-configurations.ts";
import type { Configuration } from "./configuration.ts";
import { shardsOf } from "./configuration.ts";
import type { Arrival } from "./group-commands.ts";
import { GroupShard } from "./group-shard.ts";
import { MarkedShards } from "./marked-shards.ts";
import { CHANGES_MAX } from "./moving/change-log.ts";
import { encodeCursor } from "./moving/copy-cursor.ts";
import type { Settled } from "./settled.ts";
import { SETTLED_KEPT, wasDropped } from "./settled.ts";
import { isMoving, isServed } from "./shard-status.ts";
import { SHARDS } from "./slots.ts";

/** Shards that were handed over to other groups and taken over from them. Over all groups the two agree when no move is under way. */
export type MoveCounts = { handedOver: number; taken: number };

/** All shards of a group together have so many times the sessions that one may have: a client has one wherever it writes. */
const SHARDS_FULL_OF_SESSIONS = 10;
const SWEPT_EVERY_MS = 1_000;

export type ShardedOptions = {
  readonly group: GroupId;
  /** Per shard. */
  readonly limits: SessionLimits;
  /** How many ids a shard that leaves may remember as changed. */
  readonly changesMax?: number;
  /** Told after each step of a move or a configuration: for people and metrics. Nothing that is decided may depend on it. */
  readonly onStep?: (index: LogIndex) => void;
};

export class ShardedState {
  configurations = new AdoptedConfigurations();
  /** Log time as of the last command. */
  stampMs = 0;
  /** The latest that came with a shard. */
  stampFloorMs = 0;
  /** From this configuration on none was skipped: of what earlier ones had moved here, nothing is known. */
  adoptedSince = 0;
  /** The latest last. */
  settled: readonly Settled[] = [];
  readonly counts: MoveCounts = { handedOver: 0, taken: 0 };
  readonly options: ShardedOptions;
  /** Of each shard, with the room that all of them share. */
  readonly limits: SessionLimits;
  readonly #shards: readonly GroupShard[];
  readonly #hashes = new Uint32Array(SHARDS);
  readonly #changed = new MarkedShards();
  #sum = 0;
  /** Asked for in every turn, so that only what was changed since is looked at: of each shard, and then of all of them. */
  readonly #recounted = new MarkedShards();
  /** The earliest moment at which a key ends, as far as the shard is served. */
  readonly #deadlines = new Float64Array(SHARDS).fill(Infinity);
  readonly #keyCounts = new Float64Array(SHARDS);
  readonly #sessionCounts = new Float64Array(SHARDS);
  readonly #answerBytes = new Float64Array(SHARDS);
  #totals: Totals = { earliestMs: Infinity, keys: 0, sessions: 0, answerBytes: 0 };

  constructor(options: ShardedOptions) {
    this.options = options;
    const { changesMax = CHANGES_MAX } = options;
    const limits = withRoom(options.limits);
    this.limits = limits;
    this.#shards = Array.from({ length: SHARDS }, (_, shard) => new GroupShard({ shard, limits, changesMax }));
  }

  get shards(): readonly GroupShard[] {
    return this.#shards;
  }

  hasShard(shard: number): boolean {
    return shard < SHARDS;
  }

  /** To look at. */
  shard(shard: number): GroupShard {
    return this.#shards[shard] as GroupShard;
  }

  /** To change something in it: its hash, and whatever else is known of it, is counted anew. */
  change(shard: number): GroupShard {
    this.#changed.mark(shard);
    this.#recounted.mark(shard);
    return this.shard(shard);
  }

  count(of: (shard: GroupShard) => number): number {
    return this.#shards.reduce((sum, shard) => sum + of(shard), 0);
  }

  get isSettled(): boolean {
    return !this.#shards.some(({ status }) => isMoving(status));
  }

  /** One at a time, so that no shard is ever asked for where it never was. A group that has nothing, and is given nothing, may skip some. */
  mayAdopt(next: Configuration): boolean {
    const { number } = this.configurations.current;
    if (next.number === number + 1) return this.isSettled;
    return next.number > number && this.isEmpty && shardsOf(next, this.options.group).length === 0;
  }

  get isEmpty(): boolean {
    return this.#shards.every(({ status }) => status.kind === "absent");
  }

  adopt(next: Configuration): void {
    const before = this.configurations.current;
    const { group } = this.options;
    for (let shard = 0; shard < SHARDS; shard++) this.change(shard).adopt({ group, before, next });
    if (next.number > before.number + 1) this.adoptedSince = next.number;
    this.configurations.adopt(next);
  }

  settle(next: Configuration): void {
    const dropped: number[] = [];
    this.#shards.forEach(({ status }, shard) => {
      if (status.kind === "pulling") dropped.push(shard);
      if (isMoving(status)) this.change(shard).settle();
    });
    this.settled = [...this.settled, { after: this.configurations.current.number, number: next.number, dropped }];
    const [oldest] = this.settled;
    // What it skipped since then stays skipped.
    if (this.settled.length > SETTLED_KEPT) this.adoptedSince = Math.max(this.adoptedSince, oldest?.number ?? 0);
    this.settled = this.settled.slice(-SETTLED_KEPT);
    this.configurations.adopt(next);
  }

  /** Whether the move of this shard by this configuration, or by a later one, has ended here. */
  arrivalOf(shard: number, number: number): Arrival {
    const { number: current } = this.configurations.current;
    // That much is certain, whatever was skipped afterwards.
    if (wasDropped(this.settled, shard, number)) return "dropped";
    // Skipped: the shard never came, and its source must keep it.
    if (number < this.adoptedSince) return "no";
    // A later configuration is adopted only when every move of this one has ended.
    return current > number || (current === number && isServed(this.shard(shard).status)) ? "yes" : "no";
  }

  /** Sessions of shards that nobody writes to end as well: one shard after the other, as log time goes by. */
  sweepSessions(): void {
    const shard = Math.floor(this.stampMs / SWEPT_EVERY_MS) % SHARDS;
    const { status, content } = this.shard(shard);
    if (content === null || !isServed(status)) return;
    const before = content.sessions.size;
    content.sessions.advance(this.stampMs);
    if (content.sessions.size < before) this.change(shard);
  }

  /** The earliest at which a key of a served shard ends. */
  nextDeadlineMs(): number | null {
    const { earliestMs } = this.#upToDateTotals();
    return earliestMs === Infinity ? null : earliestMs;
  }

  get keyCount(): number {
    return this.#upToDateTotals().keys;
  }

  get sessionCount(): number {
    return this.#upToDateTotals().sessions;
  }

  get answerBytes(): number {
    return this.#upToDateTotals().answerBytes;
  }

  digest(): string {
    for (const shard of this.#changed.take()) this.#countAnew(shard);
    const { configurations, adoptedSince, stampFloorMs, stampMs, counts } = this;
    const rest = [configurations.current.number, adoptedSince, stampFloorMs, stampMs, counts.handedOver, counts.taken];
    // As members of the first version have it, where nothing was settled.
    if (this.settled.length > 0) rest.push(crc32c(utf8(JSON.stringify(this.settled))));
    return `${this.#sum.toString(16).padStart(8, "0")}-${rest.join("-")}`;
  }

  #upToDateTotals(): Readonly<Totals> {
    for (const shard of this.#recounted.take()) this.#recount(shard);
    return this.#totals;
  }

  #recount(number: number): void {
    const shard = this.shard(number);
    this.#recountDeadline(number, deadlineOf(shard));
    const keys = shard.content?.kv.size ?? 0;
    const sessions = shard.content?.sessions.size ?? 0;
    const answerBytes = shard.content?.sessions.answerBytes ?? 0;
    this.#totals.keys += keys - (this.#keyCounts[number] as number);
    this.#totals.sessions += sessions - (this.#sessionCounts[number] as number);
    this.#totals.answerBytes += answerBytes - (this.#answerBytes[number] as number);
    this.#keyCounts[number] = keys;
    this.#sessionCounts[number] = sessions;
    this.#answerBytes[number] = answerBytes;
  }

  /** Most writes change no deadline, and of all others most come after the earliest: only where that ends are all shards looked at. */
  #recountDeadline(number: number, deadlineMs: number): void {
    const before = this.#deadlines[number] as number;
    if (deadlineMs === before) return;
    this.#deadlines[number] = deadlineMs;
    const { earliestMs } = this.#totals;
    if (deadlineMs <= earliestMs) this.#totals.earliestMs = deadlineMs;
    else if (before === earliestMs) this.#totals.earliestMs = this.#deadlines.reduce((earliest, each) => Math.min(earliest, each));
  }

  #countAnew(shard: number): void {
    const hash = hashOf(this.shard(shard), shard);
    this.#sum = (this.#sum + hash - (this.#hashes[shard] as number)) >>> 0;
    this.#hashes[shard] = hash;
  }
}

type Totals = { earliestMs: number; keys: number; sessions: number; answerBytes: number };

/** A group has one memory, however many shards it has. */
function withRoom(limits: SessionLimits): SessionLimits {
  const most = { sessions: SHARDS_FULL_OF_SESSIONS * limits.sessionsMax, answerBytes: limits.answerBytesMax };
  const share = { sessions: Math.ceil(most.sessions / SHARDS), answerBytes: Math.ceil(most.answerBytes / SHARDS) };
  return { ...limits, room: { sessions: 0, answerBytes: 0, most, share } };
}

function deadlineOf({ content, status }: GroupShard): number {
  return content !== null && isServed(status) ? (content.kv.nextDeadlineMs ?? Infinity) : Infinity;
}

function hashOf({ status, content, changes, staging, failedCopies }: GroupShard, shard: number): number {
  const held = [content, staging?.content ?? null].map((each) => (each === null ? "" : `${each.kv.digest()} ${each.sessions.digest()}`));
  const copied = staging === null ? "" : [...encodeCursor(staging.cursor)].join();
  const followed = changes === null ? "" : `${String(changes.base)} ${String(changes.sequence)}`;
  // An absent shard that never was anything counts as nothing, so that a new state has the digest of one that was restored.
  if (status.kind === "absent" && failedCopies === 0) return 0;
  const text = [shard, JSON.stringify(status), ...held, copied, followed, failedCopies].join("/");
  const hash = Math.imul(crc32c(utf8(text)), 0x9e3779b1);
  return (hash ^ (hash >>> 15)) >>> 0;
}
