// Commands that look through all keys of the member that is asked: its group's, each shard at its own moment.
import { randomBytes, randomInt } from "node:crypto";
import { slotOf, shardOfSlot, SLOTS } from "../../../core/shards/slots.ts";
import type { Client } from "../client.ts";
import { NOT_AN_INTEGER, SYNTAX } from "../error-texts.ts";
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

/** Of this process. */
const cursors = new ScanCursors(randomBytes(5).readUIntBE(0, 5) === 0 ? 1n : BigInt(randomInt(2 ** 40)) << 8n);

/** Calls back with each key, until that returns false. False: not all could be read. */
async function eachKey({ surroundings: { reader } }: Client, shard: number, onKey: (key: Uint8Array) => boolean): Promise<boolean> {
  let after: Uint8Array | null = null;
  for (;;) {
    const page = await reader.page({ shard, after, limit: PAGE_KEYS });
    if (page === null) return false;
    for (const { key } of page.entries) if (!onKey(key)) return true;
    if (page.next === null) return true;
    after = page.next;
  }
}

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
  const { reader } = client.surroundings;
  const given = (args[1] as Buffer).toString("latin1");
  const options = readScanOptions(args);
  if (!/^[0-9]{1,20}$/.test(given)) return void out.error(INVALID_CURSOR);
  if (typeof options === "string") return void out.error(options);
  const shards = reader.servedShards;
  const position = given === "0" ? { shard: shards[0] ?? 0, after: null } : cursors.at(given);
  if (position === null) return void out.error(`${INVALID_CURSOR}: it is not of this member, or was forgotten; begin with 0`);
  const found: Uint8Array[] = [];
  let [left, after] = [options.count, position.after];
  for (const shard of shards.filter((each) => each >= position.shard)) {
    // Shards without keys cost nothing.
    while (reader.keysIn(shard) > 0) {
      if (left <= 0) return writeScan(out, cursors.add({ shard, after }), found);
      const page = await reader.page({ shard, after, limit: left });
      if (page === null) return void out.error(NOT_SERVED);
      left -= Math.max(1, page.entries.length);
      for (const { key } of page.entries)
        if (options.isOfStrings && (options.pattern === null || matches(options.pattern, key))) found.push(key);
      after = page.next;
      if (after === null) break;
    }
    after = null;
  }
  writeScan(out, "0", found);
}

function writeScan(out: ReplyWriter, cursor: string, keys: readonly Uint8Array[]): void {
  out.array(2).bulkText(cursor);
  writeKeys(out, keys);
}

export const KEY_SPACE_COMMANDS: readonly SlowCommand[] = [
  {
    ...SLOW,
    ...{ name: "scan", arity: -2, flags: ["readonly"], since: "2.8.0", summary: "Go through the keys of this member's group." },
    run: scan,
  },
  {
    ...SLOW,
    ...{
      name: "keys",
      arity: 2,
      flags: ["readonly"],
      since: "1.0.0",
      summary: "Get the keys of this member's group that match a pattern.",
    },
    run: async (client, [, pattern], out) => {
      const found: Uint8Array[] = [];
      for (const shard of client.surroundings.reader.servedShards) {
        const isWhole = await eachKey(client, shard, (key) => {
          if (matches(pattern as Buffer, key)) found.push(key);
          return true;
        });
        if (!isWhole) return void out.error(NOT_SERVED);
      }
      writeKeys(out, found);
    },
  },
  {
    ...SLOW,
    ...{ name: "randomkey", arity: 1, flags: ["readonly"], since: "1.0.0", summary: "Get some key of this member's group." },
    run: async ({ surroundings: { reader } }, _args, out) => {
      const shards = reader.servedShards.filter((shard) => reader.keysIn(shard) > 0);
      while (shards.length > 0) {
        const [shard = 0] = shards.splice(randomInt(shards.length), 1);
        const { entries = [] } = (await reader.page({ shard, after: null, limit: PAGE_KEYS })) ?? {};
        const chosen = entries.length === 0 ? undefined : entries[randomInt(entries.length)];
        if (chosen !== undefined) return void out.bulk(chosen.key);
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
      summary: "Count the keys of this member's group.",
    },
    run: async ({ surroundings: { reader } }, _args, out) => {
      if (!(await reader.catchUp())) return void out.error(NOT_SERVED);
      out.integer(reader.servedShards.reduce((sum, shard) => sum + reader.keysIn(shard), 0));
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

/** Null, and the error is told, if it is none. */
function slotIn(argument: Buffer, out: ReplyWriter): number | null {
  const slot = roughNumber(argument);
  if (slot === null) return (out.error(NOT_AN_INTEGER), null);
  if (slot < 0 || slot >= SLOTS) return (out.error("ERR Invalid slot"), null);
  return slot;
}

export const SLOT_KEY_COMMANDS: readonly SlowCommand[] = [
  {
    ...SLOT_KEYS,
    ...{ name: "cluster|countkeysinslot", arity: 3, summary: "Count the keys of a slot that this member's group serves." },
    run: async (client, args, out) => {
      const slot = slotIn(args[2] as Buffer, out);
      if (slot === null) return;
      let count = 0;
      await eachKey(client, shardOfSlot(slot), (key) => {
        if (slotOf(key) === slot) count++;
        return true;
      });
      out.integer(count);
    },
  },
  {
    ...SLOT_KEYS,
    ...{ name: "cluster|getkeysinslot", arity: 4, summary: "Get keys of a slot that this member's group serves." },
    run: async (client, args, out) => {
      const slot = slotIn(args[2] as Buffer, out);
      if (slot === null) return;
      const count = roughNumber(args[3] as Buffer);
      if (count === null) return void out.error(NOT_AN_INTEGER);
      if (count < 0) return void out.error("ERR Invalid number of keys");
      const found: Uint8Array[] = [];
      await eachKey(client, shardOfSlot(slot), (key) => {
        if (slotOf(key) === slot && found.length < count) found.push(key);
        return found.length < count;
      });
      writeKeys(out, found);
    },
  },
];
