// Shows on a running group what it is for: writes go on, the leader is killed in the middle of them, another takes over, and
// nothing that was acknowledged is missing.
import type { Outcome } from "../../core/base/outcome.ts";
import { KvClient } from "../kv-client.ts";
import type { LocalGroup, ReplicaStatus } from "./local-group.ts";
import type { Supervisor } from "./supervisor.ts";
import type { Paint } from "./terminal.ts";
import { duration, table } from "./terminal.ts";

export type DemonstrationOptions = {
  readonly group: LocalGroup;
  readonly supervisor: Supervisor;
  readonly paint: Paint;
  readonly say: (line: string) => void;
};

const LEADER_DEADLINE_MS = 20_000;
const WRITE_DEADLINE_MS = 20_000;
/** Before and after the leader's death. */
const WRITING_MS = 1_000;
const CATCH_UP_DEADLINE_MS = 20_000;

export class DemonstrationFailure extends Error {
  override readonly name = "DemonstrationFailure";
}

type Written = { readonly key: string; readonly value: string; readonly sentMs: number; readonly acknowledgedMs: number };

export async function demonstrate(options: DemonstrationOptions): Promise<void> {
  const { group, supervisor, paint, say } = options;
  const leader = await group.untilLeader(LEADER_DEADLINE_MS);
  supervisor.knowCluster(String(leader["clusterId"]));
  say(await overview(group, paint));
  const client = new KvClient({ endpoints: group.origins, deadlineMs: WRITE_DEADLINE_MS });
  try {
    await showOneWrite(client, leader, options);
    const writing = new Writing(client);
    await sleep(WRITING_MS);
    await killLeader(leader, options);
    await sleep(WRITING_MS);
    await judge(await writing.finish(), client, options);
    await bringBack(leader, options);
  } finally {
    await client.close();
  }
}

/** One line for each member. */
export async function overview(group: LocalGroup, paint: Paint): Promise<string> {
  const statuses = await Promise.all(group.replicas.map(({ ordinal }) => group.status(ordinal)));
  const rows = group.replicas.map(({ ordinal, origin, pid }) => {
    const status = statuses[ordinal];
    return [
      `replica ${ordinal}`,
      origin,
      pid === null ? "down" : `pid ${pid}`,
      status?.role ?? "",
      status?.term === undefined ? "" : `term ${status.term}`,
    ];
  });
  return table(rows, (cell, column) => {
    if (column === 1) return paint.cyan(cell);
    return cell.trim() === "leader" ? paint.green(cell) : cell.startsWith("down") ? paint.red(cell) : cell;
  });
}

async function showOneWrite(client: KvClient, leader: ReplicaStatus, { paint, say }: DemonstrationOptions): Promise<void> {
  say(`\n${paint.bold("A write")}`);
  const startMs = performance.now();
  const { version, revision } = valueOf(await client.put("greeting", "hello"), "the first write");
  say(
    `  greeting = "hello" is on the disks of a majority after ${duration(performance.now() - startMs)}: version ${version}, revision ${revision}`,
  );
  say(`  Replica ${leader.ordinal} leads; any member takes any request.`);
}

async function killLeader({ ordinal, term = 0 }: ReplicaStatus, { group, supervisor, paint, say }: DemonstrationOptions): Promise<void> {
  const replica = group.replica(ordinal);
  say(`\n${paint.bold("The leader dies")}`);
  say(`  kill -9 ${replica.pid ?? ""}  ${paint.dim(`(replica ${ordinal}, in the middle of writes)`)}`);
  supervisor.hold(ordinal);
  const killedMs = performance.now();
  replica.signal("SIGKILL");
  await replica.exit;
  const next = await group.untilLeader(LEADER_DEADLINE_MS);
  if ((next.term ?? 0) <= term) throw new DemonstrationFailure(`term ${next.term ?? 0} does not follow term ${term}`);
  say(`  Replica ${next.ordinal} leads term ${next.term ?? ""} after ${duration(performance.now() - killedMs)}.`);
}

async function judge({ written, unknown }: Writings, client: KvClient, { paint, say }: DemonstrationOptions): Promise<void> {
  const greeting = valueOf(await client.get("greeting"), "reading the first write");
  const text = greeting === null ? null : Buffer.from(greeting.value).toString();
  if (text !== "hello") throw new DemonstrationFailure(`greeting is ${JSON.stringify(text)}, not "hello": an acknowledged write is lost`);
  const lost: string[] = [];
  for (const { key, value } of written) {
    const entry = valueOf(await client.get(key), `reading ${key}`);
    if (entry === null || Buffer.from(entry.value).toString() !== value) lost.push(key);
  }
  if (lost.length > 0) throw new DemonstrationFailure(`${lost.length} acknowledged writes are lost, ${lost[0]} first`);
  const gap = longestGap(written);
  say(
    `  ${paint.green("✓")} greeting is still "hello", and all ${written.length.toLocaleString("en")} writes that were acknowledged meanwhile are there.`,
  );
  say(`  ${paint.green("✓")} Writers waited ${paint.bold(duration(gap))} at most, from one acknowledgement to the next.`);
  if (unknown > 0) say(`  ${unknown} writes have an outcome that is not known.`);
}

async function bringBack({ ordinal }: ReplicaStatus, { group, supervisor, paint, say }: DemonstrationOptions): Promise<void> {
  say(`\n${paint.bold("It comes back")}`);
  const startMs = performance.now();
  supervisor.release(ordinal);
  const target = Number((await group.untilLeader(LEADER_DEADLINE_MS))["commitIndex"]);
  while (Number((await group.status(ordinal))?.["appliedIndex"] ?? -1) < target) {
    if (performance.now() - startMs > CATCH_UP_DEADLINE_MS) throw new DemonstrationFailure(`replica ${ordinal} did not catch up`);
    await sleep(20);
  }
  say(
    `  ${paint.green("✓")} Replica ${ordinal} runs again and has everything after ${duration(performance.now() - startMs)}, its start included.\n`,
  );
  say(await overview(group, paint));
}

type Writings = { readonly written: readonly Written[]; readonly unknown: number };

/** Writes one key after the other until told to finish. */
class Writing {
  readonly #written: Written[] = [];
  readonly #done: Promise<void>;
  #unknown = 0;
  #isOver = false;

  constructor(client: KvClient) {
    this.#done = this.#write(client);
  }

  async finish(): Promise<Writings> {
    this.#isOver = true;
    await this.#done;
    return { written: this.#written, unknown: this.#unknown };
  }

  async #write(client: KvClient): Promise<void> {
    for (let n = 1; !this.#isOver; n++) {
      const [key, value, sentMs] = [`demonstration/${n}`, `${n} of ${new Date().toISOString()}`, performance.now()];
      const outcome = await client.put(key, value);
      if (outcome.kind === "done") this.#written.push({ key, value, sentMs, acknowledgedMs: performance.now() });
      else if (outcome.kind === "unknown") this.#unknown += 1;
    }
  }
}

function longestGap(written: readonly Written[]): number {
  return written.reduce((longest, { sentMs, acknowledgedMs }) => Math.max(longest, acknowledgedMs - sentMs), 0);
}

function valueOf<T>(outcome: Outcome<T>, what: string): T {
  if (outcome.kind === "done") return outcome.value;
  const why = outcome.kind === "refused" ? outcome.refusal.message : `not known after ${outcome.after}`;
  throw new DemonstrationFailure(`${what}: ${why}`);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
