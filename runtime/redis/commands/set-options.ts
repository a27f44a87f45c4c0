// The options of SET and GETEX: a small grammar in which some words exclude others.
import type { TimeToLive } from "../../../core/kv/commands.ts";
import { SYNTAX } from "../error-texts.ts";
import type { Arguments } from "./command.ts";
import type { TimeUnit } from "./numbers.ts";
import { positiveTimeToLive } from "./numbers.ts";

export type SetOptions = {
  readonly only: "ifAbsent" | "ifPresent" | null;
  readonly returnsOld: boolean;
  /** Null: not spoken of. */
  readonly ttl: TimeToLive | null;
};

const UNITS: Readonly<Record<string, TimeUnit>> = {
  ex: { unit: "seconds", from: "now" },
  px: { unit: "milliseconds", from: "now" },
  exat: { unit: "seconds", from: "epoch" },
  pxat: { unit: "milliseconds", from: "epoch" },
};

/** A text is the error. */
export function readSetOptions(command: "set" | "getex", args: Arguments, from: number): SetOptions | string {
  let only: SetOptions["only"] = null;
  let returnsOld = false;
  /** Which word spoke of the time to live, and its argument. */
  let time: { readonly word: string; readonly argument: Buffer | null } | null = null;
  for (let i = from; i < args.length; i++) {
    const word = (args[i] as Buffer).toString("latin1").toLowerCase();
    if (command === "set" && word === "nx" && only !== "ifPresent") only = "ifAbsent";
    else if (command === "set" && word === "xx" && only !== "ifAbsent") only = "ifPresent";
    else if (command === "set" && word === "get") returnsOld = true;
    else if (word === (command === "set" ? "keepttl" : "persist") && (time === null || time.word === word)) time = { word, argument: null };
    else if (Object.hasOwn(UNITS, word) && (time === null || time.word === word) && i + 1 < args.length)
      time = { word, argument: args[++i] as Buffer };
    else return SYNTAX;
  }
  if (time === null) return { only, returnsOld, ttl: null };
  if (time.argument === null) return { only, returnsOld, ttl: { kind: time.word === "keepttl" ? "keep" : "forever" } };
  const ttl = positiveTimeToLive(time.argument, UNITS[time.word] as TimeUnit, command);
  return typeof ttl === "string" ? ttl : { only, returnsOld, ttl };
}
