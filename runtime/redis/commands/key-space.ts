// Commands that look through all keys that the port serves: those of the member's group, or of all groups; each shard at its own moment.
import { randomInt } from "node:crypto";
import { slotOf, shardOfSlot, SLOTS } from "../../../core/shards/slots.ts";
import type { Client } from "../client.ts";
import { NOT_AN_INTEGER, SYNTAX } from "../error-texts.ts";
import type { KeyPosition, KeySpace, KeysPage } from "../key-space.ts";
import { matches } from "../glob.ts";
import type { ReplyWriter } from "../protocol/reply-writer.ts";
import { ScanCursors } from "../scan-cursors.ts";
import { clusterDown } from "../store-gate.ts";
import type { SlowCommand } from "./command.ts";
import { roughNumber } from "./numbers.ts";

const PAGE_KEYS = 1_000;
const COUNT_DEFAULT = 10;
const COUNT_MAX = 10_000;
const NOT_SERVED = clusterDown("a shard is not served here at the moment");
const INVALID_CURSOR = "ERR invalid cursor";

const SLOW = { kind: "slow", group: "generic", keys: null, complexity: "O(N) where N is the number of keys" } as const;

/** Of each key space its own: what a position means only that knows which gave it. */
const cursorsOf = new WeakMap<KeySpace, ScanCursors>();

function cursorsIn(keys: KeySpace): ScanCursors {
  const cursors = cursorsOf.get(keys) ?? new ScanCursors(BigInt(randomInt(1, 2 ** 40)) << 8n);
  cursorsOf.set(keys, cursors);
  return cursors;
}

/** Calls back with each key, until that returns false. False: not all could be read, or nobody waits for it any more. */
async function eachKey(
  client: Client,
  read: (position: KeyPosition | null) => Promise<KeysPage | null>,
  onKey: (key: Uint8Array) => boolean,
): Promise<boolean> {
  let position: KeyPosition | null = null;
  do {
    const page: KeysPage | null = await read(position);
    if (page === null || client.isGone) return false;
    for (const key of page.keys) if (!onKey(key)) return true;
    position = page.next;
  } while (position !== null);
  return true;
}

const keysOfSlot = (client: Client, slot: number, onKey: (key: Uint8Array) => boolean): Promise<boolean> => {
  const { keys } = client.surroundings;
  const beginning = { shard: shardOfSlot(slot), after: null };
  return eachKey(
    client,
    (position) => keys.keysOfShard(position ?? beginning, PAGE_KEYS),
    (key) => slotOf(key) !== slot || onKey(key),
  );
};

function writeKeys(out: ReplyWriter, keys: readonly Uint8Array[]): void {
  out.array(keys.length);
  for (const key of keys) out.bulk(key);
}

type ScanOptions = { readonly pattern: Buffer | null; readonly count: number; readonly isOfStrings: boolean };

function readScanOptions(args: readonly Buffer[]): ScanOptions | string {
  let options: ScanOptions = { pattern: null, count: COUNT_DEFAULT, isOfStrings: true };
  for (let i = 2; i < args.length; i += 2) {
    const word = (args[i] as Buffer).toString("latin1").toLowerCase();
    const value = args[i + 1];
    if (value === undefined) return SYNTAX;
    if (word === "match") options = { ...options, pattern: value };
    else if (word === "type") options = { ...options, isOfStrings: value.toString("latin1").toLowerCase() === "string" };
    else if (word === "count") {
      const count = roughNumber(value);
      if (count === null) return NOT_AN_INTEGER;
      if (count < 1) return SYNTAX;
      options = { ...options, count: Math.min(count, COUNT_MAX) };
    } else return SYNTAX;
  }
  return options;
}

async function scan(client: Client, args: readonly Buffer[], out: ReplyWriter): Promise<void> {
  const { keys } = client.surroundings;
  const cursors = cursorsIn(keys);
  const given = (args[1] as Buffer).toString("latin1");
  const options = readScanOptions(args);
  if (!/^[0-9]{1,20}$/.test(given)) return void out.error(INVALID_CURSOR);
  if (typeof options === "string") return void out.error(options);
  let position = given === "0" ? null : cursors.at(given);
  if (position === null && given !== "0")
    return void out.error(`${INVALID_CURSOR}: it is not of this member, or was forgotten; begin with 0`);
  const found: Uint8Array[] = [];
  for (let left = options.count; left > 0;) {
    const page: KeysPage | null = await keys.keysAfter(position, left);
    if (page === null || client.isGone) return void out.error(NOT_SERVED);
    left -= Math.max(1, page.keys.length);
    for (const key of page.keys) if (options.isOfStrings && (options.pattern === null || matches(options.pattern, key))) found.push(key);
    position = page.next;
    if (position === null) return writeScan(out, "0", found);
  }
  writeScan(out, position === null ? "0" : cursors.add(position, given), found);
}

