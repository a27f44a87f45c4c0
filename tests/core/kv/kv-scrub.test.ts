import { utf8 } from "../../../core/base/bytes.ts";
import { NO_GUARDS } from "../../../core/kv/commands.ts";
import { KvScrub } from "../../../core/kv/kv-scrub.ts";
import { KvShard } from "../../../core/kv/kv-shard.ts";
import type { Scrubbed } from "../../../core/replica/scrub.ts";
import { bytesOf, slicesOf } from "../replica/snapshots/slices.ts";

const MOMENT = { stampMs: 1 };

function put(shard: KvShard, key: string, bytes: number): void {
  shard.apply({ kind: "put", key: utf8(key), guards: NO_GUARDS, value: new Uint8Array(bytes).fill(7) }, MOMENT);
}

function filled(keys: number): KvShard {
  const shard = new KvShard();
  for (let i = 0; i < keys; i++) put(shard, `key-${String(i)}`, 100);
  return shard;
}

function valueOf(shard: KvShard, key: string): Uint8Array {
  const found = shard.query({ kind: "get", key: utf8(key) }, MOMENT);
  if (found.kind !== "found") throw new Error(`no ${key}`);
  return found.value;
}

/** Until something else than going on comes of it; how many looks that took. */
function scrubbed(shard: KvShard, bytes: number, between: (look: number) => void = () => undefined): { end: Scrubbed; looks: number } {
  const round = new KvScrub();
  for (let looks = 1; ; looks++) {
    const end = shard.scrub(round, { bytes });
    if (end.kind !== "goesOn") return { end, looks };
    between(looks);
  }
}

test.each([1, 300, 100_000])("a sound shard is sound, in looks of %i bytes", (bytes) => {
  expect(scrubbed(filled(200), bytes).end).toEqual({ kind: "roundEnded" });
});

test.each(["key-0", "key-57", "key-199"])("a flipped bit of %s is found", (key) => {
  const shard = filled(200);
  const value = valueOf(shard, key);
  value[50] = 6;
  expect(scrubbed(shard, 1_000).end).toMatchObject({ kind: "altered" });
  value[50] = 7;
  expect(scrubbed(shard, 1_000).end).toEqual({ kind: "roundEnded" });
});

test("what was altered is still found when something was appended since", () => {
  const shard = filled(20);
  valueOf(shard, "key-7")[50] = 6;
  shard.apply({ kind: "append", key: utf8("key-7"), guards: NO_GUARDS, value: utf8("more") }, MOMENT);
  expect(scrubbed(shard, 1_000).end).toMatchObject({ kind: "altered" });
});

test("what was altered is still found when it got another time to live since", () => {
  const shard = filled(20);
  valueOf(shard, "key-7")[50] = 6;
  shard.apply({ kind: "expire", key: utf8("key-7"), guards: NO_GUARDS, ttl: { kind: "after", ms: 1_000 } }, MOMENT);
  expect(scrubbed(shard, 1_000).end).toMatchObject({ kind: "altered" });
});

test("no look costs more than its budget allows, and a large value is looked at in pieces", () => {
  const shard = new KvShard();
  put(shard, "large", 1_000_000);
  expect(scrubbed(shard, 100_000).looks).toBeGreaterThanOrEqual(10);
  valueOf(shard, "large")[999_999] = 1;
  expect(scrubbed(shard, 100_000).end).toMatchObject({ kind: "altered" });
});

test("keys may come and go and change between two looks", () => {
  const shard = filled(200);
  put(shard, "key-1", 50_000);
  const { end } = scrubbed(shard, 2_000, (look) => {
    put(shard, `key-${String(look)}`, 30_000);
    put(shard, `new-${String(look)}`, 10);
    shard.apply({ kind: "delete", key: utf8(`key-${String(199 - look)}`), guards: NO_GUARDS }, MOMENT);
    if (look < 50) shard.snapshot();
  });
  expect(end).toEqual({ kind: "roundEnded" });
});

test("a snapshot of what was altered says so", () => {
  const shard = filled(20);
  const sound = shard.snapshot();
  for (const slice of slicesOf(sound, 1_000)) expect([slice.length > 0, sound.isSound]).toEqual([true, true]);
  valueOf(shard, "key-3")[0] = 0;
  const unsound = shard.snapshot();
  bytesOf(unsound, 1_000);
  expect(unsound.isSound).toBe(false);
});
