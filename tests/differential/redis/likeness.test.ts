// A comparison that lets too much pass shows nothing.
import { expect, test } from "@jest/globals";
import type { RedisReply } from "../../runtime/redis/reply-reader.ts";
import { areAlike } from "./likeness.ts";
import type { RandomCommand } from "./random-commands.ts";

const HELLO = ["server", "redis", "version", "7.0.15", "proto", 2n, "id", 7n, "mode", "cluster"];
const range = (end: bigint, host: RedisReply): readonly RedisReply[] => [0n, end, [host, 7n, "id", []]];
const exec = (...replies: readonly RedisReply[]): RedisReply => replies;

test.each<[string, RandomCommand, RedisReply, RedisReply, boolean]>([
  ["a time to live passes", ["PTTL", "a"], 100_000n, 99_000n, true],
  ["not for long", ["ttl", "a"], 1_000n, 1_003n, false],
  ["one that has nearly passed, or is none", ["pttl", "a"], -1n, -2n, false],
  ["when it ends is each server's own", ["expiretime", "a"], 1_764_000_000n, 1_764_000_001n, true],
  ["what was given as a moment is that moment", ["expiretime", "a"], 4_000_000_000n, 4_000_000_001n, false],
  ["in milliseconds, too", ["pexpiretime", "a"], 4_000_000_000_123n, 4_000_000_000_124n, false],
  ["numbers are numbers", ["incrby", "a", "1"], 1_000n, 1_001n, false],
  ["keys come in any order", ["keys", "*"], ["a", "b"], ["b", "a"], true],
  ["but they are the same", ["keys", "*"], ["a", "b"], ["b", "b"], false],
  ["so in a page", ["scan", "0"], ["0", ["a", "b"]], ["0", ["b", "a"]], true],
  ["with the same end", ["scan", "0"], ["0", ["a"]], ["7", ["a"]], false],
  ["some key is not none", ["randomkey"], "a", null, false],
  ["errors are the same word for word", ["wait", "x", "0"], { error: "ERR a" }, { error: "ERR b" }, false],
  ["a greeting has the server's own version and id", ["hello"], HELLO, HELLO.with(3, "7.4.0").with(7, 9n), true],
  ["and nothing else of its own", ["hello"], HELLO, HELLO.with(9, "standalone"), false],
  ["in the form of the protocol", ["hello"], HELLO, { map: HELLO }, false],
  ["settings have their names", ["config", "get", "save"], ["save", ""], ["save", "3600 1"], true],
  ["and no others", ["config", "get", "save"], ["save", ""], ["saves", ""], false],
  ["arity", ["command", "info", "get"], [["get", 2n, [], 1n, 1n, 1n]], [["get", -2n, [], 1n, 1n, 1n]], false],
  ["flags are not compared", ["command", "info", "get"], [["get", 2n, [], 1n, 1n, 1n]], [["get", 2n, ["fast"], 1n, 1n, 1n]], true],
  ["slots are the same", ["cluster", "slots"], [range(99n, "a")], [range(99n, "b")], true],
  ["and whose they are is told in the same form", ["cluster", "slots"], [range(99n, "a")], [range(99n, null)], false],
  ["all of them", ["cluster", "slots"], [range(99n, "a")], [range(98n, "a")], false],
  ["with whoever serves them, too", ["cluster", "slots"], [range(99n, "a")], [[...range(99n, "a"), ["b", 1n, "i", []]]], true],
  ["groups are told by the same words", ["cluster", "shards"], [["slots", [], "nodes", [1n]]], [["slots", [1n], "nodes", []]], true],
  ["and by no others", ["cluster", "shards"], [["slots", [], "nodes", []]], [["slots", [], "members", []]], false],
  ["a number is no text", ["cluster", "myid"], "a", 1n, false],
])("%s: %j", (_name, command, ...[theirs, ours, expected]) => {
  expect(areAlike(command, [], [theirs, ours])).toBe(expected);
});

test("of a transaction only what tells a time may differ", () => {
  const queued = [
    ["INCRBY", "a", "1000"],
    ["PTTL", "a"],
  ];
  expect(areAlike(["exec"], queued, [exec(1_000n, 100_000n), exec(1_000n, 99_900n)])).toBe(true);
  expect(areAlike(["exec"], queued, [exec(1_000n, 100_000n), exec(1_001n, 100_000n)])).toBe(false);
  expect(areAlike(["exec"], queued.slice(1), [exec(1_000n, 100_000n), exec(1_000n, 99_900n)])).toBe(false);
  expect(areAlike(["exec"], queued, [exec(1_000n, 100_000n), null])).toBe(false);
});
