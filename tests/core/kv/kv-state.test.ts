import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { textOf, utf8 } from "../../../core/base/bytes.ts";
import { Random } from "../../../core/base/random.ts";
import { KvState } from "../../../core/kv/kv-state.ts";
import type { KvContent } from "../../../core/kv/kv-state.ts";

const item = (value: string, fields: Partial<KvContent> = {}): KvContent => ({
  ...{ version: 1, revision: 1, deadlineMs: 0 },
  ...fields,
  value: utf8(value),
});

test("the digest depends on what there is, not on how it came about", () => {
  const random = new Random(7);
  const keys = Array.from({ length: 200 }, (_, i) => `k${String(i)}`);
  const straight = new KvState();
  for (const key of keys) straight.put(utf8(key), item(`v${key}`, { version: 2, revision: 9 }));
  const detours = new KvState();
  for (const key of random.shuffled(keys)) {
    detours.put(utf8(key), item("other", { revision: 3 }));
    if (random.chance(0.5)) detours.delete(utf8(key));
    detours.delete(utf8("never there"));
    detours.put(utf8(key), item(`v${key}`, { version: 2, revision: 9 }));
  }
  expect(detours.digest()).toBe(straight.digest());
});

test.each([
  {
    name: "another value",
    change: (state: KvState) => {
      state.put(utf8("a"), item("y"));
    },
  },
  {
    name: "another version",
    change: (state: KvState) => {
      state.put(utf8("a"), item("x", { version: 2 }));
    },
  },
  {
    name: "another revision of the key",
    change: (state: KvState) => {
      state.put(utf8("a"), item("x", { revision: 2 }));
    },
  },
  {
    name: "a deadline",
    change: (state: KvState) => {
      state.put(utf8("a"), item("x", { deadlineMs: 7 }));
    },
  },
  {
    name: "another key",
    change: (state: KvState) => {
      state.put(utf8("b"), item("x"));
    },
  },
  {
    name: "a key less",
    change: (state: KvState) => {
      state.delete(utf8("a"));
    },
  },
  {
    name: "another revision of the state",
    change: (state: KvState) => {
      state.revision++;
    },
  },
])("$name gives another digest", ({ change }) => {
  const state = new KvState();
  state.put(utf8("a"), item("x"));
  const before = state.digest();
  change(state);
  expect(state.digest()).not.toBe(before);
});

test("a key has ended at its deadline, and not before", () => {
  const state = new KvState();
  state.put(utf8("a"), item("x", { deadlineMs: 100 }));
  state.put(utf8("b"), item("y", { revision: 2 }));
  expect(state.itemAt(utf8("a"), 99)?.version).toBe(1);
  expect(state.itemAt(utf8("a"), 100)).toBeUndefined();
  expect(state.itemAt(utf8("b"), Number.MAX_SAFE_INTEGER)?.version).toBe(1);
  expect(state.firstDue).toEqual({ deadlineMs: 100, key: utf8("a") });
});

test("the index follows the deadlines of a key", () => {
  const state = new KvState();
  for (const deadlineMs of [100, 50, 0, 70]) {
    state.put(utf8("a"), item("x", { deadlineMs }));
    expect(state.firstDue?.deadlineMs ?? 0).toBe(deadlineMs);
  }
  state.delete(utf8("a"));
  expect(state.firstDue).toBeNull();
});

test("changes that are rolled back leave no trace, and nobody is told of them", () => {
  const state = new KvState();
  const told: string[] = [];
  state.listener = (key) => told.push(textOf(key));
  state.put(utf8("a"), item("x", { deadlineMs: 100 }));
  state.revision = 1;
  const before = [state.digest(), state.firstDue];
  state.begin();
  for (const [key, value] of [
    ["a", "1"],
    ["b", "1"],
    ["a", "2"],
  ] as const) {
    expect(state.nextRevision()).toBe(2);
    state.revision = 2;
    state.put(utf8(key), item(value, { version: 2, revision: 2, deadlineMs: 30 }));
  }
  state.delete(utf8("b"));
  state.rollBack();
  expect([state.digest(), state.firstDue]).toEqual(before);
  expect(textOf(state.items.get(utf8("a"))?.value ?? utf8(""))).toBe("x");
  expect(told).toEqual(["a"]);
  expect(state.nextRevision()).toBe(2);
});

test("what is told of a group of changes comes when it is final", () => {
  const state = new KvState();
  const told: string[] = [];
  state.listener = (key) => told.push(textOf(key));
  state.begin();
  state.put(utf8("a"), item("x"));
  state.put(utf8("b"), item("x"));
  expect(told).toEqual([]);
  state.commit();
  expect(told).toEqual(["a", "b"]);
  state.begin();
  expect(() => {
    state.begin();
  }).toThrow();
});

test("a value that was extended has the digest of one that was put, however often", () => {
  const [extended, whole] = [new KvState(), new KvState()];
  const key = utf8("a");
  extended.put(key, item("x"));
  for (let length = 2; length < 40; length++) {
    const before = extended.items.get(key);
    const fields = { version: length, revision: length, deadlineMs: length % 2 };
    if (before !== undefined) extended.extend(key, item("x".repeat(length), fields), { before, added: utf8("x") });
    whole.put(key, item("x".repeat(length), fields));
    expect(extended.items.get(key)).toEqual(whole.items.get(key));
    expect(extended.digest()).toBe(whole.digest());
  }
});

test("what a value was between two changes of one group is not kept", () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  const heldBytes = (): number => {
    // Arrays that the first round finds are given back beside what runs on, and at the latest before the second begins.
    collectGarbage();
    collectGarbage();
    return process.memoryUsage().arrayBuffers;
  };
  const state = new KvState();
  state.put(utf8("a"), { ...item(""), value: new Uint8Array(1_000_000) });
  const digest = state.digest();
  const before = heldBytes();
  state.begin();
  for (let version = 2; version < 60; version++) state.put(utf8("a"), { ...item("", { version }), value: new Uint8Array(1_000_000) });
  // A thousand appends in one transaction would be a gigabyte.
  expect(heldBytes() - before).toBeLessThan(10_000_000);
  state.rollBack();
  expect(state.digest()).toBe(digest);
});
