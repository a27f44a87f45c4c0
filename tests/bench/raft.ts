// Proposals per second through one group of three real processes with fsync on, at several numbers in flight, over
// long-lived streams to the leader. Prints JSON. Asserts nothing but that there was something to measure all the time: one leader, and
// every stream to it.
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { cpus } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { LocalGroup } from "../../client/cli/local-group.ts";
import { RequestStream } from "../../runtime/http/asking-stream.ts";
import { encodeCommand, NO_GUARDS } from "../../core/kv/commands.ts";
import type { Share } from "./cpu-profile.ts";
import { busiest } from "./cpu-profile.ts";
import { freePorts } from "../integration/free-ports.ts";

const { values: options } = parseArgs({
  options: {
    seconds: { type: "string", default: "8" },
    "in-flight": { type: "string", default: "1,64,1024" },
    streams: { type: "string", default: "2" },
    /** Where the data lies: what is measured is this disk. */
    directory: { type: "string", default: ".tmp" },
    keys: { type: "string", default: "10000" },
    /** Says what the members were busy with during the last measurement, too. Slows them down by some percent. */
    profile: { type: "boolean", default: false },
  },
});

const COMMAND_BYTES = 256;
const WARM_UP_MS = 1_500;
const DEADLINE_MS = 10_000;
const root = join(import.meta.dirname, "../..");

type Result = {
  readonly inFlight: number;
  readonly proposalsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly fsyncsPerSecond: number;
  readonly proposalsPerFsync: number;
  readonly notDone: number;
};

mkdirSync(resolve(root, options.directory), { recursive: true });
const directory = mkdtempSync(resolve(root, options.directory, "bench-"));
const profiles = join(directory, "profiles");
const group = new LocalGroup({
  directory,
  ports: await freePorts(3),
  program: [...(options.profile ? ["--cpu-prof", `--cpu-prof-dir=${profiles}`] : []), join(root, "services/replica/main.ts")],
  environment: { ...process.env, FLOTILLA_LOG_LEVEL: "warn" },
});

const commands = Array.from({ length: Number(options.keys) }, (_, n) => commandFor(n));

try {
  group.start();
  const results: Result[] = [];
  for (const inFlight of options["in-flight"].split(",").map(Number)) results.push(await measure(inFlight));
  const { pid: leader } = group.replica((await group.untilLeader(10_000)).ordinal);
  const machine = { cpus: cpus().length, model: cpus()[0]?.model, node: process.version };
  await group.stop(5_000);
  const profile = options.profile ? { profile: profilesOf(leader) } : {};
  console.log(
    JSON.stringify({ machine, members: 3, commandBytes: COMMAND_BYTES, streams: Number(options.streams), results, ...profile }, null, 2),
  );
} finally {
  await group.stop(5_000);
  rmSync(directory, { recursive: true, force: true });
}

async function measure(inFlight: number): Promise<Result> {
  const leader = await group.untilLeader(10_000);
  const { origin } = group.replica(leader.ordinal);
  const streams = Array.from({ length: Math.min(inFlight, Number(options.streams)) }, () => new RequestStream(origin));
  const run = { isOver: false, isMeasured: false, notDone: 0, latencies: [] as number[] };
  let nextKey = 0;
  const client = async (stream: RequestStream): Promise<void> => {
    while (!run.isOver) {
      const startMs = performance.now();
      const outcome = await stream.ask({
        kind: "write",
        deadlineMs: DEADLINE_MS,
        session: null,
        body: commands[nextKey++ % commands.length] as Uint8Array,
      });
      if (stream.isEnded) return;
      if (!run.isMeasured) continue;
      if (outcome.kind === "done") run.latencies.push(performance.now() - startMs);
      else run.notDone++;
    }
  };
  const clients = Array.from({ length: inFlight }, (_, i) => client(streams[i % streams.length] as RequestStream));
  await sleep(WARM_UP_MS);
  const before = await fsyncs(origin);
  run.isMeasured = true;
  const startMs = performance.now();
  await sleep(Number(options.seconds) * 1_000);
  run.isMeasured = false;
  const seconds = (performance.now() - startMs) / 1_000;
  const synced = (await fsyncs(origin)) - before;
  const after = await group.untilLeader(10_000);
  if (streams.some(({ isEnded }) => isEnded) || after.ordinal !== leader.ordinal || after.term !== leader.term)
    throw new Error(`the leader changed with ${inFlight} in flight, or ended a stream: what was measured says nothing`);
  run.isOver = true;
  await Promise.all(clients);
  for (const stream of streams) stream.close();
  const sorted = Float64Array.from(run.latencies).sort();
  return {
    inFlight,
    proposalsPerSecond: Math.round(sorted.length / seconds),
    p50Ms: rounded(sorted[Math.floor(sorted.length * 0.5)] ?? NaN),
    p99Ms: rounded(sorted[Math.floor(sorted.length * 0.99)] ?? NaN),
    fsyncsPerSecond: Math.round(synced / seconds),
    proposalsPerFsync: rounded(sorted.length / Math.max(1, synced)),
    notDone: run.notDone,
  };
}

/** A put whose command has the wanted size. Made beforehand: the client shares the machine with what is measured. */
function commandFor(n: number): Uint8Array {
  const key = Buffer.from(`key-${String(n).padStart(8, "0")}`);
  const overhead = encodeCommand({ kind: "put", key, guards: NO_GUARDS, value: new Uint8Array(0) }).length;
  return encodeCommand({ kind: "put", key, guards: NO_GUARDS, value: new Uint8Array(COMMAND_BYTES - overhead).fill(120) });
}

function profilesOf(leader: number | null): Readonly<Record<string, readonly Share[]>> {
  const files = readdirSync(profiles).map((name) => ({
    path: join(profiles, name),
    role: name.includes(`.${leader}.`) ? "leader" : "follower",
  }));
  return Object.fromEntries(files.map(({ path, role }) => [role, busiest(path, { count: 15, seconds: Number(options.seconds) })]));
}

/** Of the leader's log. */
async function fsyncs(origin: string): Promise<number> {
  const text = await (await fetch(`${origin}/metrics`)).text();
  const [, count] = /^flotilla_wal_fsync_duration_seconds_count (\d+)/m.exec(text) ?? [];
  if (count === undefined) throw new Error(`${origin} does not count its fsyncs`);
  return Number(count);
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
