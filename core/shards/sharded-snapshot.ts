// A group's shards as a stream of blocks, and back. First what is known of the whole; then each shard that is anything: its
// status, its keys, its sessions, what has changed in it since it began to leave, and a copy that is still coming in.
// Free to take: everything large is shared and copied where it changes.
import { BlockReader, fillBlock } from "../base/block-stream.ts";
import { EMPTY_BYTES } from "../base/bytes.ts";
import { ByteReader } from "../base/byte-reader.ts";
import { ByteWriter } from "../base/byte-writer.ts";
import type { GroupId } from "../base/ids.ts";
import { KvRestoration } from "../kv/kv-snapshot.ts";
import { KvShard } from "../kv/kv-shard.ts";
import { readSessions, SessionSource } from "../replica/applied/session-bytes.ts";
import { Sessions } from "../replica/applied/sessions.ts";
import type { SnapshotSource } from "../replica/state-machine.ts";
import { decodeConfigurations } from "./adopted-configurations.ts";
import type { GroupShard } from "./group-shard.ts";
import { CHANGES_MAX, ChangeLog, nextChanges } from "./moving/change-log.ts";
import { decodeCursor, encodeCursor } from "./moving/copy-cursor.ts";
import type { ChangeLogSnapshot } from "./moving/change-log.ts";
import type { CopyCursor } from "./moving/copy-cursor.ts";
import { Staging } from "./moving/staging.ts";
import { readSettled, writeSettled } from "./settled.ts";
import type { ShardContent } from "./shard-content.ts";
import { emptyContent } from "./shard-content.ts";
import type { ShardStatus } from "./shard-status.ts";
import { ABSENT, PARKED, SERVING } from "./shard-status.ts";
import type { ShardedOptions } from "./sharded-state.ts";
import { ShardedState } from "./sharded-state.ts";
import { SHARDS } from "./slots.ts";

const FORMAT = 1;
const BLOCKS = { header: 1, shard: 2, keys: 3, sessions: 4, changes: 5, stagedKeys: 6, stagedSessions: 7, shardEnd: 8, end: 9 } as const;
type BlockKind = keyof typeof BLOCKS;

type Part = { readonly kind: BlockKind; readonly source: SnapshotSource };

export class ShardedSnapshot implements SnapshotSource {
  readonly #parts: readonly Part[];
  #at = 0;

  constructor(state: ShardedState) {
    const shards = state.shards.flatMap((shard, number) => (isAnything(shard) ? partsOf(shard, number) : []));
    this.#parts = [once("header", headerOf(state)), ...shards, once("end", EMPTY_BYTES)];
  }

  get isSound(): boolean {
    return this.#parts.every(({ source }) => source.isSound !== false);
  }

  next(slice: ByteWriter, bytesMax: number): boolean {
    const [start, end] = [slice.length, slice.length + bytesMax];
    while (slice.length < end) {
      const part = this.#parts[this.#at];
      if (part === undefined) break;
      const left = end - slice.length;
      if (!fillBlock(slice, BLOCKS[part.kind], () => part.source.next(slice, left))) this.#at++;
    }
    return slice.length > start;
  }
}

/** Most shards of a small store serve and are empty: they take one bit. */
const isBare = ({ status, content, failedCopies }: GroupShard): boolean =>
  status.kind === "serving" && failedCopies === 0 && content !== null && isEmpty(content);

const isAnything = (shard: GroupShard): boolean =>
  !isBare(shard) && (shard.status.kind !== "absent" || shard.content !== null || shard.failedCopies > 0);

const isEmpty = ({ kv, sessions }: ShardContent): boolean => kv.size === 0 && kv.revision === 0 && sessions.size === 0;

function once(kind: BlockKind, bytes: Uint8Array): Part {
  let rest: Uint8Array | null = bytes;
  const next = (slice: ByteWriter): boolean => {
    if (rest === null) return false;
    slice.raw(rest);
    rest = null;
    return true;
  };
  return { kind, source: { next } };
}

function partsOf(shard: GroupShard, number: number): readonly Part[] {
  const { content, changes, staging } = shard;
  const followed = changes?.snapshot();
  return [
    once("shard", shardHeader(shard, number)),
    ...(content === null || isEmpty(content) ? [] : contentParts(content, "keys", "sessions")),
    ...(followed === undefined ? [] : [changesPart(followed)]),
    ...(staging === null ? [] : contentParts(staging.content, "stagedKeys", "stagedSessions")),
    once("shardEnd", EMPTY_BYTES),
  ];
}

