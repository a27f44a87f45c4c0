import { textOf, utf8 } from "../../../core/base/bytes.ts";
import type { KvScan } from "../../../core/kv/commands.ts";
import { KvState } from "../../../core/kv/kv-state.ts";
import { SCAN_BYTES_MAX, SCAN_ENTRIES_MAX, SCAN_EXAMINED_MAX, VALUE_BYTES_MAX } from "../../../core/kv/limits.ts";
import { scan } from "../../../core/kv/scan.ts";

function filled(keys: readonly string[], { value = "v", deadlineMs = 0 } = {}): KvState {
  const state = new KvState();
  keys.forEach((key, i) => {
    state.put(utf8(key), { value: utf8(value), version: 1, revision: i + 1, deadlineMs });
  });
  return state;
}

type Page = { readonly keys: readonly string[]; readonly next: string | null };
type Asked = { readonly prefix?: string; readonly after?: string; readonly limit?: number; readonly bytesMax?: number };

function pageOf(state: KvState, { prefix = "", after, limit = 100, bytesMax = 1_000 }: Asked, stampMs = 1): Page {
  const query: KvScan = { kind: "scan", prefix: utf8(prefix), after: after === undefined ? null : utf8(after), limit, bytesMax };
  const page = scan(state, query, stampMs);
  if (page.kind !== "scanned") throw new Error(page.kind);
  return { keys: page.entries.map(({ key }) => textOf(key)), next: page.next === null ? null : textOf(page.next) };
}

const KEYS = ["a", "b1", "b2", "b3", "c"];

test.each([
  { name: "everything", asked: {}, keys: KEYS, next: null },
  { name: "a prefix", asked: { prefix: "b" }, keys: ["b1", "b2", "b3"], next: null },
  { name: "a prefix that nothing has", asked: { prefix: "bb" }, keys: [], next: null },
  { name: "after a key", asked: { after: "b1" }, keys: ["b2", "b3", "c"], next: null },
  { name: "after what is no key", asked: { after: "b" }, keys: ["b1", "b2", "b3", "c"], next: null },
  { name: "after, before the prefix", asked: { prefix: "b", after: "a" }, keys: ["b1", "b2", "b3"], next: null },
  { name: "after, the prefix itself", asked: { prefix: "b1", after: "b1" }, keys: [], next: null },
  { name: "after, beyond the prefix", asked: { prefix: "b", after: "c" }, keys: [], next: null },
  { name: "as many as there are", asked: { prefix: "b", limit: 3 }, keys: ["b1", "b2", "b3"], next: null },
  { name: "one less", asked: { prefix: "b", limit: 2 }, keys: ["b1", "b2"], next: "b2" },
  { name: "so many bytes", asked: { bytesMax: 5 }, keys: ["a", "b1"], next: "b1" },
  { name: "the first always fits", asked: { bytesMax: 0 }, keys: ["a"], next: "a" },
])("$name", ({ asked, keys, next }) => {
  expect(pageOf(filled(KEYS), asked)).toEqual({ keys, next });
});

test("keys that have ended are left out, and the page goes on behind them", () => {
  const state = filled(KEYS);
  state.put(utf8("b1"), { value: utf8(""), version: 2, revision: 9, deadlineMs: 10 });
  expect(pageOf(state, { limit: 2 }, 9)).toEqual({ keys: ["a", "b1"], next: "b1" });
  expect(pageOf(state, { limit: 2 }, 10)).toEqual({ keys: ["a", "b2"], next: "b2" });
});

test("a page of nothing but keys that have ended ends somewhere, and says where to go on", () => {
  const keys = Array.from({ length: SCAN_EXAMINED_MAX + 1 }, (_, i) => String(i).padStart(6, "0"));
  const state = filled(keys, { deadlineMs: 5 });
  expect(pageOf(state, {}, 5)).toEqual({ keys: [], next: keys.at(-2) });
  expect(pageOf(state, { after: keys.at(-2) as string }, 5)).toEqual({ keys: [], next: null });
});

test("a page has a limit of its own", () => {
  const keys = Array.from({ length: SCAN_ENTRIES_MAX + 1 }, (_, i) => String(i).padStart(6, "0"));
  expect(pageOf(filled(keys), { limit: 1_000_000, bytesMax: 1e9 }).keys.length).toBe(SCAN_ENTRIES_MAX);
  const large = filled(["a", "b", "c", "d", "e"], { value: "x".repeat(VALUE_BYTES_MAX) });
  expect(pageOf(large, { bytesMax: 1e9 }).keys.length).toBe(SCAN_BYTES_MAX / VALUE_BYTES_MAX - 1);
});

test("no room at all is no page", () => {
  const query: KvScan = { kind: "scan", prefix: utf8(""), after: null, limit: 0, bytesMax: 10 };
  expect(scan(filled(KEYS), query, 1).kind).toBe("badRequest");
});

test("an entry says all there is to know of its key", () => {
  const state = new KvState();
  state.put(utf8("a"), { value: utf8("1"), version: 3, revision: 7, deadlineMs: 50 });
  state.put(utf8("b"), { value: utf8("2"), version: 1, revision: 8, deadlineMs: 0 });
  expect(scan(state, { kind: "scan", prefix: utf8(""), after: null, limit: 9, bytesMax: 99 }, 1)).toEqual({
    kind: "scanned",
    entries: [
      { key: utf8("a"), value: utf8("1"), version: 3, revision: 7, deadlineMs: 50 },
      { key: utf8("b"), value: utf8("2"), version: 1, revision: 8 },
    ],
    next: null,
  });
});
