import fc from "fast-check";
import type { GroupId } from "../../../core/base/ids.ts";
import { asGroup } from "../../../core/base/ids.ts";
import { utf8 } from "../../../core/base/bytes.ts";
import type { ControllerCommand } from "../../../core/shard-controller/commands.ts";
import {
  controllerCommandKind,
  decodeControllerCommand,
  decodeControllerQuery,
  encodeControllerCommand,
  encodeControllerQuery,
  versionOfControllerCommand,
} from "../../../core/shard-controller/commands.ts";
import { FIRST_CONFIGURATION } from "../../../core/shards/configuration.ts";
import { addressOf, foundingMembers, groups, members } from "./groups.ts";

const COMMANDS: readonly ControllerCommand[] = [
  { kind: "join", groups: [members("1"), { group: asGroup("2"), members: [{ ...addressOf("2", 0), redis: "redis://x:6379" }] }] },
  { kind: "leave", groups: groups("1", "__proto__") },
  { kind: "abandon", groups: groups("1") },
  { kind: "move", shard: 255, group: asGroup("1") },
  { kind: "joinFounded", groups: groups("1", "2") },
  { kind: "found", group: asGroup("1"), members: foundingMembers("1") },
  { kind: "announce", group: asGroup("1"), ordinal: 2, address: addressOf("1", 2) },
  { kind: "settle", number: 7, holders: holders("1", "10", null), gone: groups("2"), frozenTo: groups() },
  { kind: "settleForGood", number: 7, holders: holders("1", "10", null), gone: groups("2"), frozenTo: groups("2") },
];
const VERSIONS: Readonly<Record<string, number>> = { settle: 2, settleForGood: 3 };

function holders(...first: readonly (string | null)[]): (GroupId | null)[] {
  const given = first.map((name) => (name === null ? null : asGroup(name)));
  return FIRST_CONFIGURATION.shards.map((_, shard) => given[shard] ?? null);
}

test.each(COMMANDS)("$kind is read as it was written", (command) => {
  const bytes = encodeControllerCommand(command);
  expect(decodeControllerCommand(bytes)).toEqual(command);
  expect(controllerCommandKind(bytes)).toBe(command.kind);
  expect(versionOfControllerCommand(bytes)).toBe(VERSIONS[command.kind] ?? 1);
});

test("codes and bytes are what they were", () => {
  expect(COMMANDS.map((command) => encodeControllerCommand(command)[0])).toEqual([1, 2, 7, 3, 4, 5, 6, 8, 9]);
  expect([...encodeControllerCommand({ kind: "move", shard: 7, group: asGroup("1") })]).toEqual([3, ...utf8('[7,"1"]')]);
});

test.each([
  { kind: "configuration", number: null } as const,
  { kind: "configuration", number: 0 } as const,
  { kind: "founding", group: asGroup("1") } as const,
])("the query $kind is read as it was written", (query) => {
  expect(decodeControllerQuery(encodeControllerQuery(query))).toEqual(query);
});

const bytes = (code: number, body: string): Uint8Array => new Uint8Array([code, ...utf8(body)]);

test.each([
  { name: "an unknown code", given: bytes(99, "[]") },
  { name: "nothing", given: bytes(1, "") },
  { name: "no list", given: bytes(1, '{"a":1}') },
  { name: "no groups", given: bytes(1, "[]") },
  { name: "a group twice", given: bytes(2, '["1","1"]') },
  { name: "a group without members", given: bytes(1, '[["1",[]]]') },
  { name: "a nameless group", given: bytes(2, '[""]') },
  { name: "a shard that is no number", given: bytes(3, '["7","1"]') },
  { name: "a settlement of too few shards", given: bytes(8, '[7,["1"],[0],["2"],[]]') },
  { name: "a negative shard", given: bytes(3, '[-1,"1"]') },
  { name: "a founding without members", given: bytes(5, '["1",[]]') },
  {
    name: "two founders at one place",
    given: encodeControllerCommand({
      kind: "found",
      group: asGroup("1"),
      members: [...foundingMembers("1", 1), ...foundingMembers("2", 1)],
    }),
  },
  { name: "an announcement without an address", given: bytes(6, '["1",0,[["a",7,null]]]') },
])("$name is no command", ({ given }) => {
  expect(decodeControllerCommand(given)).toBeNull();
});

test("any bytes are a command, a query, or null", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.json(), (raw, text) => {
      for (const given of [raw, ...[1, 2, 3, 4, 5, 6].map((code) => bytes(code, text))]) {
        expect(() => [decodeControllerCommand(given), decodeControllerQuery(given)]).not.toThrow();
      }
    }),
    { numRuns: 500, seed: 4 },
  );
});
