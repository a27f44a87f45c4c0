// What one operation does to one key, and what is answered. Total and deterministic; whoever asks for what can't be gets
// an answer that says so, and nothing has changed.
import { concatBytes, EMPTY_BYTES, equalBytes, utf8 } from "../base/bytes.ts";
import { slotOf } from "../shards/slots.ts";
import type { Guards, KvOperation, TimeToLive } from "./commands.ts";
import { isRead } from "./commands.ts";
import { conditionHolds } from "./expire-condition.ts";
import { extendedOf, sumOf, textOfExtended } from "./extended-floats.ts";
import { integerOf, isInteger, valueOfInteger } from "./integers.ts";
import { ownValue } from "./item-column.ts";
import type { Extension, KvItem, KvState } from "./kv-state.ts";
import { DEADLINE_MS_MAX, KEY_BYTES_MAX, VALUE_BYTES_MAX } from "./limits.ts";
import type { KvSingleResult } from "./results.ts";

type OperationOf<K extends KvOperation["kind"]> = Extract<KvOperation, { readonly kind: K }>;

/** Where an operation takes effect: on the key's item (if it has one that has not ended), at that moment. */
type Place = { readonly state: KvState; readonly item: KvItem | undefined; readonly stampMs: number };

export function operate(state: KvState, operation: KvOperation, stampMs: number): KvSingleResult {
  const { key } = operation;
  if (key.length === 0 || key.length > KEY_BYTES_MAX) return badKey(key);
  const item = state.itemAt(key, stampMs);
  if (!isRead(operation) && !guardsHold(operation.guards, item)) {
    return { kind: "versionMismatch", version: item?.version ?? 0, revision: item?.revision ?? 0 };
  }
  return OPERATE[operation.kind](operation as never, { state, item, stampMs });
}

const OPERATE: { readonly [K in KvOperation["kind"]]: (operation: OperationOf<K>, place: Place) => KvSingleResult } = {
  get: (_operation, { item }) => {
    if (item === undefined) return { kind: "absent" };
    const { version, revision, value, deadlineMs } = item;
    return deadlineMs === 0 ? { kind: "found", version, revision, value } : { kind: "found", version, revision, value, deadlineMs };
  },
  put: ({ key, value, ttl }, place) => {
    if (value.length > VALUE_BYTES_MAX) return tooLarge(value.length);
    const deadlineMs = ttl === undefined ? 0 : deadlineOf(ttl, place);
    if (deadlineMs === null) return BAD_TIME_TO_LIVE;
    // The command is a view into something larger, which would stay in memory as long as the value does.
    const { version, revision } = change(place, key, { value: ownValue(value), deadlineMs });
    return { kind: "written", version, revision };
  },
  append: ({ key, value }, place) => {
    const { item } = place;
    const length = (item?.value.length ?? 0) + value.length;
    if (length > VALUE_BYTES_MAX) return tooLarge(length);
    if (item === undefined) return { kind: "appended", ...change(place, key, { value: ownValue(value), deadlineMs: 0 }), length };
    return { kind: "appended", ...extend(place, key, { before: item, added: value, deadlineMs: item.deadlineMs }), length };
  },
  delete: ({ key }, { state, item }) => {
    // One that has ended and is still in memory is removed when its turn comes, with a revision of its own.
    if (item === undefined) return { kind: "deleted", deleted: false, revision: state.revision };
    state.revision = state.nextRevision();
    state.delete(key);
    return { kind: "deleted", deleted: true, revision: state.revision };
  },
  increment: ({ key, by }, place) => {
    const before = place.item === undefined ? 0n : integerOf(place.item.value);
    if (before === null) return { kind: "notAnInteger", message: "the value is no decimal number of 64 bits" };
    const value = before + by;
    if (!isInteger(value)) return { kind: "overflow", message: "the sum is no number of 64 bits" };
    const content = { value: valueOfInteger(value), deadlineMs: place.item?.deadlineMs ?? 0 };
    return { kind: "incremented", ...change(place, key, content), value };
  },
  expire: ({ key, ttl, only }, place) => {
    const { item } = place;
    const deadlineMs = deadlineOf(ttl, place);
    if (deadlineMs === null) return BAD_TIME_TO_LIVE;
    if (item === undefined) return { kind: "absent" };
    if (only !== undefined && !conditionHolds(only, { nowMs: item.deadlineMs, nextMs: deadlineMs }))
      return { kind: "versionMismatch", version: item.version, revision: item.revision };
    if (deadlineMs === item.deadlineMs) return { kind: "unchanged", version: item.version, revision: item.revision };
    return { kind: "written", ...extend(place, key, { before: item, added: EMPTY_BYTES, deadlineMs }) };
  },
  describe: (_operation, { item }) => {
    if (item === undefined) return { kind: "absent" };
    const { version, revision, value, deadlineMs } = item;
    return { kind: "described", version, revision, length: value.length, deadlineMs };
  },
  setRange: ({ key, offset, value }, place) => {
    const { item } = place;
    const before = item?.value ?? EMPTY_BYTES;
    const [version, revision] = [item?.version ?? 0, item?.revision ?? 0];
    if (value.length === 0) return { kind: "appended", version, revision, length: before.length };
    const length = Math.max(before.length, offset + value.length);
    if (length > VALUE_BYTES_MAX) return tooLarge(length);
    const whole = new Uint8Array(length);
    whole.set(before);
    whole.set(value, offset);
    return { kind: "appended", ...change(place, key, { value: whole, deadlineMs: item?.deadlineMs ?? 0 }), length };
  },
  incrementFloat: ({ key, by }, place) => {
    const added = extendedOf(by);
    const before = added === null ? null : extendedOf(place.item?.value ?? ZERO);
    if (before === null || added === null) return { kind: "notANumber", message: "the value or the increment is no decimal fraction" };
    const text = textOfExtended(sumOf(before, added));
    if (text === null) return { kind: "overflow", message: "the sum is no number" };
    const value = utf8(text);
    return { kind: "computed", ...change(place, key, { value, deadlineMs: place.item?.deadlineMs ?? 0 }), value };
  },
  rename: ({ key, to }, place) => {
    const { state, item, stampMs } = place;
    if (to.length === 0 || to.length > KEY_BYTES_MAX) return badKey(to);
    if (slotOf(key) !== slotOf(to)) return { kind: "badRequest", message: "both keys of a renaming are of one slot" };
    if (item === undefined) return { kind: "absent" };
    const { version, revision, value, deadlineMs } = item;
    if (equalBytes(key, to)) return { kind: "unchanged", version, revision };
    state.revision = state.nextRevision();
    state.delete(key);
    return { kind: "written", ...change({ state, item: state.itemAt(to, stampMs), stampMs }, to, { value, deadlineMs }) };
  },
};

