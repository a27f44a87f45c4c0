import { done, refused } from "../../../../core/base/outcome.ts";
import type { KvEntry } from "../../../../core/kv/results.ts";
import { shardOf, SHARDS } from "../../../../core/shards/slots.ts";
import { encodePointer } from "../../../../runtime/files/store/pointer.ts";
import type { ScanCall } from "../../../../runtime/http/kv/many-requests.ts";
import { resolvedPage } from "../../../../runtime/http/kv/resolved-scan.ts";
import type { ScanRequest } from "../../../../runtime/http/kv/scan.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text);
const textOf = (key: Uint8Array | null): string | null => (key === null ? null : Buffer.from(key).toString());

const ALL_SHARDS = Array.from({ length: SHARDS }, (_, shard) => shard);

/** A store whose pages are cut by `limit` alone. */
function scans(values: Readonly<Record<string, string>>) {
  const page = ({ call: { prefix, after, limit, shards } }: ScanRequest) => {
    const keys = Object.keys(values)
      .filter((key) => shards.includes(shardOf(bytes(key))))
      .filter((key) => key.startsWith(textOf(prefix) ?? "") && (after === null || key > (textOf(after) ?? "")))
      .sort();
    const shown = keys.slice(0, limit);
    const entries = shown.map((key): KvEntry => ({ key: bytes(key), value: bytes(values[key] ?? ""), version: 1, revision: 1 }));
    return Promise.resolve(done({ entries, next: keys.length > limit ? bytes(shown.at(-1) ?? "") : null }));
  };
  return { page };
}

async function scan(
  values: Readonly<Record<string, string>>,
  {
    prefix = "out/",
    after = null,
    limit = 10,
    shards = ALL_SHARDS,
  }: Partial<Pick<ScanCall, "limit" | "shards">> & { prefix?: string; after?: string | null },
) {
  const call = { prefix: bytes(prefix), after: after === null ? null : bytes(after), limit, shards } as ScanCall;
  const outcome = await resolvedPage(scans(values), { call } as ScanRequest);
  if (outcome.kind !== "done") throw new Error(outcome.kind);
  return { keys: outcome.value.entries.map(({ key }) => textOf(key)), next: textOf(outcome.value.next) };
}

const pointer = (state: "writing" | "complete"): string => encodePointer({ job: "j", at: "flotilla/outputs/j-1/", state });
const PAIRS = {
  "flotilla/outputs/j-1/pairs/a": "1",
  "flotilla/outputs/j-1/pairs/b": "2",
  "flotilla/outputs/j-1/pairs/c": "3",
  "flotilla/outputs/j-1/parts/x": "no",
};

const shardOfPair = (name: string): number => shardOf(bytes(`flotilla/outputs/j-1/pairs/${name}`));

test("pairs of an output are shown under its prefix, page by page", async () => {
  const values = { "out/": pointer("complete"), out0: "behind", ...PAIRS };
  expect(await scan(values, {})).toEqual({ keys: ["out/a", "out/b", "out/c"], next: null });
  expect(await scan(values, { limit: 2 })).toEqual({ keys: ["out/a", "out/b"], next: "out/b" });
  expect(await scan(values, { limit: 2, after: "out/b" })).toEqual({ keys: ["out/c"], next: null });
});

test("a page after any key is what a plain scan of the pairs under the prefix would be", async () => {
  const plain = { "out/": "x", "out/a": "1", "out/b": "2", "out/c": "3" };
  const values = { "out/": pointer("complete"), ...PAIRS };
  for (const after of ["", "a", "ou", "out", "out/", "out/a", "out/aa", "out/c", "out/d", "out0", "out0a", "outzzza", "zzzz", "zzzzza"]) {
    const expected = (await scan(plain, { after })).keys.filter((key) => key !== "out/");
    expect({ after, ...(await scan(values, { after })) }).toEqual({ after, keys: expected, next: null });
  }
});

test("shards that are asked for are those of the pairs, wherever the pointer is", async () => {
  const values = { "out/": pointer("complete"), ...PAIRS };
  for (const key of ["a", "b", "c"]) {
    const expected = ["a", "b", "c"].filter((each) => shardOfPair(each) === shardOfPair(key)).map((each) => `out/${each}`);
    expect((await scan(values, { shards: [shardOfPair(key)] })).keys).toEqual(expected);
  }
});

test("nothing is shown of an output that is still written", async () => {
  expect(await scan({ "out/": pointer("writing"), ...PAIRS }, {})).toEqual({ keys: [], next: null });
});

test("where no job has written it is a scan like any other", async () => {
  expect(await scan({ "out/": "a value", "out/k": "1" }, {})).toEqual({ keys: ["out/", "out/k"], next: null });
  expect(await scan({ "out/sub/": pointer("complete"), ...PAIRS }, {})).toEqual({ keys: ["out/sub/"], next: null });
});

test("a scan that ends badly ends badly", async () => {
  const page = () => Promise.resolve(refused("overloaded", "too many"));
  const call = { prefix: bytes("out/"), after: null, limit: 1, shards: ALL_SHARDS } as Partial<ScanCall> as ScanCall;
  expect(await resolvedPage({ page }, { call } as ScanRequest)).toMatchObject({ refusal: { code: "overloaded" } });
});
