import { textOf, utf8 } from "../../../core/base/bytes.ts";
import type { Guards, KvOperation, TimeToLive } from "../../../core/kv/commands.ts";
import { NO_GUARDS } from "../../../core/kv/commands.ts";
import { INTEGER_MAX, INTEGER_MIN } from "../../../core/kv/integers.ts";
import { KvState } from "../../../core/kv/kv-state.ts";
import { DEADLINE_MS_MAX, KEY_BYTES_MAX, VALUE_BYTES_MAX } from "../../../core/kv/limits.ts";
import { operate } from "../../../core/kv/operations.ts";
import type { KvSingleResult } from "../../../core/kv/results.ts";

const key = utf8("k");
const NOW = 1_000;

class Store {
  readonly state = new KvState();

  do(operation: KvOperation, stampMs = NOW): KvSingleResult {
    return operate(this.state, operation, stampMs);
  }

  put(value: string, ttl?: TimeToLive, stampMs = NOW): KvSingleResult {
    const operation = { kind: "put", key, guards: NO_GUARDS, value: utf8(value) } as const;
    return this.do(ttl === undefined ? operation : { ...operation, ttl }, stampMs);
  }

  append(value: string, stampMs = NOW): KvSingleResult {
    return this.do({ kind: "append", key, guards: NO_GUARDS, value: utf8(value) }, stampMs);
  }

  increment(by: bigint, stampMs = NOW): KvSingleResult {
    return this.do({ kind: "increment", key, guards: NO_GUARDS, by }, stampMs);
  }

  expire(ttl: TimeToLive, stampMs = NOW): KvSingleResult {
    return this.do({ kind: "expire", key, guards: NO_GUARDS, ttl }, stampMs);
  }

  delete(stampMs = NOW): KvSingleResult {
    return this.do({ kind: "delete", key, guards: NO_GUARDS }, stampMs);
  }

  get deadlineMs(): number | undefined {
    return this.state.items.get(key)?.deadlineMs;
  }

  get value(): string {
    return textOf(this.state.items.get(key)?.value ?? utf8("nothing"));
  }
}

const after = (ms: number): TimeToLive => ({ kind: "after", ms });
const at = (ms: number): TimeToLive => ({ kind: "at", ms });

test.each([
  { name: "nothing", ttl: undefined, deadlineMs: 0 },
  { name: "forever", ttl: { kind: "forever" }, deadlineMs: 0 },
  { name: "keep", ttl: { kind: "keep" }, deadlineMs: NOW + 50 },
  { name: "after", ttl: after(7), deadlineMs: NOW + 7 },
  { name: "at", ttl: at(NOW + 9), deadlineMs: NOW + 9 },
] as const)("a put that says $name about the time to live", ({ ttl, deadlineMs }) => {
  const store = new Store();
  store.put("old", after(50));
  expect(store.put("new", ttl)).toEqual({ kind: "written", version: 2, revision: 2 });
  expect(store.deadlineMs).toBe(deadlineMs);
});

test.each([
  { name: "0", ttl: after(0), isGood: false },
  { name: "the longest", ttl: after(DEADLINE_MS_MAX - NOW), isGood: true },
  { name: "one more", ttl: after(DEADLINE_MS_MAX - NOW + 1), isGood: false },
  { name: "the largest number", ttl: after(Number.MAX_SAFE_INTEGER), isGood: false },
  { name: "moment 0", ttl: at(0), isGood: false },
  { name: "a moment that has passed", ttl: at(1), isGood: true },
  { name: "the last moment", ttl: at(DEADLINE_MS_MAX), isGood: true },
  { name: "after the last moment", ttl: at(DEADLINE_MS_MAX + 1), isGood: false },
])("times to live: $name", ({ ttl, isGood }) => {
  const store = new Store();
  store.put("old");
  const before = store.state.digest();
  expect(store.put("new", ttl).kind).toBe(isGood ? "written" : "badRequest");
  expect(store.state.digest() === before).toBe(!isGood);
  expect(new Store().expire(ttl).kind).toBe(isGood ? "absent" : "badRequest");
});

test("append and increment keep the time to live", () => {
  const store = new Store();
  store.put("1", after(50));
  store.append("2");
  store.increment(3n);
  expect([store.value, store.deadlineMs]).toEqual(["15", NOW + 50]);
});

