import { utf8 } from "../../../core/base/bytes.ts";
import { Random } from "../../../core/base/random.ts";
import { KvState } from "../../../core/kv/kv-state.ts";

const item = (value: string, version = 1, revision = 1): { value: Uint8Array; version: number; revision: number } => ({
  value: utf8(value),
  version,
  revision,
});

test("the digest depends on what there is, not on how it came about", () => {
  const random = new Random(7);
  const keys = Array.from({ length: 200 }, (_, i) => `k${String(i)}`);
  const straight = new KvState();
  for (const key of keys) straight.put(utf8(key), item(`v${key}`, 2, 9));
  const detours = new KvState();
  for (const key of random.shuffled(keys)) {
    detours.put(utf8(key), item("other", 1, 3));
    if (random.chance(0.5)) detours.delete(utf8(key));
    detours.delete(utf8("never there"));
    detours.put(utf8(key), item(`v${key}`, 2, 9));
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
      state.put(utf8("a"), item("x", 2));
    },
  },
  {
    name: "another revision of the key",
    change: (state: KvState) => {
      state.put(utf8("a"), item("x", 1, 2));
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
