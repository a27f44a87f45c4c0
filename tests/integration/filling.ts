// Fills a store with data that can be recognised again: numbered keys, each with a value that follows from its number.
import { KvClient } from "../../client/kv-client.ts";
import { op } from "../../client/operations.ts";
import { utf8 } from "../../core/base/bytes.ts";
import type { Random } from "../../core/base/random.ts";
import { shardOf } from "../../core/shards/slots.ts";
import { check, eventually } from "./test-case.ts";

export type Filling = {
  readonly endpoints: readonly string[];
  readonly keys: number;
  readonly valueBytes: number;
  readonly keyOf: (n: number) => string;
};

/** Of one call: below the largest body of a request, in base64. */
const CALL_BYTES_MAX = 500_000;
const CALL_KEYS_MAX = 400;
const CALLS_AT_ONCE = 4;
const CALL_DEADLINE_MS = 60_000;
const SAMPLES = 50;

/** Every put is acknowledged, however often it had to be asked for. */
export async function fill(filling: Filling): Promise<void> {
  const { endpoints, keys, valueBytes, keyOf } = filling;
  const client = new KvClient({ endpoints, deadlineMs: CALL_DEADLINE_MS, attemptMs: 20_000 });
  const perCall = Math.max(1, Math.min(CALL_KEYS_MAX, Math.floor(CALL_BYTES_MAX / valueBytes)));
  let next = 0;
  const work = async (): Promise<void> => {
    for (let from = next; from < keys; from = next) {
      next = Math.min(keys, from + perCall);
      const puts = Array.from({ length: next - from }, (_, i) => op.put(keyOf(from + i), valueOf(from + i, valueBytes)));
      const failed = (await client.batch(puts)).find(({ kind }) => kind !== "done");
      check(failed === undefined, `every put of the filling is done: ${JSON.stringify(failed)}`);
    }
  };
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, work));
  await client.close();
}

/** Some of them, at random: each is as it was put. */
export async function checkFilling({ endpoints, keys, valueBytes, keyOf }: Filling, random: Random): Promise<void> {
  const client = new KvClient({ endpoints, deadlineMs: CALL_DEADLINE_MS });
  for (let i = 0; i < Math.min(SAMPLES, keys); i++) {
    const n = random.between(0, keys - 1);
    const found = await client.get(keyOf(n));
    const isSame = found.kind === "done" && found.value !== null && Buffer.compare(found.value.value, valueOf(n, valueBytes)) === 0;
    check(isSame, `${keyOf(n)} is what was put: ${found.kind}`);
  }
  await client.close();
}

/** The same of what one member says by itself, whatever its group says. A key of another group is asked for there. */
export async function checkHeldBy(origin: string, { keys, valueBytes, keyOf }: Filling, random: Random): Promise<void> {
  for (let i = 0; i < Math.min(SAMPLES, keys); i++) {
    const n = random.between(0, keys - 1);
    const value = await eventually(`${origin} has ${keyOf(n)}`, () => valueAt(origin, keyOf(n)));
    check(Buffer.compare(value, valueOf(n, valueBytes)) === 0, `${keyOf(n)} is at ${origin} what was put`);
  }
}

/** Null: not there, or no answer. */
async function valueAt(origin: string, key: string): Promise<Buffer | null> {
  const response = await fetch(`${origin}/v1/kv/${encodeURIComponent(key)}?consistency=stale&encoding=base64`);
  const { value } = (await response.json()) as { readonly value?: string };
  return response.ok && value !== undefined ? Buffer.from(value, "base64") : null;
}

/** Names of keys or of their tags that belong to this shard, or to any other: by trying. */
export function nameOfShard(name: string, accepts: (shard: number) => boolean): string {
  for (let attempt = 0; ; attempt++) if (accepts(shardOf(utf8(`${name}.${attempt}`)))) return `${name}.${attempt}`;
}

/** Not all the same, and no two numbers alike. */
function valueOf(n: number, bytes: number): Buffer {
  const value = Buffer.alloc(bytes, `${n},`);
  for (let at = 0; at + 4 <= bytes; at += 64) value.writeUInt32LE(Math.imul(n + at, 0x9e3779b1) >>> 0, at);
  return value;
}
