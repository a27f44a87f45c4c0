import type { Command } from "../../../../client/cli/grammar/command.ts";
import { millisecondsOf, parseCommandLine, timeText } from "../../../../client/cli/grammar/parsing.ts";
import { UsageError } from "../../../../client/cli/trouble.ts";

const run = (): Promise<number> => Promise.resolve(0);
const COMMANDS: readonly Command[] = [
  {
    ...{ name: "status", summary: "", arguments: [], examples: [], run },
    flags: [
      { name: "watch", short: "w", kind: "switch", meaning: "" },
      { name: "every", kind: "duration", value: "TIME", fallback: 500, min: 100, max: 60_000, meaning: "" },
      { name: "limit", kind: "whole", value: "N", min: 1, max: 9, meaning: "" },
      { name: "data", kind: "text", value: "DIR", meaning: "" },
    ],
  },
  { ...{ name: "shards", summary: "", arguments: [], flags: [], examples: [], run } },
  {
    ...{ name: "shards move", summary: "", flags: [], run },
    arguments: [
      { name: "SHARD", meaning: "its number" },
      { name: "GROUP", meaning: "who gets it" },
    ],
    examples: [{ command: "flotilla shards move 17 2", meaning: "" }],
  },
  {
    ...{ name: "groups join", summary: "", flags: [], examples: [], run },
    arguments: [
      { name: "GROUP", meaning: "" },
      { name: "URL", meaning: "", isOptional: true, isList: true },
    ],
  },
  { ...{ name: "groups leave", summary: "", arguments: [], flags: [], examples: [], run } },
];

const parse = (line: string) =>
  parseCommandLine(
    line.split(" ").filter((word) => word !== ""),
    COMMANDS,
  );

function given(line: string) {
  const parsed = parse(line);
  if (parsed.kind !== "run") throw new Error(parsed.kind);
  return { name: parsed.command.name, given: parsed.given };
}

test("flags have their types, their fallbacks, and null where there is neither", () => {
  const { given: plain } = given("status");
  expect([plain.has("watch"), plain.number("every"), plain.number("limit"), plain.text("data"), plain.text("output")]).toEqual([
    false,
    500,
    null,
    null,
    "table",
  ]);
  const { given: full } = given("status -w --every=2s --limit 3 --data d -o json");
  expect([full.has("watch"), full.number("every"), full.number("limit"), full.text("data"), full.text("output")]).toEqual([
    true,
    2_000,
    3,
    "d",
    "json",
  ]);
});

test("the longer name wins, and arguments go to their places", () => {
  expect(given("shards").name).toBe("shards");
  const move = given("shards move 17 2");
  expect([move.name, move.given.argument("SHARD"), move.given.argument("GROUP")]).toEqual(["shards move", "17", "2"]);
  expect(given("groups join 3 http://a http://b").given.list("URL")).toEqual(["http://a", "http://b"]);
  expect(given("groups join 3").given.list("URL")).toEqual([]);
  expect(given("groups join -- --odd").given.argument("GROUP")).toBe("--odd");
});

test.each([
  { line: "", about: "" },
  { line: "--help", about: "" },
  { line: "groups", about: "groups" },
  { line: "groups --help", about: "groups" },
  { line: "status --help", about: "status" },
  { line: "shards move -h", about: "shards move" },
  { line: "help status", about: "status" },
])("$line asks for help", ({ line, about }) => {
  expect(parse(line)).toEqual({ kind: "help", about });
});

test.each([
  { line: "stauts", says: "there is no command stauts", next: "did you mean: flotilla status" },
  { line: "frobnicate", says: "there is no command frobnicate", next: "flotilla --help" },
  { line: "shards mvoe", says: "there is no command shards mvoe", next: "did you mean: flotilla shards move" },
  { line: "groups xyzzy", says: "there is no command groups xyzzy", next: "groups join, groups leave" },
  { line: "-o json", says: "the command comes before -o", next: "flotilla --help" },
  { line: "status --wacth", says: "status has no --wacth", next: "did you mean: --watch" },
  { line: "status --zzz", says: "status has no --zzz", next: "see: flotilla status --help" },
  { line: "status now", says: 'status does not know what to do with "now"', next: "see: flotilla status --help" },
  { line: "status --limit 0", says: '--limit is "0", not a whole number from 1 to 9', next: "--help" },
  { line: "status --limit ten", says: '--limit is "ten"', next: "--help" },
  { line: "status --every 1ms", says: '--every is "1ms", not a time from 100ms to 1m', next: "--help" },
  { line: "status --data", says: "--data needs a value: --data DIR", next: "--help" },
  { line: "status --watch=yes", says: "--watch takes no value", next: "--help" },
  { line: "status -o xml", says: '--output is "xml", not one of table, json', next: "--help" },
  { line: "shards move 17", says: "shards move needs GROUP: who gets it", next: "for example: flotilla shards move 17 2" },
])("$line is refused, and told what to do", ({ line, says, next }) => {
  const error = thrownBy(() => parse(line));
  expect(error.message).toContain(says);
  expect(error.next).toContain(next);
  expect(error.code).toBe(2);
});

function thrownBy(action: () => unknown): UsageError {
  try {
    action();
  } catch (error) {
    if (error instanceof UsageError) return error;
  }
  throw new Error("nothing was refused");
}

test.each([
  { text: "10s", ms: 10_000 },
  { text: "250ms", ms: 250 },
  { text: "1.5m", ms: 90_000 },
  { text: "7", ms: 7_000 },
  { text: "s", ms: null },
  { text: "-1s", ms: null },
])("$text is $ms ms", ({ text, ms }) => {
  expect(millisecondsOf(text)).toBe(ms);
});

test.each([
  { ms: 0, text: "0s" },
  { ms: 90_000, text: "90s" },
  { ms: 120_000, text: "2m" },
  { ms: 3_600_000, text: "1h" },
  { ms: 150, text: "150ms" },
])("$ms ms are $text", ({ ms, text }) => {
  expect(timeText(ms)).toBe(text);
});
