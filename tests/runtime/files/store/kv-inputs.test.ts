import { KeyValues } from "../../../../runtime/files/store/key-values.ts";
import { KvInputs } from "../../../../runtime/files/store/kv-inputs.ts";
import { MemoryStore } from "../memory-store.ts";

const store = new MemoryStore();
const kv = new KeyValues(store);
const inputs = new KvInputs(kv);

beforeAll(async () => {
  for (let i = 10; i < 30; i++) await kv.put(`u/${String(i)}`, `value ${String(i)}`);
  await kv.put("u", "before");
  await kv.put("v/1", "behind");
});

async function keysIn(url: string, splitBytes: number): Promise<readonly string[][]> {
  const ranges: string[][] = [];
  for (const file of await inputs.list(url, { splitBytes })) {
    const keys: string[] = [];
    for await (const pairs of inputs.pairs({ ...file, offset: 0, fileLength: file.length }))
      keys.push(...pairs.map(({ key }) => key.toString()));
    ranges.push(keys);
  }
  return ranges;
}

test("ranges hold all keys of the prefix, each once, in order", async () => {
  const all = Array.from({ length: 20 }, (_, i) => `u/${String(i + 10)}`);
  for (const splitBytes of [1, 30, 100, 10_000]) {
    const ranges = await keysIn("kv:u/", splitBytes);
    expect(ranges.flat()).toEqual(all);
    expect(ranges.every((keys) => keys.length > 0)).toBe(true);
  }
  expect((await keysIn("kv:u/", 100)).length).toBe(3);
});

test("keys that come after the listing are in a range, too: at both ends and between", async () => {
  const files = await inputs.list("kv:u/", { splitBytes: 60 });
  for (const key of ["u/05", "u/155", "u/99"]) await kv.put(key, "new");
  const seen: string[] = [];
  for (const file of files)
    for await (const pairs of inputs.pairs({ ...file, offset: 0, fileLength: file.length }))
      seen.push(...pairs.map(({ key }) => key.toString()));
  await kv.remove(["u/05", "u/155", "u/99"]);
  expect(seen).toEqual([...seen].sort());
  expect(new Set(seen).size).toBe(23);
});

test("keys are bytes, and prefixes may be percent-encoded", async () => {
  await kv.put(Buffer.from([0x77, 0x2f, 0xff, 0x00]), Buffer.from([0xfe]));
  await kv.put("a#b/1", "1");
  expect(await keysIn("kv:a%23b/", 10)).toEqual([["a#b/1"]]);
  const [file] = await inputs.list("kv:w/", { splitBytes: 10 });
  if (file === undefined) throw new Error("none");
  for await (const [pair] of inputs.pairs({ ...file, offset: 0, fileLength: 0 })) {
    expect([...(pair?.key ?? [])]).toEqual([0x77, 0x2f, 0xff, 0x00]);
    expect([...(pair?.value ?? [])]).toEqual([0xfe]);
  }
});

test.each([
  { url: "kv:nothing/", reason: "missingInput" },
  { url: "kv:", reason: "badUrl" },
  { url: "kv:a#b", reason: "badUrl" },
  { url: "kv:%", reason: "badUrl" },
])("$url is refused", async ({ url, reason }) => {
  await expect(inputs.list(url, { splitBytes: 1 })).rejects.toMatchObject({ reason });
});
