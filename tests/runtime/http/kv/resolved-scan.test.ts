import { done, refused } from "../../../../core/base/outcome.ts";
import type { KvEntry } from "../../../../core/kv/results.ts";
import { encodePointer } from "../../../../runtime/files/store/pointer.ts";
import type { ScanCall } from "../../../../runtime/http/kv/many-requests.ts";
import { resolvedPage } from "../../../../runtime/http/kv/resolved-scan.ts";
import type { ScanRequest } from "../../../../runtime/http/kv/scan.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text);
const textOf = (key: Uint8Array | null): string | null => (key === null ? null : Buffer.from(key).toString());

/** A store whose pages are cut by `limit` alone. */
function scans(values: Readonly<Record<string, string>>) {
  const page = ({ call: { prefix, after, limit } }: ScanRequest) => {
    const keys = Object.keys(values)
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
  { prefix = "out/", after = null, limit = 10 }: { prefix?: string; after?: string | null; limit?: number },
) {
  const call = { prefix: bytes(prefix), after: after === null ? null : bytes(after), limit } as ScanCall;
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

test("pairs of an output are shown under its prefix, page by page", async () => {
  const values = { "out/": pointer("complete"), out0: "behind", ...PAIRS };
  expect(await scan(values, {})).toEqual({ keys: ["out/a", "out/b", "out/c"], next: null });
  expect(await scan(values, { limit: 2 })).toEqual({ keys: ["out/a", "out/b"], next: "out/b" });
  expect(await scan(values, { limit: 2, after: "out/b" })).toEqual({ keys: ["out/c"], next: null });
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
  const call = { prefix: bytes("out/"), after: null, limit: 1 } as ScanCall;
  expect(await resolvedPage({ page }, { call } as ScanRequest)).toMatchObject({ refusal: { code: "overloaded" } });
});
