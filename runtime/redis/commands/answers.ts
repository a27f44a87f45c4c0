// How results of the store are told, as far as several commands tell them the same way.
import type { KvSingleResult } from "../../../core/kv/results.ts";
import { NOT_A_FLOAT, NOT_AN_INTEGER, OLD_VALUE_LEFT_OUT, OVERFLOW, FLOAT_OVERFLOW, VALUE_TOO_LARGE } from "../error-texts.ts";
import type { ReplyWriter } from "../protocol/reply-writer.ts";
import type { DataCommand, Told } from "./command.ts";

type Answer = DataCommand["answer"];
export type Results = readonly KvSingleResult[];

const FAILURES: Readonly<Partial<Record<KvSingleResult["kind"], string>>> = {
  notAnInteger: NOT_AN_INTEGER,
  notANumber: NOT_A_FLOAT,
  tooLarge: VALUE_TOO_LARGE,
};

const CHANGED: ReadonlySet<string> = new Set(["written", "unchanged", "deleted"]);

/** Writes the error that a result is; false: it is none. */
export function failed(result: KvSingleResult | undefined, { out, does }: Told): boolean {
  if (result === undefined) out.error("ERR the answer can't be read");
  else if (result.kind === "badRequest") out.error(`ERR ${result.message}`);
  else if (result.kind === "overflow") out.error(does === "incrementFloat" ? FLOAT_OVERFLOW : OVERFLOW);
  else {
    const text = FAILURES[result.kind];
    if (text === undefined) return false;
    out.error(text);
  }
  return true;
}

/** The first that is one. */
export function anyFailed(results: Results, told: Told): boolean {
  for (const result of results) if (failed(result, told)) return true;
  return false;
}

export function writeValue(out: ReplyWriter, result: KvSingleResult | undefined): void {
  if (result?.kind === "found" || result?.kind === "computed") out.bulk(result.value);
  else out.nil();
}

/** The value that the first result found, or nothing. */
export const firstValue: Answer = (results, told) => {
  if (results === null) told.out.nil();
  else if (results[0]?.kind === "tooLarge" && CHANGED.has(results[1]?.kind ?? "")) told.out.error(OLD_VALUE_LEFT_OUT);
  else if (!anyFailed(results, told)) writeValue(told.out, results[0]);
};

/** OK if it was done, and nothing where a condition did not hold. */
export const okOrNothing: Answer = (results, told) => {
  const result = results?.at(-1);
  if (results === null || result?.kind === "versionMismatch") told.out.nil();
  else if (!anyFailed(results, told)) told.out.simple("OK");
};

/** 1 if it was done, and 0 where it was not. */
export const oneOrZero: Answer = (results, told) => {
  const result = results?.at(-1);
  if (results === null || result?.kind === "versionMismatch" || result?.kind === "absent") told.out.integer(0);
  else if (!anyFailed(results, told)) told.out.integer(1);
};

/** How many of them this is true of. */
export const countOf =
  (isCounted: (result: KvSingleResult) => boolean): Answer =>
  (results, told) => {
    if (!anyFailed(results ?? [], told)) told.out.integer((results ?? []).filter(isCounted).length);
  };

export const lengthOfValue: Answer = (results, told) => {
  const result = results?.[0];
  if (result?.kind === "appended" || result?.kind === "described") told.out.integer(result.length);
  else if (result?.kind === "absent") told.out.integer(0);
  else failed(result, told);
};