const ZERO = utf8("0");

type Written = { readonly version: number; readonly revision: number };

function change({ state, item }: Place, key: Uint8Array, { value, deadlineMs }: Pick<KvItem, "value" | "deadlineMs">): Written {
  const version = (item?.version ?? 0) + 1;
  const revision = state.nextRevision();
  state.revision = revision;
  state.put(key, { value, version, revision, deadlineMs });
  return { version, revision };
}

/** Nothing added: only its deadline may be another. */
function extend({ state }: Place, key: Uint8Array, extension: Extension & Pick<KvItem, "deadlineMs">): Written {
  const { before, added, deadlineMs } = extension;
  const value = added.length === 0 ? before.value : concatBytes([before.value, added]);
  const written = { version: before.version + 1, revision: state.nextRevision() };
  state.revision = written.revision;
  state.extend(key, { value, ...written, deadlineMs }, extension);
  return written;
}

export function guardsHold({ ifVersion, ifRevision, ifPresent }: Guards, item: KvItem | undefined): boolean {
  if (ifPresent === true && item === undefined) return false;
  if (ifVersion !== null && ifVersion !== (item?.version ?? 0)) return false;
  return ifRevision === null || ifRevision === (item?.revision ?? 0);
}

/** 0 for none; null: not a moment that can be. */
function deadlineOf(ttl: TimeToLive, { item, stampMs }: Place): number | null {
  if (ttl.kind === "forever") return 0;
  if (ttl.kind === "keep") return item?.deadlineMs ?? 0;
  const deadlineMs = ttl.kind === "at" ? ttl.ms : stampMs + ttl.ms;
  return ttl.ms >= 1 && deadlineMs <= DEADLINE_MS_MAX ? deadlineMs : null;
}

const BAD_TIME_TO_LIVE: KvSingleResult = { kind: "badRequest", message: "a time to live is at least 1 ms, and ends before the year 10889" };

export function badKey(key: Uint8Array): KvSingleResult {
  return { kind: "badRequest", message: `a key has 1 to ${String(KEY_BYTES_MAX)} bytes, not ${String(key.length)}` };
}

export function tooLarge(length: number): KvSingleResult {
  return { kind: "tooLarge", message: `a value has at most ${String(VALUE_BYTES_MAX)} bytes, not ${String(length)}` };
}
