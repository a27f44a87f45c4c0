// `flotilla backup` and `flotilla restore`, as people call them: all keys of a store arrive in another one, whatever bytes they are made of and
// whenever they end, and what is no whole backup is not taken for one. At full length also by way of S3.
import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePortRange } from "../free-ports.ts";
import { installS3Server, S3Server } from "../s3-server.ts";
import { ShardedCluster } from "../sharded-cluster.ts";
import type { CaseContext, TestCase } from "../test-case.ts";
import { check, eventually, sleep } from "../test-case.ts";

const FLOTILLA = join(import.meta.dirname, "../../../client/cli/flotilla.ts");
const COMMAND_MS = 120_000;
/** More than a page of the backup has, and more than one request may be large. */
const SMALL_KEYS = 1_200;
const KEYS = SMALL_KEYS + 5;
const LARGE_VALUE = "x".repeat(900_000);
const BUCKET = "some-bucket";

export const backUp: TestCase = {
  name: "all keys are written into a file while the store is used, and back into another store",
  run: async ({ directory, scale, say }) => {
    const stores = ["original", "other"].map((name) =>
      ShardedCluster.create({ directory: join(directory, name), controllers: 1, groups: { 1: 1, 2: 1 } }),
    );
    const [original, other] = (await Promise.all(stores)) as [ShardedCluster, ShardedCluster];
    const [from, to] = [originOf(original), originOf(other)];
    const folder = join(directory, "backups");
    mkdirSync(folder);
    try {
      await original.startAndServe();
      await write(from);
      const { keys } = await must(["backup", "create", folder, "--keep", "2", "--endpoint", from]);
      check(keys === KEYS, `it says how many: ${String(keys)}`);
      const before = await everything(from);
      await original.stop();

      const away = ["backup", "create", folder, "--timeout", "2s", "--endpoint", from];
      const [failed] = await Promise.all([flotilla(away), other.startAndServe()]);
      check(failed.code !== 0 && readdirSync(folder).length === 1, `a store that is away has no backup: ${failed.err}`);
      await cutOffIsRefused(folder, directory);

      const restored = await must(["restore", folder, "--endpoint", to]);
      check(restored["written"] === KEYS, `it says how many: ${String(restored["written"])}`);
      const wanted = before.filter((line) => !line.startsWith(base64url("{job:x"))).join("\n");
      check(
        (await everything(to)).join("\n") === wanted,
        "every key has its value, the one that ends still ends, and the jobs' own keys are left out",
      );
      const again = await flotilla(["restore", folder, "--endpoint", to]);
      check(again.code === 1 && again.err.includes("there are keys"), `a store that has keys is refused: ${again.err}`);
      say(`${KEYS} keys, binary ones and three large values among them, arrived in another store`);
      if (scale === "long") await throughS3(to, say);
      check((await everything(to)).join("\n") === wanted, "and they stay as they were");
    } finally {
      await original.stop();
      await other.stop();
    }
  },
};

async function cutOffIsRefused(folder: string, directory: string): Promise<void> {
  const [name = ""] = readdirSync(folder);
  const whole = readFileSync(join(folder, name));
  const half = join(directory, "half");
  writeFileSync(half, whole.subarray(0, whole.length >> 1));
  const { code, err } = await flotilla(["backup", "verify", half]);
  check(code === 1 && err.includes("cut off"), `half a backup is refused: ${err}`);
}

/** There and back, with the older one of two removed. */
async function throughS3(origin: string, say: CaseContext["say"]): Promise<void> {
  const why = await installS3Server();
  if (why !== null) {
    check(process.env["CI"] !== "true", `an S3 server can be installed: ${why}`);
    return say(`S3 is left out: moto can't be installed from PyPI (${why})`);
  }
  const server = await S3Server.start(await freePortRange(1));
  try {
    check((await fetch(`${server.endpoint}/${BUCKET}`, { method: "PUT" })).ok, "a bucket is made");
    const s3 = { FLOTILLA_S3_ENDPOINT: server.endpoint, FLOTILLA_S3_ACCESS_KEY: "a", FLOTILLA_S3_SECRET_KEY: "b" };
    const place = `s3://${BUCKET}/of%20flotilla`;
    const create = ["backup", "create", place, "--keep", "1", "--endpoint", origin];
    const first = await must(create, s3);
    await sleep(1_000);
    const { removed } = await must(create, s3);
    check(JSON.stringify(removed) === JSON.stringify([first["backup"]]), `the older one goes: ${JSON.stringify(removed)}`);
    const { keys } = await must(["backup", "verify", place], s3);
    const { written } = await must(["restore", place, "--into-non-empty", "--endpoint", origin], s3);
    check(keys === KEYS && written === KEYS, `all keys go there and come back: ${String(keys)}, ${String(written)}`);
  } finally {
    await server.stop();
  }
}

const base64url = (text: string): string => Buffer.from(text).toString("base64url");
const originOf = (cluster: ShardedCluster): string => cluster.group("1")[0]?.origin ?? "";

type Ran = { readonly code: number; readonly out: string; readonly err: string };

function flotilla(words: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ran> {
  return new Promise((resolve) => {
    const env = { ...process.env, ...environment };
    execFile(process.execPath, [FLOTILLA, ...words], { timeout: COMMAND_MS, env }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), out, err }),
    );
  });
}

async function must(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Readonly<Record<string, unknown>>> {
  const { code, out, err } = await flotilla([...words, "-o", "json"], environment);
  check(code === 0, `flotilla ${words.join(" ")} ends with 0, not ${code}: ${out}${err}`);
  return JSON.parse(out) as Readonly<Record<string, unknown>>;
}

async function write(origin: string): Promise<void> {
  const small = Array.from({ length: SMALL_KEYS }, (_, i) => ({ op: "put", key: base64url(`key-${i}`), value: `value ${i}` }));
  const binary = { op: "put", key: Buffer.from([0, 255, 128]).toString("base64url"), value: "gP8A", encoding: "base64" };
  const ending = { op: "put", key: base64url("session"), value: "open", ttlMs: 3_600_000 };
  const ofTheMoment = { op: "put", key: base64url("{job:x}:fence"), value: "7" };
  for (const operations of [small.slice(0, 1_000), [...small.slice(1_000), binary, ending, ofTheMoment]]) await send(origin, operations);
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
    // When exactly, two clocks say.
    lines.push(...page.entries.map(({ key, value, expiresAtMs }) => `${key} ${value}${expiresAtMs === undefined ? "" : " ends"}`));
    after = page.next;
  }
  return lines;
}

type Entry = { readonly key: string; readonly value: string; readonly expiresAtMs?: number };
type Page = { readonly entries: readonly Entry[]; readonly next: string | null };
