// Numbers in arguments.
import { INTEGER_MAX, INTEGER_MIN, integerOf } from "../../../core/kv/integers.ts";
import { DEADLINE_MS_MAX } from "../../../core/kv/limits.ts";
import type { TimeToLive } from "../../../core/kv/commands.ts";
import { invalidExpireTime, NOT_AN_INTEGER } from "../error-texts.ts";

/** As redis-server takes it: 64 bits, signed, in its shortest form. */
export const wholeNumber = (argument: Buffer): bigint | null => integerOf(argument);

/** A number of 64 bits as near to it as a number of JavaScript can be. */
export function roughNumber(argument: Buffer): number | null {
  const number = integerOf(argument);
  return number === null ? null : Number(number);
}

export type TimeUnit = { readonly unit: "seconds" | "milliseconds"; readonly from: "now" | "epoch" };

/** A time to live that has to lie ahead, as SET takes it; a text is the error. */
export function positiveTimeToLive(argument: Buffer, { unit, from }: TimeUnit, command: string): TimeToLive | string {
  const given = wholeNumber(argument);
  if (given === null) return NOT_AN_INTEGER;
  const ms = unit === "seconds" ? given * 1_000n : given;
  if (given <= 0n || ms > BigInt(DEADLINE_MS_MAX)) return invalidExpireTime(command);
  return { kind: from === "now" ? "after" : "at", ms: Number(ms) };
}

/** A time to live as EXPIRE takes it: one that has passed ends the key at once. */
export function anyTimeToLive(argument: Buffer, { unit, from }: TimeUnit, command: string): TimeToLive | string {
  const given = wholeNumber(argument);
  if (given === null) return NOT_AN_INTEGER;
  const ms = unit === "seconds" ? given * 1_000n : given;
  if (ms > INTEGER_MAX || ms < INTEGER_MIN || ms > BigInt(DEADLINE_MS_MAX)) return invalidExpireTime(command);
  if (ms <= 0n) return PASSED;
  return { kind: from === "now" ? "after" : "at", ms: Number(ms) };
}

const PASSED: TimeToLive = { kind: "at", ms: 1 };
