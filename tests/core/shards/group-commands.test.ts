import { asGroup } from "../../../core/base/ids.ts";
import { utf8 } from "../../../core/base/bytes.ts";
import { Random } from "../../../core/base/random.ts";
import { encodeCommand, encodeQuery, NO_GUARDS } from "../../../core/kv/commands.ts";
import type { GroupCommand, GroupQuery } from "../../../core/shards/group-commands.ts";
import {
  decodeArrival,
  decodeGroupCommand,
  decodeGroupQuery,
  decodeStepResult,
  encodeArrival,
  encodeGroupCommand,
  encodeGroupQuery,
  encodeStepResult,
  isGroupLevel,
  mayGroupsAsk,
  versionOfGroupCommand,
} from "../../../core/shards/group-commands.ts";

const COMMANDS: readonly GroupCommand[] = [
  { kind: "adopt", configuration: utf8("configuration") },
  { kind: "stage", shard: 255, number: 300, from: utf8("from"), chunk: utf8("chunk") },
  { kind: "freeze", shard: 1, number: 2 },
  { kind: "release", shard: 1, number: 2 },
  { kind: "thaw", shard: 1, number: 2 },
  { kind: "clock" },
  { kind: "settle", frozenTo: ["2", "10"].map(asGroup), configuration: utf8("configuration") },
];
const QUERIES: readonly GroupQuery[] = [
  { kind: "copy", shard: 200, number: 3, from: utf8("from"), bytesMax: 262_144 },
  { kind: "hasArrived", shard: 1, number: 2 },
  { kind: "configuration", number: 9 },
  { kind: "servesLater", shard: 1, number: 2 },
  { kind: "inShard", shard: 5, query: utf8("query") },
];

test.each(COMMANDS)("$kind comes back as it was", (command) => {
  expect(decodeGroupCommand(encodeGroupCommand(command))).toEqual(command);
});

test.each(QUERIES)("$kind comes back as it was", (query) => {
  expect(decodeGroupQuery(encodeGroupQuery(query))).toEqual(query);
});

test("what clients ask is of another level, and never taken for a step", () => {
  const put = encodeCommand({ kind: "put", key: utf8("k"), guards: NO_GUARDS, value: utf8("v") });
  const get = encodeQuery({ kind: "get", key: utf8("k") });
  expect([put, get].map(isGroupLevel)).toEqual([false, false]);
  expect([decodeGroupCommand(put), decodeGroupQuery(get)]).toEqual([null, null]);
  expect(COMMANDS.every((command) => isGroupLevel(encodeGroupCommand(command)))).toBe(true);
  expect(isGroupLevel(new Uint8Array(0))).toBe(false);
});

test("other groups may freeze, pass configurations on, and read what a move needs; nothing of the clients", () => {
  const writes = COMMANDS.filter((command) => mayGroupsAsk("write", encodeGroupCommand(command))).map(({ kind }) => kind);
  const reads = QUERIES.filter((query) => mayGroupsAsk("read", encodeGroupQuery(query))).map(({ kind }) => kind);
  expect([writes, reads]).toEqual([
    ["adopt", "freeze"],
    ["copy", "hasArrived", "configuration", "servesLater"],
  ]);
  expect(mayGroupsAsk("write", encodeCommand({ kind: "delete", key: utf8("k"), guards: NO_GUARDS }))).toBe(false);
  expect(mayGroupsAsk("read", encodeQuery({ kind: "get", key: utf8("k") }))).toBe(false);
});

test("only what takes a move back needs a version of its own", () => {
  const versions = COMMANDS.filter((command) => versionOfGroupCommand(encodeGroupCommand(command)) > 1).map(({ kind }) => kind);
  expect([versions, versionOfGroupCommand(utf8("?"))]).toEqual([["thaw", "settle"], 1]);
});

test("what can't be read as an arrival is none", () => {
  for (const arrival of ["no", "yes", "dropped"] as const) expect(decodeArrival(encodeArrival(arrival))).toBe(arrival);
  expect([decodeArrival(Uint8Array.of(9)), decodeArrival(new Uint8Array(0))]).toEqual(["no", "no"]);
});

test("results of steps", () => {
  for (const result of ["done", "late", "wrong"] as const) expect(decodeStepResult(encodeStepResult(result))).toBe(result);
  expect([decodeStepResult(Uint8Array.of(9)), decodeStepResult(new Uint8Array(0))]).toEqual([null, null]);
});

test("no bytes make it throw", () => {
  const random = new Random(1);
  for (let i = 0; i < 3_000; i++) {
    const bytes = Uint8Array.from({ length: random.between(0, 12) }, () => random.between(120, 255));
    decodeGroupCommand(bytes);
    decodeGroupQuery(bytes);
  }
});
