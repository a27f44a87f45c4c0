// Flotilla and etcd side by side, both through their HTTP doors with JSON, three members each on loopback, fsync on: in turns, in one
// run, as ratios. And one group against two on the same processors. Prints JSON. Measures and asserts nothing.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { LocalGroup } from "../../client/cli/local-group.ts";
import { freePorts } from "../integration/free-ports.ts";
import { EtcdGroup } from "./peers/etcd-group.ts";
import { etcdVersion, whatIsMissing } from "./peers/missing.ts";
import { ourGroup } from "./peers/our-group.ts";
import type { Compared, Pair } from "./peers/pairs.ts";
import { compare, measurePairs } from "./peers/pairs.ts";
import type { Load, Measured, Store } from "./peers/wrk.ts";
import { KEYS, runWrk, VALUE_BYTES } from "./peers/wrk.ts";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "5" },
    /** Cases by name, separated by commas. */
    only: { type: "string", default: "" },
    /** Where the data lies: what is measured is this disk, too. */
    directory: { type: "string", default: ".tmp" },
    /** Where Node writes what our members' processors were busy with. Slows them down by some percent. */
    profiles: { type: "string" },
  },
});

type Case = {
  readonly name: string;
  readonly kind: Load["kind"];
  readonly connections: number;
  readonly bar: { readonly perSecondRatio: number; readonly p99Ratio?: number };
};

const CASES: readonly Case[] = [
  { name: "writes-64", kind: "write", connections: 64, bar: { perSecondRatio: 2.5, p99Ratio: 1 } },
  { name: "writes-256", kind: "write", connections: 256, bar: { perSecondRatio: 3, p99Ratio: 1 } },
  { name: "reads-64", kind: "read", connections: 64, bar: { perSecondRatio: 4 } },
  { name: "write-1", kind: "write", connections: 1, bar: { perSecondRatio: 1 } },
  { name: "read-1", kind: "read", connections: 1, bar: { perSecondRatio: 1 } },
];
/** Two groups have half of the connections each. */
const TWO_GROUPS: readonly Case[] = [
  { name: "two-groups-64", kind: "write", connections: 64, bar: { perSecondRatio: 0.9 } },
  { name: "two-groups-256", kind: "write", connections: 256, bar: { perSecondRatio: 0.9 } },
];

const WARM_UP_SECONDS = 2;
const LEADER_DEADLINE_MS = 20_000;
const root = join(import.meta.dirname, "../..");
const seconds = Number(options.seconds);
const wanted = options.only.split(",").filter((name) => name !== "");
const isWanted = ({ name }: Case): boolean => wanted.length === 0 || wanted.includes(name);

const missing = whatIsMissing(["etcd", "wrk"]);
if (missing === null) console.log(JSON.stringify(await measureAll(), null, 2));
else {
  console.error(missing);
  process.exitCode = 1;
}

async function measureAll(): Promise<unknown> {
  mkdirSync(resolve(root, options.directory), { recursive: true });
  const directory = mkdtempSync(resolve(root, options.directory, "bench-peers-"));
  const loadBefore = loadavg()[0];
  const etcd = new EtcdGroup(directory, await freePorts(3));
  const groups = await Promise.all(["a", "b"].map((name) => ourGroup({ directory: join(directory, name), profiles: options.profiles })));
  const [first, second] = groups as [LocalGroup, LocalGroup];
  try {
    const withEtcd = CASES.some(isWanted) ? await againstEtcd(first, etcd) : [];
    const withItself = TWO_GROUPS.some(isWanted) ? await oneAgainstTwo(first, second) : [];
    return {
      machine: { cpus: cpus().length, model: cpus()[0]?.model, node: process.version, loadBefore, loadAfter: loadavg()[0] },
      ...{ etcd: etcdVersion(), members: 3, keys: KEYS, valueBytes: VALUE_BYTES, seconds, rounds: Number(options.rounds) },
      cases: [...withEtcd, ...withItself],
    };
  } finally {
    await Promise.all([etcd.stop(), first.stop(5_000), second.stop(5_000)]);
    rmSync(directory, { recursive: true, force: true });
  }
}