function writeScan(out: ReplyWriter, cursor: string, keys: readonly Uint8Array[]): void {
  out.array(2).bulkText(cursor);
  writeKeys(out, keys);
}

export const KEY_SPACE_COMMANDS: readonly SlowCommand[] = [
  {
    ...SLOW,
    ...{
      name: "scan",
      arity: -2,
      flags: ["readonly"],
      since: "2.8.0",
      summary: "Go through the keys of this member's group, or of all at the single endpoint.",
    },
    run: scan,
  },
  {
    ...SLOW,
    ...{
      name: "keys",
      arity: 2,
      flags: ["readonly"],
      since: "1.0.0",
      summary: "Get the keys that match a pattern, of this member's group, or of all at the single endpoint.",
    },
    run: async (client, [, pattern], out) => {
      const { keys } = client.surroundings;
      const found: Uint8Array[] = [];
      const isWhole = await eachKey(
        client,
        (position) => keys.keysAfter(position, PAGE_KEYS),
        (key) => {
          if (matches(pattern as Buffer, key)) found.push(key);
          return true;
        },
      );
      if (isWhole) writeKeys(out, found);
      else out.error(NOT_SERVED);
    },
  },
  {
    ...SLOW,
    ...{
      name: "randomkey",
      arity: 1,
      flags: ["readonly"],
      since: "1.0.0",
      summary: "Get some key of this member's group, or of all at the single endpoint.",
    },
    run: async ({ surroundings: { keys } }, _args, out) => {
      const shards = await keys.shuffledShards();
      if (shards === null) return void out.error(NOT_SERVED);
      for (const shard of shards) {
        const page = await keys.keysOfShard({ shard, after: null }, PAGE_KEYS);
        if (page === null) return void out.error(NOT_SERVED);
        const chosen = page.keys.length === 0 ? undefined : page.keys[randomInt(page.keys.length)];
        if (chosen !== undefined) return void out.bulk(chosen);
      }
      out.nil();
    },
  },
  {
    ...SLOW,
    ...{
      name: "dbsize",
      group: "server",
      arity: 1,
      flags: ["readonly", "fast"],
      since: "1.0.0",
      summary: "Count the keys of this member's group, or of all at the single endpoint.",
    },
    run: async ({ surroundings: { keys } }, _args, out) => {
      const count = await keys.count();
      if (count === null) out.error(NOT_SERVED);
      else out.integer(count);
    },
  },
];

const SLOT_KEYS = {
  kind: "slow",
  group: "cluster",
  keys: null,
  flags: ["stale"],
  since: "3.0.0",
  complexity: "O(N) where N is the number of keys of the shard",
} as const;

/** There are no keys here then, as in Redis. */
const isElsewhere = ({ surroundings: { cluster } }: Client, slot: number): boolean =>
  cluster.ranges().some(({ start, end, group }) => group !== cluster.group && slot >= start && slot <= end);

/** Null: it is none, which is found out later. */
function slotIn([, , given]: readonly Buffer[]): number | null {
  const slot = roughNumber(given as Buffer);
  return slot !== null && slot >= 0 && slot < SLOTS ? slot : null;
}

export const SLOT_KEY_COMMANDS: readonly SlowCommand[] = [
  {
    ...SLOT_KEYS,
    ...{ name: "cluster|countkeysinslot", arity: 3, summary: "Count the keys of a slot that this member's group serves." },
    slotIn,
    run: async (client, args, out) => {
      const slot = roughNumber(args[2] as Buffer);
      if (slot === null) return void out.error(NOT_AN_INTEGER);
      if (slot < 0 || slot >= SLOTS) return void out.error("ERR Invalid slot");
      let count = 0;
      const isWhole = await keysOfSlot(client, slot, () => ++count > 0);
      if (isWhole || isElsewhere(client, slot)) out.integer(count);
      else out.error(NOT_SERVED);
    },
  },
  {
    ...SLOT_KEYS,
    ...{ name: "cluster|getkeysinslot", arity: 4, summary: "Get keys of a slot that this member's group serves." },
    slotIn,
    run: async (client, args, out) => {
      const [slot, count] = [roughNumber(args[2] as Buffer), roughNumber(args[3] as Buffer)];
      if (slot === null || count === null) return void out.error(NOT_AN_INTEGER);
      if (slot < 0 || slot >= SLOTS || count < 0) return void out.error("ERR Invalid slot or number of keys");
      const found: Uint8Array[] = [];
      const isWhole = await keysOfSlot(client, slot, (key) => {
        if (found.length < count) found.push(key);
        return found.length < count;
      });
      if (isWhole || isElsewhere(client, slot)) writeKeys(out, found);
      else out.error(NOT_SERVED);
    },
  },
];
