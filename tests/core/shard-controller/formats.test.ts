// The bytes of the controllers' log and snapshots, as they were written first. A change of any of them is a new format.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { asGroup } from "../../../core/base/ids.ts";
import type { ControllerCommand, ControllerQuery } from "../../../core/shard-controller/commands.ts";
import {
  decodeControllerCommand,
  decodeControllerQuery,
  encodeControllerCommand,
  encodeControllerQuery,
} from "../../../core/shard-controller/commands.ts";
import type { ControllerResult } from "../../../core/shard-controller/results.ts";
import { decodeControllerResult, encodeControllerResult } from "../../../core/shard-controller/results.ts";
import { FIRST_CONFIGURATION } from "../../../core/shards/configuration.ts";
import { bytesOf } from "../replica/snapshots/slices.ts";
import { addressOf, AskedMachine, foundingMembers, groups, members } from "./groups.ts";

type Golden = Readonly<Record<"commands" | "queries" | "results" | "snapshot", readonly string[]>>;

const GOLDEN = join(__dirname, "../../golden/controller-log-format-1.json");

const COMMANDS: readonly ControllerCommand[] = [
  { kind: "join", groups: [members("1", 1), { group: asGroup("2"), members: [{ ...addressOf("2", 0), redis: "redis://x:6379" }] }] },
  { kind: "leave", groups: groups("1", "2") },
  { kind: "abandon", groups: groups("1", "2") },
  { kind: "move", shard: 255, group: asGroup("1") },
  { kind: "joinFounded", groups: groups("1", "2") },
  { kind: "found", group: asGroup("1"), members: foundingMembers("1", 2) },
  { kind: "announce", group: asGroup("1"), ordinal: 1, address: addressOf("1", 1) },
];
const QUERIES: readonly ControllerQuery[] = [
  { kind: "configuration", number: null },
  { kind: "configuration", number: 7 },
  { kind: "founding", group: asGroup("1") },
];
const RESULTS: readonly ControllerResult[] = [
  { kind: "changed", number: 3 },
  { kind: "configuration", configuration: FIRST_CONFIGURATION },
  { kind: "noConfiguration", oldest: 4, latest: 1_003 },
  { kind: "founding", founding: null },
  { kind: "founding", founding: { members: foundingMembers("1", 1), addresses: new Map([[0, addressOf("1", 0)]]) } },
  { kind: "badRequest", message: "no" },
  { kind: "tooLarge", message: "too much" },
];

function snapshotBytes(): Uint8Array {
  const asked = new AskedMachine();
  for (const command of COMMANDS) asked.apply(command);
  return bytesOf(asked.machine.snapshot(), 1_000);
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");
const bytes = (written: string): Uint8Array => Buffer.from(written, "latin1");

const golden = JSON.parse(readFileSync(GOLDEN, "utf8")) as Golden;

test("today's program writes exactly these bytes", () => {
  expect(COMMANDS.map((command) => text(encodeControllerCommand(command)))).toEqual(golden.commands);
  expect(QUERIES.map((query) => text(encodeControllerQuery(query)))).toEqual(golden.queries);
  expect(RESULTS.map((result) => text(encodeControllerResult(result)))).toEqual(golden.results);
  expect(text(snapshotBytes())).toBe(golden.snapshot.join(""));
});

test("and reads them", () => {
  expect(golden.commands.map((each) => decodeControllerCommand(bytes(each)))).toEqual(COMMANDS);
  expect(golden.queries.map((each) => decodeControllerQuery(bytes(each)))).toEqual(QUERIES);
  expect(golden.results.map((each) => decodeControllerResult(bytes(each)))).toEqual(RESULTS);
  const asked = new AskedMachine();
  const restoration = asked.machine.restore();
  expect(restoration.write(bytes(golden.snapshot.join("")))).toBe(true);
  expect(restoration.finish()).toBe(true);
  expect(asked.configuration().number).toBe(2);
});
