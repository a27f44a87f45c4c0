// Commands that read and write values.
import type { Guards, KvOperation } from "../../../core/kv/commands.ts";
import { NO_GUARDS } from "../../../core/kv/commands.ts";
import { NOT_AN_INTEGER, OFFSET_OUT_OF_RANGE, SYNTAX, VALUE_TOO_LARGE, wrongArity } from "../error-texts.ts";
import { anyFailed, failed, firstValue, lengthOfValue, okOrNothing, oneOrZero, writeValue } from "./answers.ts";
import type { DataCommand, Plan } from "./command.ts";
import { ALL_KEYS, KEYS_AND_VALUES, ONE_KEY } from "./command.ts";
import { positiveTimeToLive, roughNumber, wholeNumber } from "./numbers.ts";
import { readSetOptions } from "./set-options.ts";

const IF_ABSENT: Guards = { ifVersion: 0, ifRevision: null };
const IF_PRESENT: Guards = { ifVersion: null, ifRevision: null, ifPresent: true };
const NOTHING = "nothing";
const OFFSET_MAX = 536_870_912;
const STRING = { kind: "data", group: "string", complexity: "O(1)", keys: ONE_KEY } as const;

const get = (key: Buffer): KvOperation => ({ kind: "get", key });

function withTime(command: "setex" | "psetex"): Pick<DataCommand, "plan" | "answer"> {
  const unit = command === "setex" ? ({ unit: "seconds", from: "now" } as const) : ({ unit: "milliseconds", from: "now" } as const);
  return {
    plan: ([, key, time, value]) => {
      const ttl = positiveTimeToLive(time as Buffer, unit, command);
      if (typeof ttl === "string") return ttl;
      return { operations: [{ kind: "put", key: key as Buffer, guards: NO_GUARDS, value: value as Buffer, ttl }] };
    },
    answer: okOrNothing,
  };
}

function puts(args: readonly Buffer[]): readonly KvOperation[] {
  const operations: KvOperation[] = [];
  for (let i = 1; i + 1 < args.length; i += 2)
    operations.push({ kind: "put", key: args[i] as Buffer, guards: NO_GUARDS, value: args[i + 1] as Buffer });
  return operations;
}

