// The same commands to a real redis-server and to our door: the replies are the same, errors included, but for what is listed
// here with its reason.
import fc from "fast-check";
import type { RedisReply } from "../../runtime/redis/reply-reader.ts";
import type { RandomCommand, Sent } from "./random-commands.ts";
import { ARGUMENTS, commands } from "./random-commands.ts";
import { RawConnection } from "./redis-process.ts";
import type { Ask, ComparedStore, Sides } from "./stores.ts";

/** Times to live pass while they are asked for, on either side. */
const ROUGH: Readonly<Record<string, bigint>> = { ttl: 2n, pttl: 2_000n, expiretime: 2n, pexpiretime: 2_000n };

export type Exception = { readonly why: string; readonly holds: (command: RandomCommand, theirs: RedisReply, ours: RedisReply) => boolean };

export const EXCEPTIONS: readonly Exception[] = [
  {
    why: "DBSIZE of redis-server counts keys that have ended, until they are removed",
    holds: ([name = ""], theirs, ours) =>
      name.toLowerCase() === "dbsize" && typeof theirs === "bigint" && typeof ours === "bigint" && theirs > ours,
  },
];

export type Tally = { commands: number; readonly byName: Map<string, number>; readonly excepted: Map<string, number> };

export const newTally = (): Tally => ({ commands: 0, byName: new Map(), excepted: new Map() });

const latin = (command: RandomCommand): readonly Buffer[] => command.map((each) => Buffer.from(each, "latin1"));

export type Comparing = { readonly store: ComparedStore; readonly runs: number; readonly seed: number; readonly tally: Tally };

export async function compare(port: number, { store, runs, seed, tally }: Comparing): Promise<void> {
  const theirs = [await RawConnection.open(port), await RawConnection.open(port)] as const;
  let run = 0;
  await fc.assert(
    fc.asyncProperty(commands, async (sent) => {
      const { ours, observer } = await store.begin();
      const version = run++ % 2 === 0 ? "2" : "3";
      for (const connection of theirs) await connection.ask([["RESET"], ["HELLO", version], ["FLUSHALL"]]);
      for (const ask of ours) await ask([["RESET"], ["HELLO", version]]);
      await compareAll(sent, { theirs, ours, observer, tally });
    }),
    { numRuns: runs, seed },
  );
  for (const connection of theirs) connection.close();
}

type Pair<T> = readonly [T, T];
type Compared = Sides & { readonly theirs: Pair<RawConnection>; readonly tally: Tally };

async function compareAll(sent: readonly Sent[], { theirs, ours, observer, tally }: Compared): Promise<void> {
  /** Whether a connection watches a key that was not there. */
  const watchesNothing: [boolean, boolean] = [false, false];
  // What follows each other on one connection goes in one pipeline.
  for (let from = 0; from < sent.length;) {
    const { by } = sent[from] as Sent;
    let to = from;
    while (to < sent.length && sent[to]?.by === by && (to === from || mayJoin(sent[to - 1] as Sent, sent[to] as Sent))) to++;
    const batch = sent.slice(from, to).map(({ command }) => command);
    if (nameOf(batch[0]) === "watch") watchesNothing[by] ||= await isOneAbsent(observer, batch[0] ?? []);
    const [expected, actual] = await Promise.all([theirs[by].ask(batch.map(latin)), ours[by](batch.map(latin))]);
    for (const [i, command] of batch.entries()) {
      const [their, our] = [expected[i] ?? null, actual[i] ?? null];
      // From here on the two hold different things.
      if (nameOf(command) === "exec" && watchesNothing[by] && their === null && Array.isArray(our)) return except(tally, CAME_AND_WENT);
      check(command, { expected: their, actual: our, tally });
      if (forgets(command, their)) watchesNothing[by] = false;
    }
    from = to;
  }
}

/** Whether what is watched is forgotten by this. UNWATCH within a transaction comes when that is executed, and too late for it. */
function forgets(command: RandomCommand, reply: unknown): boolean {
  const isQueued = typeof reply === "object" && reply !== null && (reply as { readonly status?: string }).status === "QUEUED";
  return ["exec", "discard", "unwatch"].includes(nameOf(command)) && !isQueued;
}

/** A key that was absent when it was watched, and is absent again, has not changed here. */
export const CAME_AND_WENT = "a watched key was absent, came, and went again";

async function isOneAbsent(ask: Ask, [, ...keys]: RandomCommand): Promise<boolean> {
  const replies = await ask(keys.map((key) => ["EXISTS", Buffer.from(key, "latin1")]));
  return replies.includes(0n);
}

const nameOf = (command: RandomCommand | undefined): string => (command?.[0] ?? "").toLowerCase();

function except(tally: Tally, why: string): void {
  tally.excepted.set(why, (tally.excepted.get(why) ?? 0) + 1);
}

/** What is watched is looked at before, and what is slow may be overtaken by what comes behind it in a pipeline. */
const mayJoin = (before: Sent, next: Sent): boolean => !isSlow(before) && nameOf(next.command) !== "watch";

const isSlow = ({ command: [name = ""] }: Sent): boolean => ["dbsize", "keys", "cluster"].includes(name.toLowerCase());

type Checked = { readonly expected: RedisReply; readonly actual: RedisReply; readonly tally: Tally };

function check(command: RandomCommand, { expected, actual, tally }: Checked): void {
  const name = (command[0] ?? "").toLowerCase();
  tally.commands++;
  tally.byName.set(name, (tally.byName.get(name) ?? 0) + 1);
  if (isSame(expected, actual, ROUGH[name] ?? (name === "exec" ? 2_000n : 0n))) return;
  const exception = EXCEPTIONS.find(({ holds }) => holds(command, expected, actual));
  if (exception === undefined)
    throw new Error(`${JSON.stringify(command)}\n  redis-server: ${shown(expected)}\n  ours:         ${shown(actual)}`);
  except(tally, exception.why);
}

export function isSame(a: RedisReply, b: RedisReply, tolerance: bigint): boolean {
  if (typeof a === "bigint" && typeof b === "bigint") {
    const difference = a > b ? a - b : b - a;
    return difference === 0n || (a > 0n && b > 0n && difference <= tolerance && tolerance > 0n && a > 100n);
  }
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((each, i) => isSame(each as RedisReply, b[i] as RedisReply, tolerance));
  return shown(a) === shown(b);
}

const shown = (reply: RedisReply): string =>
  JSON.stringify(reply, (_key, value: unknown) => (typeof value === "bigint" ? `:${value}` : value));

export const NAMES = Object.keys(ARGUMENTS);