const changesPart = ({ entries }: ChangeLogSnapshot): Part => ({
  kind: "changes",
  source: { next: (slice, bytesMax) => nextChanges(entries, slice, bytesMax) },
});

function contentParts({ kv, sessions }: ShardContent, keys: BlockKind, clients: BlockKind): readonly Part[] {
  return [
    { kind: keys, source: kv.snapshot() },
    { kind: clients, source: new SessionSource(sessions) },
  ];
}

function headerOf({ stampMs, stampFloorMs, adoptedSince, settled, counts, configurations, shards }: ShardedState): Uint8Array {
  const writer = new ByteWriter()
    .uint8(FORMAT)
    .count(stampMs)
    .count(stampFloorMs)
    .count(adoptedSince)
    .count(counts.handedOver)
    .count(counts.taken);
  const encoded = configurations.encode();
  writer.count(encoded.length);
  for (const configuration of encoded) writer.sized(configuration);
  for (let first = 0; first < SHARDS; first += 8) {
    const bits = shards.slice(first, first + 8).map((shard, i) => (isBare(shard) ? 1 << i : 0));
    writer.uint8(bits.reduce((sum, bit) => sum + bit, 0));
  }
  // Only then does every member know that there may be something.
  if (settled.length > 0) writeSettled(writer, settled);
  return writer.finish();
}

const EMPTY = 2;
const STATUSES = ["absent", "parked", "serving", "pulling", "leaving", "frozen"] as const;

function shardHeader({ status, content, changes, staging, failedCopies }: GroupShard, number: number): Uint8Array {
  const writer = new ByteWriter().count(number).uint8(STATUSES.indexOf(status.kind)).count(failedCopies);
  if (status.kind === "pulling") writer.count(status.number).text(status.from);
  if (status.kind === "leaving" || status.kind === "frozen") writer.count(status.number).text(status.to);
  if (status.kind === "frozen") writer.count(status.atMs);
  writer.uint8(content === null ? 0 : isEmpty(content) ? EMPTY : 1);
  writer.uint8(changes === null ? 0 : 1);
  if (changes !== null) writer.count(changes.sequence).count(changes.base);
  writer.sized(staging === null ? EMPTY_BYTES : encodeCursor(staging.cursor));
  return writer.finish();
}

function readStatus(reader: ByteReader, kind: (typeof STATUSES)[number] | undefined): ShardStatus {
  switch (kind) {
    case "pulling":
      return { kind, number: reader.count(), from: reader.text() as GroupId };
    case "leaving":
      return { kind, number: reader.count(), to: reader.text() as GroupId };
    case "frozen":
      return { kind, number: reader.count(), to: reader.text() as GroupId, atMs: reader.count() };
    case "parked":
      return PARKED;
    default:
      return kind === "serving" ? SERVING : ABSENT;
  }
}

/** The shard whose blocks are being read. */
type Reading = {
  readonly number: number;
  readonly status: ShardStatus;
  readonly failedCopies: number;
  readonly content: Content | null;
  /** There is content, and nothing in it. */
  readonly isEmpty: boolean;
  readonly changes: ChangeLog | null;
  readonly staged: (Content & { readonly cursor: CopyCursor }) | null;
};

type Content = { readonly keys: KvRestoration; readonly sessions: Sessions };

export class ShardedRestoration {
  readonly #options: ShardedOptions;
  readonly #state: ShardedState;
  readonly #blocks = new BlockReader((kind, payload) => this.#readBlock(kind, payload));
  #reading: Reading | null = null;
  #hasBegun = false;
  #hasEnded = false;

  constructor(options: ShardedOptions) {
    this.#options = options;
    this.#state = new ShardedState(options);
  }

  write(bytes: Uint8Array): boolean {
    return this.#blocks.write(bytes);
  }

  /** Null: this was not all of a snapshot. */
  finish(): ShardedState | null {
    return this.#hasEnded && this.#blocks.isAtEnd ? this.#state : null;
  }