describe("a key that has ended and is still in memory", () => {
  const ended = (value: string): Store => {
    const store = new Store();
    store.put(value, after(10), NOW - 10);
    return store;
  };

  test("is appended to as if it were absent, and lives for ever", () => {
    const store = ended("old");
    expect(store.append("new")).toEqual({ kind: "appended", version: 1, revision: 2, length: 3 });
    expect([store.value, store.deadlineMs, store.state.firstDue]).toEqual(["new", 0, null]);
  });

  test("is counted from 0, whatever it held", () => {
    const store = ended("no number");
    expect(store.increment(5n)).toEqual({ kind: "incremented", version: 1, revision: 2, value: 5n });
    expect(store.deadlineMs).toBe(0);
  });

  test("is created anew by a put, also by one that keeps", () => {
    const store = ended("old");
    expect(store.put("new", { kind: "keep" })).toEqual({ kind: "written", version: 1, revision: 2 });
    expect(store.deadlineMs).toBe(0);
  });

  test("is not there to be deleted, read, or given another time", () => {
    const store = ended("old");
    const before = store.state.digest();
    expect(store.delete()).toEqual({ kind: "deleted", deleted: false, revision: 1 });
    expect(store.do({ kind: "get", key })).toEqual({ kind: "absent" });
    expect(store.expire(after(5))).toEqual({ kind: "absent" });
    expect(store.expire({ kind: "forever" })).toEqual({ kind: "absent" });
    expect(store.state.digest()).toBe(before);
  });

  test.each([
    { guards: { ifVersion: 1, ifRevision: null }, holds: false },
    { guards: { ifVersion: null, ifRevision: 1 }, holds: false },
    { guards: { ifVersion: 0, ifRevision: 0 }, holds: true },
  ] satisfies { guards: Guards; holds: boolean }[])("is absent to the guards $guards", ({ guards, holds }) => {
    const store = ended("old");
    const result = store.do({ kind: "put", key, guards, value: utf8("new") });
    expect(result).toEqual(holds ? { kind: "written", version: 1, revision: 2 } : { kind: "versionMismatch", version: 0, revision: 0 });
  });
});

test("another time to live is a change, the same one is none", () => {
  const store = new Store();
  expect(store.expire(after(5))).toEqual({ kind: "absent" });
  store.put("v");
  expect(store.expire({ kind: "forever" })).toEqual({ kind: "unchanged", version: 1, revision: 1 });
  expect(store.expire(after(5))).toEqual({ kind: "written", version: 2, revision: 2 });
  expect(store.expire(at(NOW + 5))).toEqual({ kind: "unchanged", version: 2, revision: 2 });
  expect(store.expire({ kind: "keep" })).toEqual({ kind: "unchanged", version: 2, revision: 2 });
  expect(store.expire({ kind: "forever" })).toEqual({ kind: "written", version: 3, revision: 3 });
  expect([store.value, store.deadlineMs]).toEqual(["v", 0]);
  expect(store.expire(at(1))).toEqual({ kind: "written", version: 4, revision: 4 });
  expect(store.do({ kind: "get", key })).toEqual({ kind: "absent" });
});

test.each([
  { name: "an absent key", from: null, by: -3n, result: -3n },
  { name: "up to the end", from: String(INTEGER_MAX - 1n), by: 1n, result: INTEGER_MAX },
  { name: "beyond the end", from: String(INTEGER_MAX), by: 1n, result: "overflow" },
  { name: "down to the end", from: String(INTEGER_MIN + 1n), by: -1n, result: INTEGER_MIN },
  { name: "below the end", from: String(INTEGER_MIN), by: -1n, result: "overflow" },
  { name: "from one end to the other", from: String(INTEGER_MAX), by: INTEGER_MIN, result: -1n },
  { name: "by the lowest, below the end", from: "-1", by: INTEGER_MIN, result: "overflow" },
  { name: "by nothing", from: "5", by: 0n, result: 5n },
  { name: "an empty value", from: "", by: 1n, result: "notAnInteger" },
  { name: "a leading zero", from: "05", by: 1n, result: "notAnInteger" },
  { name: "a plus", from: "+5", by: 1n, result: "notAnInteger" },
  { name: "a space", from: "5 ", by: 1n, result: "notAnInteger" },
  { name: "more than 64 bits", from: "9223372036854775808", by: -1n, result: "notAnInteger" },
])("increments: $name", ({ from, by, result }) => {
  const store = new Store();
  if (from !== null) store.put(from);
  const before = store.state.digest();
  const answer = store.increment(by);
  if (typeof result === "string") {
    expect(answer.kind).toBe(result);
    expect(store.state.digest()).toBe(before);
  } else {
    expect(answer).toMatchObject({ kind: "incremented", value: result });
    expect(store.value).toBe(String(result));
  }
});

test("keys and values have limits, and the limits themselves are allowed", () => {
  const store = new Store();
  const keys = [0, 1, KEY_BYTES_MAX, KEY_BYTES_MAX + 1].map((length) => new Uint8Array(length));
  expect(keys.map((each) => store.do({ kind: "get", key: each }).kind)).toEqual(["badRequest", "absent", "absent", "badRequest"]);
  expect(store.put("x".repeat(VALUE_BYTES_MAX + 1)).kind).toBe("tooLarge");
  expect(store.put("x".repeat(VALUE_BYTES_MAX)).kind).toBe("written");
  expect(store.append("x").kind).toBe("tooLarge");
  expect(store.append("").kind).toBe("appended");
});