async function againstEtcd(group: LocalGroup, etcd: EtcdGroup): Promise<readonly unknown[]> {
  group.start();
  etcd.start();
  const stores: Stores = {
    flotilla: { leader: () => leaderOf(group), pids: pidsOf(group) },
    etcd: { leader: () => etcd.untilLeader(), pids: etcd.pids },
  };
  for (const store of ["flotilla", "etcd"] as const) await fill(store, await stores[store].leader());
  const results: unknown[] = [];
  for (const each of CASES.filter(isWanted)) {
    const measure = (store: Store) => async (): Promise<Measured> =>
      runWrk({ ...each, store, seconds, targets: [await stores[store].leader()], pids: stores[store].pids });
    const pairs = await measurePairs(Number(options.rounds), measure("flotilla"), measure("etcd"));
    results.push(judged(each, pairs));
    console.error(JSON.stringify(results.at(-1)));
  }
  await etcd.stop();
  return results;
}

type Stores = { readonly [S in Store]: { readonly leader: () => Promise<string>; readonly pids: Load["pids"] } };

/** "Ours" is two groups here, and "theirs" one of them alone. */
async function oneAgainstTwo(first: LocalGroup, second: LocalGroup): Promise<readonly unknown[]> {
  first.start();
  second.start();
  const targets = await Promise.all([first, second].map(leaderOf));
  for (const target of targets) await fill("flotilla", target);
  const on = (count: 1 | 2, each: Case) => async (): Promise<Measured> => {
    const [a, b] = await Promise.all([first, second].map(leaderOf));
    const pids = [first, second].slice(0, count).flatMap(pidsOf);
    return runWrk({ ...each, store: "flotilla", seconds, targets: count === 1 ? [a, a] : [a, b], pids } as Load);
  };
  const results: unknown[] = [];
  for (const each of TWO_GROUPS.filter(isWanted)) {
    // Each group was alone while its code became fast.
    await on(2, each)();
    results.push(judged(each, await measurePairs(Number(options.rounds), on(2, each), on(1, each))));
    console.error(JSON.stringify(results.at(-1)));
  }
  return results;
}

function judged(each: Case, pairs: readonly Pair[]): Compared & { readonly holds: boolean } & Case {
  const compared = compare(pairs);
  const { perSecondRatio, p99Ratio = Infinity } = each.bar;
  const isClean = compared.ours.errors === 0 && compared.theirs.errors === 0;
  const holds = isClean && compared.perSecondRatio >= perSecondRatio && compared.p99Ratio <= p99Ratio;
  return { ...each, ...compared, holds };
}

/** Every key exists before anything is measured, and the code of both sides is as fast as it gets. */
async function fill(store: Store, target: string): Promise<void> {
  const bytes = "x".repeat(VALUE_BYTES);
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  let next = 1;
  const writer = async (): Promise<void> => {
    while (next <= KEYS) {
      const key = `key-${String(next++).padStart(8, "0")}`;
      const [method, path, body] =
        store === "etcd" ? ["POST", "/v3/kv/put", { key: base64(key), value: base64(bytes) }] : ["PUT", `/v1/kv/${key}`, { value: bytes }];
      const headers = { "content-type": "application/json" };
      const response = await fetch(`http://${target}${path as string}`, { method: method as string, headers, body: JSON.stringify(body) });
      if (!response.ok) throw new Error(`${store} refused to store ${key}: ${await response.text()}`);
      await response.arrayBuffer();
    }
  };
  await Promise.all(Array.from({ length: 64 }, writer));
  for (const kind of ["write", "read"] as const)
    await runWrk({ store, kind, connections: 64, seconds: WARM_UP_SECONDS, targets: [target], pids: [] });
}

async function leaderOf(group: LocalGroup): Promise<string> {
  const { ordinal } = await group.untilLeader(LEADER_DEADLINE_MS);
  return group.replica(ordinal).origin.slice("http://".length);
}

function pidsOf(group: LocalGroup): Load["pids"] {
  return group.replicas.map(({ pid }) => pid);
}