  #readBlock(kind: number, payload: Uint8Array): boolean {
    if (this.#hasEnded || this.#hasBegun === (kind === BLOCKS.header)) return false;
    if (kind === BLOCKS.header) return this.#readHeader(new ByteReader(payload));
    if (this.#reading !== null) return this.#readOfShard(this.#reading, kind, payload);
    if (kind === BLOCKS.shard) return this.#beginShard(new ByteReader(payload));
    this.#hasEnded = kind === BLOCKS.end && payload.length === 0;
    return this.#hasEnded;
  }

  #readHeader(reader: ByteReader): boolean {
    const state = this.#state;
    this.#hasBegun = true;
    const format = reader.uint8();
    [state.stampMs, state.stampFloorMs, state.adoptedSince] = [reader.count(), reader.count(), reader.count()];
    [state.counts.handedOver, state.counts.taken] = [reader.count(), reader.count()];
    const encoded: Uint8Array[] = [];
    for (let count = reader.count(); count > 0 && reader.isIntact; count--) encoded.push(reader.sized());
    this.#readBare(reader.raw(SHARDS / 8));
    if (reader.remaining > 0) state.settled = readSettled(reader);
    const configurations = format === FORMAT && reader.isIntact && reader.remaining === 0 ? decodeConfigurations(encoded) : null;
    if (configurations !== null) state.configurations = configurations;
    return configurations !== null;
  }

  #readBare(bits: Uint8Array): void {
    const bare = { status: SERVING, changes: null, staging: null, failedCopies: 0 };
    for (let shard = 0; shard < 8 * bits.length; shard++) {
      if (((bits[shard >>> 3] as number) & (1 << (shard & 7))) === 0) continue;
      this.#state.change(shard).restore({ ...bare, content: emptyContent(this.#state.limits) });
    }
  }

  #beginShard(reader: ByteReader): boolean {
    const number = reader.count();
    const kind = STATUSES[reader.uint8()];
    const failedCopies = reader.count();
    const status = readStatus(reader, kind);
    const held = reader.uint8();
    const content = held === 1 ? this.#content() : null;
    const changes = reader.uint8() === 1 ? new ChangeLog(this.#options.changesMax ?? CHANGES_MAX) : null;
    if (changes !== null) changes.restoreNumbers(reader.count(), reader.count());
    const position = reader.sized();
    const cursor = position.length === 0 ? null : decodeCursor(position);
    const staged = cursor === null ? null : { ...this.#content(), cursor };
    if (!reader.isIntact || reader.remaining > 0 || kind === undefined || !this.#state.hasShard(number)) return false;
    this.#reading = { number, status, failedCopies, content, isEmpty: held === EMPTY, changes, staged };
    return position.length === 0 || cursor !== null;
  }

  #content(): Content {
    return { keys: new KvRestoration(), sessions: new Sessions(this.#state.limits) };
  }

  #readOfShard({ content, changes, staged }: Reading, kind: number, payload: Uint8Array): boolean {
    switch (kind) {
      case BLOCKS.keys:
        return content?.keys.write(payload) ?? false;
      case BLOCKS.sessions:
        return content !== null && readSessions(payload, content.sessions);
      case BLOCKS.changes:
        return changes?.restoreEntries(payload) ?? false;
      case BLOCKS.stagedKeys:
        return staged?.keys.write(payload) ?? false;
      case BLOCKS.stagedSessions:
        return staged !== null && readSessions(payload, staged.sessions);
      default:
        return kind === BLOCKS.shardEnd && payload.length === 0 && this.#endShard();
    }
  }

  #endShard(): boolean {
    const reading = this.#reading as Reading;
    const { number, status, failedCopies, changes, staged } = reading;
    const content = reading.isEmpty ? emptyContent(this.#state.limits) : finishContent(reading.content);
    const stagedContent = finishContent(staged);
    if (content === undefined || stagedContent === undefined) return false;
    const staging = stagedContent === null || staged === null ? null : new Staging(number, this.#state.limits, stagedContent);
    if (staging !== null && staged !== null) staging.cursor = staged.cursor;
    this.#state.change(number).restore({ status, content, changes, staging, failedCopies });
    this.#reading = null;
    return true;
  }
}

/** Undefined: these were not all keys. */
function finishContent(content: Content | null): ShardContent | null | undefined {
  if (content === null) return null;
  const state = content.keys.finish();
  return state === null ? undefined : { kv: new KvShard(state), sessions: content.sessions };
}
