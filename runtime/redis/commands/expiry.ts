// Commands about when keys end. Times are log time, which follows the wall clocks of a majority.
import type { ExpireCondition, KvOperation } from "../../../core/kv/commands.ts";
import { FOREVER, NO_GUARDS } from "../../../core/kv/commands.ts";
import { textIn } from "../error-texts.ts";
import { failed, oneOrZero } from "./answers.ts";
import type { Arguments, DataCommand } from "./command.ts";
import { ONE_KEY } from "./command.ts";
import type { TimeUnit } from "./numbers.ts";
import { anyTimeToLive } from "./numbers.ts";

const EXPIRY = { kind: "data", group: "generic", complexity: "O(1)", keys: ONE_KEY } as const;
const ABSENT = -2;
const FOR_EVER = -1;

const CONFLICT = "ERR NX and XX, GT or LT options at the same time are not compatible";
const GREATER_AND_LESS = "ERR GT and LT options at the same time are not compatible";

function readCondition(args: Arguments): { readonly only?: ExpireCondition } | string {
  const words = new Set<string>();
  for (const argument of args.slice(3)) {
    const word = argument.toString("latin1").toLowerCase();
    if (!["nx", "xx", "gt", "lt"].includes(word)) return `ERR Unsupported option ${textIn(argument, argument.length)}`;
    words.add(word);
  }
  if (words.has("nx") && words.size > 1) return CONFLICT;
  if (words.has("gt") && words.has("lt")) return GREATER_AND_LESS;
  if (words.has("nx")) return { only: "ifForever" };
  if (words.has("gt")) return { only: "ifLater" };
  if (words.has("lt")) return { only: words.has("xx") ? "ifLimitedAndEarlier" : "ifEarlier" };
  return words.has("xx") ? { only: "ifLimited" } : {};
}

function expiring(name: string, unit: TimeUnit): Pick<DataCommand, "name" | "plan" | "answer" | "arity" | "flags"> {
  return {
    ...{ name, arity: -3, flags: ["write", "fast"] },
    plan: (args) => {
      const condition = readCondition(args);
      if (typeof condition === "string") return condition;
      const ttl = anyTimeToLive(args[2] as Buffer, unit, name);
      if (typeof ttl === "string") return ttl;
      return { operations: [{ kind: "expire", key: args[1] as Buffer, guards: NO_GUARDS, ttl, ...condition }] };
    },
    answer: oneOrZero,
  };
}

type Shown = (deadlineMs: number, nowMs: number) => number;

function telling(name: string, shown: Shown): Pick<DataCommand, "name" | "plan" | "answer" | "arity" | "flags"> {
  return {
    ...{ name, arity: 2, flags: ["readonly", "fast"] },
    plan: ([, key]) => ({ operations: [{ kind: "describe", key: key as Buffer }] satisfies KvOperation[] }),
    answer: (results, told) => {
      const result = results?.[0];
      if (result?.kind === "absent") told.out.integer(ABSENT);
      else if (result?.kind === "described") told.out.integer(result.deadlineMs === 0 ? FOR_EVER : shown(result.deadlineMs, told.nowMs));
      else failed(result, told);
    },
  };
}

/** Half a second is rounded up, as redis-server does. */
const seconds = (ms: number): number => Math.floor((ms + 500) / 1_000);
const left = (deadlineMs: number, nowMs: number): number => Math.max(0, Math.round(deadlineMs - nowMs));

export const EXPIRY_COMMANDS: readonly DataCommand[] = [
  {
    ...EXPIRY,
    ...expiring("expire", { unit: "seconds", from: "now" }),
    ...{ since: "1.0.0", summary: "Let a key end after so many seconds." },
  },
  {
    ...EXPIRY,
    ...expiring("pexpire", { unit: "milliseconds", from: "now" }),
    ...{ since: "2.6.0", summary: "Let a key end after so many milliseconds." },
  },
  {
    ...EXPIRY,
    ...expiring("expireat", { unit: "seconds", from: "epoch" }),
    ...{ since: "1.2.0", summary: "Let a key end at a moment in seconds since 1970." },
  },
  {
    ...EXPIRY,
    ...expiring("pexpireat", { unit: "milliseconds", from: "epoch" }),
    ...{ since: "2.6.0", summary: "Let a key end at a moment in milliseconds since 1970." },
  },
  {
    ...EXPIRY,
    ...telling("ttl", (deadlineMs, nowMs) => seconds(left(deadlineMs, nowMs))),
    ...{ since: "1.0.0", summary: "How many seconds a key has left." },
  },
  { ...EXPIRY, ...telling("pttl", left), ...{ since: "2.6.0", summary: "How many milliseconds a key has left." } },
  {
    ...EXPIRY,
    ...telling("expiretime", (deadlineMs) => seconds(deadlineMs)),
    ...{ since: "7.0.0", summary: "When a key ends, in seconds since 1970." },
  },
  {
    ...EXPIRY,
    ...telling("pexpiretime", (deadlineMs) => deadlineMs),
    ...{ since: "7.0.0", summary: "When a key ends, in milliseconds since 1970." },
  },
  {
    ...EXPIRY,
    ...{ name: "persist", arity: 2, flags: ["write", "fast"], since: "2.2.0", summary: "Let a key stay." },
    plan: ([, key]) => ({ operations: [{ kind: "expire", key: key as Buffer, guards: NO_GUARDS, ttl: FOREVER, only: "ifLimited" }] }),
    answer: oneOrZero,
  },
];
