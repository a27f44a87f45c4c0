// Shows on a running cluster what it is for: writes go on while a shard moves and while a leader is killed in the middle of
// them, and nothing that was acknowledged is missing.
import type { Outcome } from "../../core/base/outcome.ts";
import { shardOf } from "../../core/shards/slots.ts";
import type { KeyValues } from "./cluster/key-values.ts";
import type { Supervisor } from "./local/supervisor.ts";
import type { ClusterView, GroupView, MemberView } from "./status/cluster-view.ts";
import type { Paint } from "./terminal.ts";
import { count, duration, MARKS } from "./terminal.ts";
import { Trouble } from "./trouble.ts";
import { pause } from "../waiting.ts";

export type DemonstrationOptions = {
  readonly look: () => Promise<ClusterView>;
  readonly store: KeyValues;
  /** Has the controllers give a shard to a group. */
  readonly move: (shard: number, group: string) => Promise<void>;
  readonly supervisor: Pick<Supervisor, "kill" | "release">;
  readonly paint: Paint;
  readonly say: (line: string) => void;
};

const KEY = "greeting";
const DEADLINE_MS = 20_000;
const LOOK_MS = 20;
/** Before and after each trouble. */
const WRITING_MS = 1_000;

export async function demonstrate(options: DemonstrationOptions): Promise<void> {
  await showOneWrite(options);
  const writing = new Writing(options.store);
  try {
    await pause(WRITING_MS);
    await moveShard(options, writing);
    const killed = await killLeader(options);
    await pause(WRITING_MS);
    await judge(await writing.finish(), options);
    await bringBack(killed, options);
  } finally {
    await writing.finish();
  }
}

async function showOneWrite({ store, look, paint, say }: DemonstrationOptions): Promise<void> {
  say(`\n${paint.bold("A write")}`);
  const startMs = performance.now();
  const { version, revision } = valueOf(await store.put(KEY, "hello"), "the first write");
  const took = duration(performance.now() - startMs);
  say(`  ${KEY} = "hello" is on the disks of a majority after ${took}: version ${version}, revision ${revision}`);
  const { group, leader } = homeOf(await look());
  say(`  ${paint.dim(`It lives in group ${group}, which ${leader ?? "nobody"} leads; any member takes any request.`)}`);
}

/** The shard of the key that is written all the time goes to another group. */
async function moveShard({ look, move, paint, say }: DemonstrationOptions, writing: Writing): Promise<void> {
  const before = await look();
  const from = homeOf(before);
  const to = before.groups.find(({ service, group }) => service === "replica" && group !== from.group);
  // Without controllers, or with replicas that know no shards, nothing can move.
  const knowsShards = from.members.some(({ shards }) => shards !== null);
  if (before.owners === null || !knowsShards || to === undefined) return;
  const shard = shardOf(Buffer.from(KEY));
  say(`\n${paint.bold("A shard moves")}`);
  say(`  Shard ${shard}, in which all of these writes are, goes from group ${from.group} to group ${to.group}.`);
  writing.beginPhase();
  const startMs = performance.now();
  await move(shard, to.group);
  await until(`shard ${shard} is served by group ${to.group}`, look, (view) =>
    homeOf(view).group === to.group &&
    view.groups.some(({ group, serving }) => group === to.group && serving.includes(shard)) &&
    view.moves.length === 0
      ? true
      : null,
  );
  const took = duration(performance.now() - startMs);
  const { writes, longestMs } = writing.phase();
  say(
    `  ${paint.green(MARKS.good)} It is there after ${took}; ${count(writes)} writes went on meanwhile, and waited ${paint.bold(duration(longestMs))} at most.`,
  );
}

type Killed = { readonly group: string; readonly member: MemberView };

async function killLeader({ look, supervisor, paint, say }: DemonstrationOptions): Promise<Killed> {
  const { group, term, leader, members } = await until("a leader", look, (view) => (homeOf(view).leader === null ? null : homeOf(view)));
  const member = members.find(({ name }) => name === leader);
  if (member === undefined) throw new Trouble(`nobody is called ${leader}`);
  say(`\n${paint.bold("The leader dies")}`);
  say(`  kill -9 ${member.pid ?? ""}  ${paint.dim(`(${member.name}, in the middle of writes)`)}`);
  const killedMs = performance.now();
  await supervisor.kill(member.name);
  const next = await until(`another leader of group ${group}`, look, (view) => {
    const now = groupIn(view, group);
    return now.leader !== null && now.leader !== member.name && (now.term ?? 0) > (term ?? 0) ? now : null;
  });
  say(`  ${next.leader ?? ""} leads term ${next.term ?? ""} after ${duration(performance.now() - killedMs)}.`);
  return { group, member };
}

