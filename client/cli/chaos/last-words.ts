// What a process said with the highest level that there is, last of all: why it ended, where it knew. Pure.
import { fieldsOf, parseJson, textOf } from "../json.ts";

/** Of the end of its log; empty where it said nothing of the kind. */
export function lastWordsIn(log: string): string {
  const fatal = log
    .split("\n")
    .map((line) => fieldsOf(parseJson(line)))
    .filter(({ level }) => level === "fatal");
  return textOf(fatal.at(-1)?.["message"]) ?? "";
}

/** A member that begins anew because its disk was emptied does what it should. */
export const beginsAnew = (lastWords: string): boolean => /\b(?:wiped|removed)\b/.test(lastWords);
