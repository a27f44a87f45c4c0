// What can be told of a command or query without looking at the state: which keys it is about and whether they belong
// together (those of a transaction in one slot, those of a batch in one shard), whether it may make the state larger, and
// which version knows it. An operation that comes later raises VERSION_OF. And whether it may take more than any command should.
import { shardOf, slotOf } from "../shards/slots.ts";
import type { KvCommand, KvOperation, KvQuery, KvScan } from "./commands.ts";
import { isCompound } from "./commands.ts";
import { FRACTIONS_MAX, WHOLE_VALUES_MAX } from "./limits.ts";

/** In order, repetitions included. A scan is about none: whoever asks names the shard. */
export function keysOf(command: KvCommand | KvQuery): readonly Uint8Array[] {
  switch (command.kind) {
    case "scan":
      return [];
    case "txn":
      return [...command.compare.map(({ key }) => key), ...keysOfAll(command.then), ...keysOfAll(command.else)];
    case "batch":
      return keysOfAll(command.operations);
    case "guardedBatch":
      return [...command.compare.map(({ key }) => key), ...keysOfAll(command.operations)];
    case "rename":
      return [command.key, command.to];
    default:
      return [command.key];
  }
}

const keysOfAll = (operations: readonly KvOperation[]): readonly Uint8Array[] =>
  operations.flatMap((operation) => (operation.kind === "rename" ? [operation.key, operation.to] : [operation.key]));

/** Null: there is no key, or the keys are not of one shard. */
export function shardOfCommand(command: KvCommand | KvQuery): number | null {
  // The usual case without an array.
  if ("key" in command && command.kind !== "rename") return shardOf(command.key);
  return theOne(keysOf(command), shardOf);
}

export function areOfOneSlot(keys: readonly Uint8Array[]): boolean {
  return theOne(keys, slotOf) !== null;
}

function theOne(keys: readonly Uint8Array[], placeOf: (key: Uint8Array) => number): number | null {
  const [first, ...others] = keys;
  if (first === undefined) return null;
  const place = placeOf(first);
  return others.every((key) => placeOf(key) === place) ? place : null;
}

/** The group version that every member must have reached before a command with an operation of this kind may be proposed. */
const VERSION_OF = {
  put: 1,
  append: 1,
  delete: 1,
  get: 1,
  increment: 1,
  expire: 1,
  describe: 1,
  setRange: 1,
  incrementFloat: 1,
  rename: 1,
  txn: 1,
  batch: 1,
  guardedBatch: 1,
} as const satisfies Record<KvCommand["kind"] | KvOperation["kind"], number>;

/** Null: bytes that are no command, which every version answers as such. */
export function versionOfCommand(command: KvCommand | null): number {
  if (command === null) return 1;
  const parts = operationsOf(command).map(({ kind }) => VERSION_OF[kind]);
  return Math.max(VERSION_OF[command.kind], ...parts);
}

/** Whether the command may make the state larger. */
export function commandGrows(command: KvCommand | null): boolean {
  return command === null || operationsOf(command).some(({ kind }) => GROWS[kind]);
}

const GROWS: Readonly<Record<KvOperation["kind"], boolean>> = {
  put: true,
  append: true,
  delete: false,
  get: false,
  increment: true,
  expire: false,
  describe: false,
  setRange: true,
  incrementFloat: true,
  rename: true,
};

/**
 * Null: whatever the state is, the answer has room in a session that can be moved, and applying it holds nobody up for long.
 * Not asked where commands are applied: a member that took the command would part from those of a version that did not.
 */
export function whyTooMuch(command: KvCommand | null): string | null {
  if (command === null || !isCompound(command)) return null;
  const operations = operationsOf(command);
  for (const { kinds, most, does } of COSTLY) {
    const count = operations.filter(({ kind }) => kinds.includes(kind)).length;
    if (count > most) return `one command ${does(String(most))}, not ${String(count)}`;
  }
  return null;
}

type Costly = { readonly kinds: readonly KvOperation["kind"][]; readonly most: number; readonly does: (most: string) => string };

/** Of other kinds an entry holds no more than can be done at once: they take about as long as their own bytes do. */
const COSTLY: readonly Costly[] = [
  { kinds: ["incrementFloat"], most: FRACTIONS_MAX, does: (most) => `adds to at most ${most} decimal fractions` },
  { kinds: ["setRange", "rename"], most: WHOLE_VALUES_MAX, does: (most) => `has at most ${most} writes of ranges and renamings` },
];

/** The operations that may be executed: of both branches of a transaction. */
export function operationsOf(command: KvCommand | Exclude<KvQuery, KvScan>): readonly KvOperation[] {
  if (!isCompound(command)) return [command];
  return command.kind === "txn" ? [...command.then, ...command.else] : command.operations;
}