async function judge({ written, unknown, longestMs }: Writings, { store, paint, say }: DemonstrationOptions): Promise<void> {
  const text = textOf(valueOf(await store.get(KEY), "reading the first write"));
  if (text !== "hello") throw new Trouble(`${KEY} is ${JSON.stringify(text)}, not "hello": an acknowledged write is lost`);
  const lost: string[] = [];
  for (const { key, value } of written) if (textOf(valueOf(await store.get(key), `reading ${key}`)) !== value) lost.push(key);
  if (lost.length > 0) throw new Trouble(`${lost.length} acknowledged writes are lost, ${lost[0]} first`);
  say(
    `  ${paint.green(MARKS.good)} ${KEY} is still "hello", and all ${count(written.length)} writes that were acknowledged meanwhile are there.`,
  );
  say(`  ${paint.green(MARKS.good)} Writers waited ${paint.bold(duration(longestMs))} at most, from sending to acknowledgement.`);
  if (unknown > 0) say(`  ${count(unknown)} writes have an outcome that is not known.`);
}

async function bringBack({ group, member }: Killed, { look, supervisor, paint, say }: DemonstrationOptions): Promise<void> {
  say(`\n${paint.bold("It comes back")}`);
  const startMs = performance.now();
  supervisor.release(member.name);
  await until(`${member.name} has everything`, look, (view) => {
    const back = groupIn(view, group).members.find(({ name }) => name === member.name);
    return back?.isWell === true && back.lag === 0 ? true : null;
  });
  say(
    `  ${paint.green(MARKS.good)} ${member.name} runs again and has everything after ${duration(performance.now() - startMs)}, its start included.`,
  );
}

/** The group in which the key lives; without a map of shards, the first. */
function homeOf(view: ClusterView): GroupView {
  const owner = view.owners?.[shardOf(Buffer.from(KEY))];
  return groupIn(view, owner ?? view.groups.find(({ service }) => service === "replica")?.group ?? "");
}

function groupIn({ groups }: ClusterView, name: string): GroupView {
  const found = groups.find(({ service, group }) => service === "replica" && group === name);
  if (found === undefined) throw new Trouble(`there is no group ${name}`);
  return found;
}

async function until<T>(what: string, look: () => Promise<ClusterView>, find: (view: ClusterView) => T | null): Promise<T> {
  const untilMs = performance.now() + DEADLINE_MS;
  for (;;) {
    const found = find(await look());
    if (found !== null) return found;
    if (performance.now() > untilMs) throw new Trouble(`not within ${duration(DEADLINE_MS)}: ${what}`);
    await pause(LOOK_MS);
  }
}

type Written = { readonly key: string; readonly value: string };
type Writings = { readonly written: readonly Written[]; readonly unknown: number; readonly longestMs: number };

/** Writes one key after the other until told to finish, all in one shard. */
class Writing {
  readonly #written: Written[] = [];
  readonly #done: Promise<void>;
  #unknown = 0;
  #longestMs = 0;
  #phase = { from: 0, longestMs: 0 };
  #isOver = false;

  constructor(store: KeyValues) {
    this.#done = this.#write(store);
  }

  async finish(): Promise<Writings> {
    this.#isOver = true;
    await this.#done;
    return { written: this.#written, unknown: this.#unknown, longestMs: this.#longestMs };
  }

  beginPhase(): void {
    this.#phase = { from: this.#written.length, longestMs: 0 };
  }

  phase(): { readonly writes: number; readonly longestMs: number } {
    return { writes: this.#written.length - this.#phase.from, longestMs: this.#phase.longestMs };
  }

  async #write(store: KeyValues): Promise<void> {
    for (let n = 1; !this.#isOver; n++) {
      const [key, value, sentMs] = [`{${KEY}}/${n}`, `${n} of ${new Date().toISOString()}`, performance.now()];
      const outcome = await store.put(key, value);
      if (outcome.kind === "unknown") this.#unknown += 1;
      if (outcome.kind !== "done") continue;
      this.#written.push({ key, value });
      const tookMs = performance.now() - sentMs;
      this.#longestMs = Math.max(this.#longestMs, tookMs);
      this.#phase.longestMs = Math.max(this.#phase.longestMs, tookMs);
    }
  }
}

const textOf = (entry: { readonly value: Uint8Array } | null): string | null =>
  entry === null ? null : Buffer.from(entry.value).toString();

function valueOf<T>(outcome: Outcome<T>, what: string): T {
  if (outcome.kind === "done") return outcome.value;
  throw new Trouble(`${what}: ${outcome.kind === "refused" ? outcome.refusal.message : `not known after ${outcome.after}`}`);
}
