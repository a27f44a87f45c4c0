// docs/operations/back-up.mjs and restore.mjs, as people call them: all keys of a store arrive in another one, whatever bytes they are
// made of, and a back-up that was not finished is not taken for one.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { ShardedCluster } from "../sharded-cluster.ts";
import type { TestCase } from "../test-case.ts";
import { check, eventually } from "../test-case.ts";

const PROCEDURES = join(import.meta.dirname, "../../../docs/operations");
const run = promisify(execFile);
/** More than a page of the back-up has, and more than one request may be large. */
const SMALL_KEYS = 1_200;
const LARGE_VALUE = "x".repeat(900_000);

export const backUp: TestCase = {
  name: "all keys are written into a file while the store is used, and back into another store",
  run: async ({ directory, say }) => {
    const stores = ["original", "other"].map((name) =>
      ShardedCluster.create({ directory: join(directory, name), controllers: 1, groups: { 1: 1, 2: 1 } }),
    );
    const [original, other] = (await Promise.all(stores)) as [ShardedCluster, ShardedCluster];
    const file = join(directory, "backup.jsonl");
    try {
      await original.startAndServe();
      const from = originOf(original);
      await write(from);
      const said = await follow("back-up.mjs", from, file);
      const keys = SMALL_KEYS + 4;
      check(said === `${keys} keys are in ${file}`, `it says how many: ${said}`);
      const before = await everything(from);
      await original.stop();

      const second = join(directory, "second.jsonl");
      const failed = await follow("back-up.mjs", from, second).catch(String);
      check(failed.includes("fetch failed") && !existsSync(second), `a store that is away has no back-up: ${failed}`);

      await other.startAndServe();
      const restored = await follow("restore.mjs", originOf(other), file);
      check(restored === `${keys} keys are restored from ${file}`, `it says how many: ${restored}`);
      const after = (await everything(originOf(other))).join("\n");
      const wanted = before.filter((line) => !line.startsWith(base64url("{job:x"))).join("\n");
      check(after === wanted, "every key has its value, and the jobs' own keys are left out");
      say(`${keys} keys, binary ones and three large values among them, arrived in another store`);
    } finally {
      await original.stop();
      await other.stop();
    }
  },
};

const base64url = (text: string): string => Buffer.from(text).toString("base64url");
const originOf = (cluster: ShardedCluster): string => cluster.group("1")[0]?.origin ?? "";

async function follow(script: string, origin: string, file: string): Promise<string> {
  return (await run(process.execPath, [join(PROCEDURES, script), origin, file], { timeout: 120_000 })).stdout.trim();
}

async function write(origin: string): Promise<void> {
  const small = Array.from({ length: SMALL_KEYS }, (_, i) => ({ op: "put", key: base64url(`key-${i}`), value: `value ${i}` }));
  const binary = { op: "put", key: Buffer.from([0, 255, 128]).toString("base64url"), value: "gP8A", encoding: "base64" };
  const ofTheMoment = { op: "put", key: base64url("{job:x}:fence"), value: "7" };
  for (const operations of [small.slice(0, 1_000), [...small.slice(1_000), binary, ofTheMoment]]) await send(origin, operations);
  for (const name of ["a", "b", "c"]) await send(origin, [{ op: "put", key: base64url(`large-${name}`), value: LARGE_VALUE }]);
}

/** A leader that was just chosen may refuse some. */
async function send(origin: string, operations: readonly object[]): Promise<void> {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ operations });
  let last = "";
  const areWritten = async (): Promise<true | null> => {
    const response = await fetch(`${origin}/v1/batch?keyEncoding=base64url`, { method: "POST", headers, body });
    last = await response.text();
    return response.ok && !last.includes('"error"') ? true : null;
  };
  await eventually("all keys are written", areWritten, { deadlineMs: 60_000, everyMs: 200, describe: () => last.slice(0, 500) });
}

/** A line for each key, in byte order. */
async function everything(origin: string): Promise<readonly string[]> {
  const lines: string[] = [];
  for (let after: string | null = ""; after !== null;) {
    const place: string = after === "" ? "" : `&after=${after}`;
    const response = await fetch(`${origin}/v1/kv?keyEncoding=base64url&encoding=base64&limit=1000${place}`);
    const page = (await response.json()) as Page;
    lines.push(...page.entries.map(({ key, value }) => `${key} ${value}`));
    after = page.next;
  }
  return lines;
}

type Page = { readonly entries: readonly { readonly key: string; readonly value: string }[]; readonly next: string | null };
