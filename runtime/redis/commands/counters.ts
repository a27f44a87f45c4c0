// Commands that count in values.
import type { KvOperation } from "../../../core/kv/commands.ts";
import { NO_GUARDS } from "../../../core/kv/commands.ts";
import { extendedOf } from "../../../core/kv/extended-floats.ts";
import { INTEGER_MIN } from "../../../core/kv/integers.ts";
import { DECREMENT_OVERFLOW, NOT_A_FLOAT, NOT_AN_INTEGER } from "../error-texts.ts";
import { failed, firstValue } from "./answers.ts";
import type { DataCommand } from "./command.ts";
import { ONE_KEY } from "./command.ts";
import { wholeNumber } from "./numbers.ts";

const COUNTER = { kind: "data", group: "string", complexity: "O(1)", keys: ONE_KEY, flags: ["write", "denyoom", "fast"] } as const;

const by = (key: Buffer, amount: bigint): readonly KvOperation[] => [{ kind: "increment", key, guards: NO_GUARDS, by: amount }];

const sum: DataCommand["answer"] = (results, told) => {
  const result = results?.[0];
  if (result?.kind === "incremented") told.out.integer(result.value);
  else failed(result, told);
};

/** So small that no number of the store is as small: it would count as nothing, and redis-server takes no such number. */
function isTooSmall(amount: Buffer): boolean {
  const counted = extendedOf(amount);
  if (counted === null || typeof counted === "string" || counted.significand !== 0n) return false;
  const [digits = ""] = amount.toString("latin1").split(/e/i);
  return /[1-9]/.test(digits);
}

export const COUNTER_COMMANDS: readonly DataCommand[] = [
  {
    ...COUNTER,
    ...{ name: "incr", arity: 2, since: "1.0.0", summary: "Add one to a number." },
    plan: ([, key]) => ({ operations: by(key as Buffer, 1n) }),
    answer: sum,
  },
  {
    ...COUNTER,
    ...{ name: "incrby", arity: 3, since: "1.0.0", summary: "Add to a number." },
    plan: ([, key, amount]) => {
      const added = wholeNumber(amount as Buffer);
      return added === null ? NOT_AN_INTEGER : { operations: by(key as Buffer, added) };
    },
    answer: sum,
  },
  {
    ...COUNTER,
    ...{ name: "decr", arity: 2, since: "1.0.0", summary: "Subtract one from a number." },
    plan: ([, key]) => ({ operations: by(key as Buffer, -1n) }),
    answer: sum,
  },
  {
    ...COUNTER,
    ...{ name: "decrby", arity: 3, since: "1.0.0", summary: "Subtract from a number." },
    plan: ([, key, amount]) => {
      const taken = wholeNumber(amount as Buffer);
      if (taken === null) return NOT_AN_INTEGER;
      return taken === INTEGER_MIN ? DECREMENT_OVERFLOW : { operations: by(key as Buffer, -taken) };
    },
    answer: sum,
  },
  {
    ...COUNTER,
    ...{ name: "incrbyfloat", arity: 3, since: "2.6.0", summary: "Add to a decimal fraction." },
    plan: ([, key, amount]) => {
      if (extendedOf(amount as Buffer) === null || isTooSmall(amount as Buffer)) return NOT_A_FLOAT;
      return { operations: [{ kind: "incrementFloat", key: key as Buffer, guards: NO_GUARDS, by: amount as Buffer }] };
    },
    answer: firstValue,
  },
];