export const STRING_COMMANDS: readonly DataCommand[] = [
  {
    ...STRING,
    ...{ name: "get", arity: 2, flags: ["readonly", "fast"], since: "1.0.0", summary: "Get the value of a key." },
    plan: ([, key]) => ({ operations: [get(key as Buffer)] }),
    answer: firstValue,
  },
  {
    ...STRING,
    ...{
      name: "set",
      arity: -3,
      flags: ["write", "denyoom"],
      since: "1.0.0",
      summary: "Set the value of a key, on conditions, with a time to live.",
    },
    plan: (args) => {
      const [, key, value] = args as readonly [Buffer, Buffer, Buffer];
      const options = args.length === 3 ? null : readSetOptions("set", args, 3);
      if (typeof options === "string") return options;
      const guards = options === null || options.only === null ? NO_GUARDS : options.only === "ifAbsent" ? IF_ABSENT : IF_PRESENT;
      const ttl = options === null ? null : options.ttl;
      const put: KvOperation = ttl === null ? { kind: "put", key, guards, value } : { kind: "put", key, guards, value, ttl };
      return options?.returnsOld === true ? { operations: [get(key), put], detail: "old" } : { operations: [put] };
    },
    answer: (results, told) => (told.detail === "old" ? firstValue : okOrNothing)(results, told),
  },
  {
    ...STRING,
    ...{
      name: "setnx",
      arity: 3,
      flags: ["write", "denyoom", "fast"],
      since: "1.0.0",
      summary: "Set the value of a key that is not there.",
    },
    plan: ([, key, value]) => ({ operations: [{ kind: "put", key: key as Buffer, guards: IF_ABSENT, value: value as Buffer }] }),
    answer: oneOrZero,
  },
  {
    ...STRING,
    ...{
      name: "setex",
      arity: 4,
      flags: ["write", "denyoom"],
      since: "2.0.0",
      summary: "Set the value of a key and its time to live in seconds.",
    },
    ...withTime("setex"),
  },
  {
    ...STRING,
    ...{
      name: "psetex",
      arity: 4,
      flags: ["write", "denyoom"],
      since: "2.6.0",
      summary: "Set the value of a key and its time to live in milliseconds.",
    },
    ...withTime("psetex"),
  },
  {
    ...STRING,
    ...{
      name: "getset",
      arity: 3,
      flags: ["write", "denyoom", "fast"],
      since: "1.0.0",
      summary: "Set the value of a key and get the one before.",
    },
    plan: ([, key, value]) => ({
      operations: [get(key as Buffer), { kind: "put", key: key as Buffer, guards: NO_GUARDS, value: value as Buffer }],
    }),
    answer: firstValue,
  },
  {
    ...STRING,
    ...{ name: "getdel", arity: 2, flags: ["write", "fast"], since: "6.2.0", summary: "Get the value of a key and delete it." },
    plan: ([, key]) => ({ operations: [get(key as Buffer), { kind: "delete", key: key as Buffer, guards: NO_GUARDS }] }),
    answer: firstValue,
  },
  {
    ...STRING,
    ...{
      name: "getex",
      arity: -2,
      flags: ["write", "fast"],
      since: "6.2.0",
      summary: "Get the value of a key and change its time to live.",
    },
    plan: (args) => {
      const key = args[1] as Buffer;
      const options = readSetOptions("getex", args, 2);
      if (options === SYNTAX) return SYNTAX;
      // Whether the time is one is looked at only if there is a key, as redis-server does.
      if (typeof options === "string") return { operations: [get(key)], detail: options };
      if (options.ttl === null) return { operations: [get(key)] };
      return { operations: [get(key), { kind: "expire", key, guards: NO_GUARDS, ttl: options.ttl }] };
    },
    answer: (results, told) => {
      const { detail } = told;
      if (typeof detail === "string" && results?.[0]?.kind === "found") told.out.error(detail);
      else firstValue(results, told);
    },
  },
  {
    ...STRING,
    ...{
      name: "mget",
      arity: -2,
      flags: ["readonly", "fast"],
      since: "1.0.0",
      summary: "Get the values of several keys of one slot.",
      keys: ALL_KEYS,
    },
    complexity: "O(N) where N is the number of keys",
    plan: (args) => ({ operations: args.slice(1).map(get) }),
    answer: (results, told) => {
      if (anyFailed(results ?? [], told)) return;
      told.out.array(results?.length ?? 0);
      for (const result of results ?? []) writeValue(told.out, result);
    },
  },
  {
    ...STRING,
    ...{
      name: "mset",
      arity: -3,
      flags: ["write", "denyoom"],
      since: "1.0.1",
      summary: "Set the values of several keys of one slot at once.",
    },
    ...{ keys: KEYS_AND_VALUES, complexity: "O(N) where N is the number of keys" },
    plan: (args) => (args.length % 2 === 1 ? { operations: puts(args) } : wrongArity("mset")),
    answer: okOrNothing,
  },
  {
    ...STRING,
    ...{
      name: "msetnx",
      arity: -3,
      flags: ["write", "denyoom"],
      since: "1.0.1",
      summary: "Set the values of several keys of one slot if none of them is there.",
    },
    ...{ keys: KEYS_AND_VALUES, complexity: "O(N) where N is the number of keys" },
    plan: (args): Plan | string => {
      if (args.length % 2 === 0) return wrongArity("msetnx");
      const operations = puts(args);
      return { operations, compare: operations.map(({ key }) => ({ kind: "presence", key, isPresent: false })) };
    },
    answer: oneOrZero,
  },
  {
    ...STRING,
    ...{ name: "append", arity: 3, flags: ["write", "denyoom", "fast"], since: "2.0.0", summary: "Add to the end of a value." },
    plan: ([, key, value]) => ({ operations: [{ kind: "append", key: key as Buffer, guards: NO_GUARDS, value: value as Buffer }] }),
    answer: lengthOfValue,
  },
  {
    ...STRING,
    ...{ name: "strlen", arity: 2, flags: ["readonly", "fast"], since: "2.2.0", summary: "Get the length of a value." },
    plan: ([, key]) => ({ operations: [{ kind: "describe", key: key as Buffer }] }),
    answer: lengthOfValue,
  },
  {
    ...STRING,
    ...{ name: "getrange", arity: 4, flags: ["readonly"], since: "2.4.0", summary: "Get a part of a value." },
    complexity: "O(N) where N is the length of the value",
    plan: ([, key, first, last]) => {
      const [from, to] = [wholeNumber(first as Buffer), wholeNumber(last as Buffer)];
      if (from === null || to === null) return NOT_AN_INTEGER;
      // Both count from the end, and the last comes first: looked at before anything is rounded.
      if (from < 0n && to < 0n && from > to) return { operations: [get(key as Buffer)], detail: NOTHING };
      return { operations: [get(key as Buffer)], detail: `${from} ${to}` };
    },
    answer: (results, told) => {
      const result = results?.[0];
      if (failed(result, told)) return;
      const [from = 0, to = 0] = String(told.detail).split(" ").map(Number);
      told.out.bulk(result?.kind === "found" && told.detail !== NOTHING ? rangeOf(result.value, from, to) : Buffer.alloc(0));
    },
  },
  {
    ...STRING,
    ...{ name: "setrange", arity: 4, flags: ["write", "denyoom"], since: "2.2.0", summary: "Replace a part of a value." },
    plan: ([, key, given, value]) => {
      const offset = roughNumber(given as Buffer);
      if (offset === null) return NOT_AN_INTEGER;
      if (offset < 0) return OFFSET_OUT_OF_RANGE;
      if ((value as Buffer).length === 0) return { operations: [{ kind: "describe", key: key as Buffer }] };
      if (offset > OFFSET_MAX) return VALUE_TOO_LARGE;
      return { operations: [{ kind: "setRange", key: key as Buffer, guards: NO_GUARDS, offset, value: value as Buffer }] };
    },
    answer: lengthOfValue,
  },
];

/** Negative positions count from the end; the last is in it. */
function rangeOf(value: Uint8Array, from: number, to: number): Uint8Array {
  const { length } = value;
  const first = Math.max(0, from < 0 ? length + from : from);
  const last = Math.min(length - 1, Math.max(0, to < 0 ? length + to : to));
  return first > last ? value.subarray(0, 0) : value.subarray(first, last + 1);
}
