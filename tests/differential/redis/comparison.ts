// The same commands to a real redis-server and to our door: the replies are the same, errors included, but for what is listed
// here with its reason.
import fc from "fast-check";
import type { RedisReply } from "../../runtime/redis/reply-reader.ts";
import { areAlike, nameOf, shown } from "./likeness.ts";
import type { RandomCommand, Sent } from "./random-commands.ts";
import { ABOUT_THE_SERVER, ARGUMENTS, commands, SUBCOMMANDS } from "./random-commands.ts";
import { RawConnection } from "./redis-process.ts";
import type { Ask, ComparedStore, Sides } from "./stores.ts";
import { farewellOf } from "./stores.ts";

export type Exception = { readonly why: string; readonly holds: (command: RandomCommand, theirs: RedisReply, ours: RedisReply) => boolean };

export const EXCEPTIONS: readonly Exception[] = [
  {
    why: "DBSIZE and CLUSTER COUNTKEYSINSLOT of redis-server count keys that have ended, until they are removed",
    holds: (command, theirs, ours) =>
      ["dbsize", "cluster countkeysinslot"].includes(countedAs(command)) &&
      typeof theirs === "bigint" &&
      typeof ours === "bigint" &&
      theirs > ours,
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
      await compareFarewell(port, { store, tally });
    }),
    { numRuns: runs, seed },
  );
  for (const connection of theirs) connection.close();
}

/** It ends the connection, so it is not among the random ones, and has one of its own behind them. */
async function compareFarewell(port: number, { store, tally }: Pick<Comparing, "store" | "tally">): Promise<void> {
  const [their, our] = [await farewellOf(port), await store.farewell()];
  count(tally, FAREWELL);
  if (shown(their) !== shown(our)) throw new Error(`QUIT and PING\n  redis-server: ${shown(their)}\n  ours:         ${shown(our)}`);
}

type Pair<T> = readonly [T, T];
type Compared = Sides & { readonly theirs: Pair<RawConnection>; readonly tally: Tally };

async function compareAll(sent: readonly Sent[], { theirs, ours, observer, tally }: Compared): Promise<void> {
  /** What each watches and was not there when it began to. */
  const absent: Pair<Set<string>> = [new Set(), new Set()];
  /** What each has queued since its last MULTI. */
  const queued: [RandomCommand[], RandomCommand[]] = [[], []];
  // What follows each other on one connection goes in one pipeline.
  for (let from = 0; from < sent.length;) {
    const { by, command: first } = sent[from] as Sent;
    const watched = nameOf(first) === "watch" ? await absentOf(observer, first.slice(1)) : [];
    const isLookedFor = absent[by].size + watched.length > 0;
    let to = from;
    while (to < sent.length && sent[to]?.by === by && (to === from || mayJoin(sent[to - 1] as Sent, sent[to] as Sent, isLookedFor))) to++;
    const batch = sent.slice(from, to).map(({ command }) => command);
    const areAbsentAgain = nameOf(first) === "exec" && (await areAllAbsent(observer, absent[by]));
    const [expected, actual] = await Promise.all([theirs[by].ask(batch.map(latin)), ours[by](batch.map(latin))]);
    for (const [i, command] of batch.entries()) {
      const [their, our] = [expected[i] ?? null, actual[i] ?? null];
      // From here on the two hold different things.
      if (i === 0 && areAbsentAgain && their === null && Array.isArray(our)) return except(tally, CAME_AND_WENT);
      check(command, { expected: their, actual: our, queued: queued[by], tally });
      if (nameOf(command) === "multi" && isOk(their)) queued[by] = [];
      if (isQueued(their)) queued[by].push(command);
      if (nameOf(command) === "watch" && isOk(their)) for (const key of watched) absent[by].add(key);
      if (forgets(command, their)) absent[by].clear();
    }
    from = to;
  }
}

/**
 * Whether what is watched is forgotten by this. UNWATCH within a transaction comes when that is executed, and too late for it; an EXEC
 * that is refused forgets, but for one without MULTI.
 */
function forgets(command: RandomCommand, reply: RedisReply): boolean {
  const name = nameOf(command);
  if (isError(reply)) return name === "exec" && shown(reply) !== shown({ error: "ERR EXEC without MULTI" });
  return ["exec", "discard", "unwatch"].includes(name) && !isQueued(reply);
}

const isError = (reply: RedisReply): boolean => reply !== null && typeof reply === "object" && "error" in reply;

const isOk = (reply: RedisReply): boolean => shown(reply) === shown({ status: "OK" });

const isQueued = (reply: RedisReply): boolean => shown(reply) === shown({ status: "QUEUED" });

/** A key that was absent when it was watched, and is absent again, has not changed here. */
export const CAME_AND_WENT = "a watched key was absent, came, and went again";

async function absentOf(ask: Ask, keys: readonly string[]): Promise<readonly string[]> {
  const replies = await ask(keys.map((key) => ["EXISTS", Buffer.from(key, "latin1")]));
  return keys.filter((_, i) => replies[i] === 0n);
}

/** Of some; one that came and stayed is found out here as in Redis. */
async function areAllAbsent(ask: Ask, keys: ReadonlySet<string>): Promise<boolean> {
  return keys.size > 0 && (await absentOf(ask, [...keys])).length === keys.size;
}

function except(tally: Tally, why: string): void {
  tally.excepted.set(why, (tally.excepted.get(why) ?? 0) + 1);
}

/**
 * What is watched is looked at before, and before EXEC again if it was not there; what is about keys of all slots may be overtaken by what
 * comes behind it in a pipeline, as slots don't wait for each other.
 */
function mayJoin(before: Sent, { command }: Sent, isLookedFor: boolean): boolean {
  return !isSlow(before) && nameOf(command) !== "watch" && !(isLookedFor && nameOf(command) === "exec");
}

const SLOW: ReadonlySet<string> = new Set(["dbsize", "keys", "scan", "randomkey"]);
const isSlow = ({ command }: Sent): boolean => SLOW.has(nameOf(command));

type Checked = {
  readonly expected: RedisReply;
  readonly actual: RedisReply;
  readonly queued: readonly RandomCommand[];
  readonly tally: Tally;
};

function check(command: RandomCommand, { expected, actual, queued, tally }: Checked): void {
  count(tally, countedAs(command));
  if (areAlike(command, queued, [expected, actual])) return;
  const exception = EXCEPTIONS.find(({ holds }) => holds(command, expected, actual));
  if (exception === undefined)
    throw new Error(`${JSON.stringify(command)}\n  redis-server: ${shown(expected)}\n  ours:         ${shown(actual)}`);
  except(tally, exception.why);
}

/** A subcommand counts for itself. */
function countedAs(command: RandomCommand): string {
  const [name, subcommand] = [nameOf(command), nameOf(command.slice(1))];
  const isOne = Object.hasOwn(SUBCOMMANDS, name) && Object.hasOwn(SUBCOMMANDS[name] ?? {}, subcommand);
  return isOne ? `${name} ${subcommand}` : name;
}

function count(tally: Tally, name: string): void {
  tally.commands++;
  tally.byName.set(name, (tally.byName.get(name) ?? 0) + 1);
}

const FAREWELL = "quit";

export const NAMES = [
  ...Object.keys(ARGUMENTS),
  ...Object.keys(ABOUT_THE_SERVER),
  ...Object.entries(SUBCOMMANDS).flatMap(([name, subcommands]) => Object.keys(subcommands).map((second) => `${name} ${second}`)),
  FAREWELL,
];
