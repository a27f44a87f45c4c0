// How alike the replies to one command have to be: the same word for word, but where they tell a time that passes, come in no order, or are
// about the server itself. Of those it is compared what they have in common.
import type { RedisReply } from "../../runtime/redis/reply-reader.ts";
import type { RandomCommand } from "./random-commands.ts";

type AreAlike = (theirs: RedisReply, ours: RedisReply, command: RandomCommand) => boolean;

export const nameOf = (command: RandomCommand | undefined): string => (command?.[0] ?? "").toLowerCase();

export const shown = (reply: RedisReply): string =>
  JSON.stringify(reply, (_key, value: unknown) => (typeof value === "bigint" ? `:${value}` : value));

/** `queued`: what an EXEC executes, in its order. */
export function areAlike(
  command: RandomCommand,
  queued: readonly RandomCommand[],
  [theirs, ours]: readonly [RedisReply, RedisReply],
): boolean {
  if (shown(theirs) === shown(ours)) return true;
  if (nameOf(command) !== "exec") return RULES[nameOf(command)]?.(theirs, ours, command) ?? false;
  if (!isList(theirs) || !isList(ours) || theirs.length !== ours.length || theirs.length !== queued.length) return false;
  return queued.every((each, i) => areAlike(each, [], [theirs[i] as RedisReply, ours[i] as RedisReply]));
}

/** Below it a time to live is none, or has nearly passed; those of random commands are far ahead. */
const NEAR_FROM = 100n;

/** A time to live was added to each server's own clock. What was given as a moment, which is one from `exactFrom` on, is told exactly. */
const near =
  (tolerance: bigint, exactFrom?: bigint): AreAlike =>
  (theirs, ours) => {
    if (typeof theirs !== "bigint" || typeof ours !== "bigint" || theirs <= NEAR_FROM || ours <= NEAR_FROM) return false;
    if (exactFrom !== undefined && theirs >= exactFrom) return false;
    return (theirs > ours ? theirs - ours : ours - theirs) <= tolerance;
  };

const isList = (reply: RedisReply): reply is readonly RedisReply[] => Array.isArray(reply);

const sorted: AreAlike = (theirs, ours) => isList(theirs) && isList(ours) && inOrder(theirs) === inOrder(ours);

const inOrder = (replies: readonly RedisReply[]): string => replies.map(shown).sort().join();

/** All of it comes in one page. */
const page: AreAlike = (theirs, ours) => {
  if (!isList(theirs) || !isList(ours) || theirs.length !== 2 || ours.length !== 2) return false;
  return theirs[0] === ours[0] && sorted(theirs[1] as RedisReply, ours[1] as RedisReply, []);
};

function kindOf(reply: RedisReply): string {
  if (reply === null || typeof reply !== "object") return reply === null ? "nothing" : typeof reply;
  return isList(reply) ? `[${reply.map(kindOf).join()}]` : (Object.keys(reply)[0] ?? "");
}

/** Texts of errors are never about the server itself. */
const kind: AreAlike = (theirs, ours) => kindOf(theirs) === kindOf(ours) && kindOf(theirs) !== "error";

/** Of a map, as either version of the protocol has it; null: it is none. */
function fieldsOf(reply: RedisReply): readonly RedisReply[] | null {
  if (isList(reply)) return reply;
  return typeof reply === "object" && reply !== null && "map" in reply ? reply.map : null;
}

/** The same names in the same order, and the same values but for those that each server has of its own. */
const fields =
  (hasOwn: (name: string) => boolean): AreAlike =>
  (theirs, ours) => {
    const [their, our] = [fieldsOf(theirs), fieldsOf(ours)];
    if (their === null || our === null || their.length !== our.length || isList(theirs) !== isList(ours)) return false;
    return their.every((each, i) => {
      if (shown(each) === shown(our[i] as RedisReply)) return true;
      return i % 2 === 1 && hasOwn(String(their[i - 1])) && kind(each, our[i] as RedisReply, []);
    });
  };

/** Of each: its name, how many arguments it takes, and which of them are keys. */
const FACTS_OF_COMMANDS = [0, 1, 3, 4, 5];
const factsOf = (reply: RedisReply): string =>
  isList(reply) ? FACTS_OF_COMMANDS.map((i) => shown(reply[i] ?? null)).join() : shown(reply);

const commandFacts: AreAlike = (theirs, ours) =>
  isList(theirs) && isList(ours) && theirs.map(factsOf).join(";") === ours.map(factsOf).join(";");

/** As many, and each like the other's in its place. */
const oneByOne =
  (isAlike: AreAlike): AreAlike =>
  (theirs, ours, command) =>
    isList(theirs) && isList(ours) && theirs.length === ours.length && theirs.every((their, i) => isAlike(their, ours[i] ?? null, command));

/** The same slots, and somebody to ask first, told in the same form; how many others serve them is each cluster's own. */
const rangeOfSlots: AreAlike = (theirs, ours) => {
  if (!isList(theirs) || !isList(ours)) return false;
  return shown(theirs.slice(0, 2)) === shown(ours.slice(0, 2)) && kindOf(theirs[2] ?? null) === kindOf(ours[2] ?? null);
};

const namesOfFields = (reply: RedisReply): string | undefined =>
  fieldsOf(reply)
    ?.filter((_, i) => i % 2 === 0)
    .map(shown)
    .join();

/** Told by the same words; what it says of its members is each cluster's own. */
const shard: AreAlike = (theirs, ours) => isList(theirs) === isList(ours) && namesOfFields(theirs) === namesOfFields(ours);

const bySubcommand =
  (rules: Readonly<Record<string, AreAlike>>): AreAlike =>
  (theirs, ours, command) =>
    rules[(command[1] ?? "").toLowerCase()]?.(theirs, ours, command) ?? false;

const EMPTY = JSON.stringify("");
/** Something of both, or of none. */
const toldAlike: AreAlike = (theirs, ours, command) => kind(theirs, ours, command) && (shown(theirs) === EMPTY) === (shown(ours) === EMPTY);

const RULES: Readonly<Record<string, AreAlike>> = {
  ttl: near(2n),
  pttl: near(2_000n),
  expiretime: near(2n, 4_000_000_000n),
  pexpiretime: near(2_000n, 4_000_000_000_000n),
  keys: sorted,
  scan: page,
  randomkey: kind,
  time: kind,
  wait: kind,
  info: kind,
  hello: fields((name) => name === "version" || name === "id"),
  config: bySubcommand({ get: fields(() => true) }),
  cluster: bySubcommand({ slots: oneByOne(rangeOfSlots), shards: oneByOne(shard), nodes: kind, info: kind, myid: kind }),
  client: bySubcommand({ id: kind, info: kind, list: toldAlike }),
  command: bySubcommand({ count: kind, info: commandFacts, list: sorted }),
};
