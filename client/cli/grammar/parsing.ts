// From words to a command and what was given to it. Whatever can't be understood is refused before anything happens, in a
// line that names it and a line that says what to type instead. Pure.
import { parseArgs } from "node:util";
import { UsageError } from "../trouble.ts";
import type { Argument, Command, Flag } from "./command.ts";
import { GLOBAL_FLAGS } from "./command.ts";
import { Given } from "./given.ts";
import type { GivenValue } from "./given.ts";
import { nearest } from "./near-words.ts";

export type Parsed =
  | { readonly kind: "run"; readonly command: Command; readonly given: Given }
  /** `about`: the words before --help, where they begin commands. */
  | { readonly kind: "help"; readonly about: string }
  | { readonly kind: "version" };

export function parseCommandLine(words: readonly string[], commands: readonly Command[]): Parsed {
  const [first = "", second = ""] = words;
  if (words.length === 0 || first === "--help" || first === "-h") return { kind: "help", about: "" };
  if (first === "--version") return { kind: "version" };
  if (first === "help") return { kind: "help", about: words.slice(1).join(" ") };
  const command = commands.find(({ name }) => name === `${first} ${second}`) ?? commands.find(({ name }) => name === first);
  const rest = words.slice(command?.name.split(" ").length ?? 0);
  if (command !== undefined && !isBareFamily(command, second, commands)) return parseFor(command, rest);
  if (isFamily(first, commands) && (second === "" || second === "--help" || second === "-h")) return { kind: "help", about: first };
  throw unknownCommand(words, commands);
}

/** `shards mvoe`: a word that is no argument of `shards`, so it was meant for one of its sub-commands. */
function isBareFamily({ name, arguments: known }: Command, second: string, commands: readonly Command[]): boolean {
  const isLone = !name.includes(" ") && known.length === 0;
  return isLone && second !== "" && !second.startsWith("-") && isFamily(name, commands);
}

const isFamily = (word: string, commands: readonly Command[]): boolean => commands.some(({ name }) => name.startsWith(`${word} `));

function unknownCommand(words: readonly string[], commands: readonly Command[]): UsageError {
  if (words[0]?.startsWith("-") === true) return new UsageError(`the command comes before ${words[0]}`, "see them all: flotilla --help");
  const [first = "", second = ""] = words.filter((word) => !word.startsWith("-"));
  const siblings = commands.filter(({ name }) => name.startsWith(`${first} `)).map(({ name }) => name.slice(first.length + 1));
  if (siblings.length > 0) {
    const meant = nearest(second, siblings);
    const next =
      meant === null ? `there are ${siblings.map((each) => `${first} ${each}`).join(", ")}` : `did you mean: flotilla ${first} ${meant}`;
    return new UsageError(`there is no command ${first} ${second}`, next);
  }
  const firsts = [...new Set(commands.map(({ name }) => name.split(" ")[0] ?? ""))];
  const meant = nearest(first, firsts);
  return new UsageError(
    `there is no command ${first === "" ? words[0] : first}`,
    meant === null ? "see them all: flotilla --help" : `did you mean: flotilla ${meant}`,
  );
}

function parseFor(command: Command, words: readonly string[]): Parsed {
  const flags = [...command.flags, ...GLOBAL_FLAGS];
  const options = Object.fromEntries(
    flags.map(({ name, short, kind }) => [
      name,
      { type: kind === "switch" ? "boolean" : "string", ...(short === undefined ? {} : { short }) } as const,
    ]),
  );
  const { tokens } = parseArgs({ args: [...words], options, strict: false, allowPositionals: true, tokens: true });
  const given = new Map<string, GivenValue | null>(flags.map((flag) => [flag.name, fallbackOf(flag)]));
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const flag = flags.find(({ name }) => name === token.name);
    if (flag === undefined) throw unknownFlag(token.rawName, command, flags);
    given.set(flag.name, readValue(flag, token.value ?? null, command));
  }
  if (given.get("help") === true) return { kind: "help", about: command.name };
  return { kind: "run", command, given: new Given(place(command, positionals), given) };
}

const fallbackOf = (flag: Flag): GivenValue | null => (flag.kind === "switch" ? false : (flag.fallback ?? null));

function unknownFlag(rawName: string, command: Command, flags: readonly Flag[]): UsageError {
  const meant = nearest(
    rawName.replace(/^-+/, ""),
    flags.map(({ name }) => name),
  );
  return new UsageError(`${command.name} has no ${rawName}`, meant === null ? seeHelp(command) : `did you mean: --${meant}`);
}

function seeHelp({ name, program }: Command): string {
  return program === undefined ? `see: flotilla ${name} --help` : `see: ${program} ${name} ARGS=--help`;
}

function readValue(flag: Flag, text: string | null, command: Command): GivenValue {
  const refuse = (problem: string): UsageError => new UsageError(`--${flag.name} ${problem}`, seeHelp(command));
  if (flag.kind === "switch") {
    if (text !== null) throw refuse("takes no value");
    return true;
  }
  if (text === null || text === "") throw refuse(`needs a value: --${flag.name} ${flag.value}`);
  if (flag.kind === "text") {
    if (flag.choices !== undefined && !flag.choices.includes(text))
      throw refuse(`is ${JSON.stringify(text)}, not one of ${flag.choices.join(", ")}`);
    return text;
  }
  const value = flag.kind === "whole" ? wholeOf(text) : millisecondsOf(text);
  if (value !== null && value >= flag.min && value <= flag.max) return value;
  const range =
    flag.kind === "whole"
      ? `a whole number from ${flag.min} to ${flag.max}`
      : `a time from ${timeText(flag.min)} to ${timeText(flag.max)}, such as 10s`;
  throw refuse(`is ${JSON.stringify(text)}, not ${range}`);
}

const wholeOf = (text: string): number | null => (/^[0-9]{1,15}$/.test(text) ? Number(text) : null);

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** A number alone is seconds. */
export function millisecondsOf(text: string): number | null {
  const [, digits, unit] = /^([0-9]{1,9}(?:\.[0-9]{1,3})?)(ms|s|m|h)?$/.exec(text) ?? [];
  return digits === undefined ? null : Math.round(Number(digits) * UNITS[(unit ?? "s") as keyof typeof UNITS]);
}

export function timeText(ms: number): string {
  if (ms % UNITS.h === 0 && ms > 0) return `${ms / UNITS.h}h`;
  if (ms % UNITS.m === 0 && ms > 0) return `${ms / UNITS.m}m`;
  return ms % UNITS.s === 0 ? `${ms / UNITS.s}s` : `${ms}ms`;
}

/** Each positional word to the argument that it is. */
function place(command: Command, positionals: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const placed = new Map<string, readonly string[]>();
  let rest = positionals;
  for (const argument of command.arguments) {
    const values = argument.isList === true ? rest : rest.slice(0, 1);
    if (values.length === 0 && argument.isOptional !== true) throw missing(argument, command);
    placed.set(argument.name, values);
    rest = rest.slice(values.length);
  }
  if (rest.length > 0) throw new UsageError(`${command.name} does not know what to do with ${JSON.stringify(rest[0])}`, seeHelp(command));
  return placed;
}

function missing({ name, meaning }: Argument, command: Command): UsageError {
  const example = command.examples[0];
  return new UsageError(
    `${command.name} needs ${name}: ${meaning}`,
    example === undefined ? seeHelp(command) : `for example: ${example.command}`,
  );
}
