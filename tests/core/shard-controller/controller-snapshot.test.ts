import { asGroup } from "../../../core/base/ids.ts";
import { concatBytes, utf8 } from "../../../core/base/bytes.ts";
import { Random } from "../../../core/base/random.ts";
import { ControllerRestoration } from "../../../core/shard-controller/controller-snapshot.ts";
import type { ControllerState } from "../../../core/shard-controller/controller-state.ts";
import { bytesOf, nextSlice } from "../replica/snapshots/slices.ts";
import { AskedMachine, addressOf, foundingMembers, members } from "./groups.ts";

function filled(): AskedMachine {
  const asked = new AskedMachine();
  for (const name of ["1", "2", "10"]) {
    asked.apply({ kind: "found", group: asGroup(name), members: foundingMembers(name) });
    asked.apply({ kind: "announce", group: asGroup(name), ordinal: 1, address: addressOf(name, 1) });
    asked.apply({ kind: "join", groups: [members(name)] });
  }
  asked.apply({
    kind: "settleForGood",
    number: asked.configuration().number,
    holders: asked.configuration().shards,
    gone: [asGroup("2")],
    frozenTo: [asGroup("2")],
  });
  for (const group of ["10", "1"]) {
    for (let shard = 0; shard < 20; shard++) asked.apply({ kind: "move", shard, group: asGroup(group) });
  }
  return asked;
}

test.each([1, 2, 3])("what was taken is what is restored, however it is cut (seed %i)", (seed) => {
  const random = new Random(seed);
  const asked = filled();
  const source = asked.machine.snapshot();
  const first = nextSlice(source, 1);
  const digest = asked.machine.digest();
  asked.apply({ kind: "leave", groups: [asGroup("1")] }); // after it was taken
  asked.apply({ kind: "announce", group: asGroup("1"), ordinal: 0, address: addressOf("1", 0) });
  const bytes = concatBytes([first ?? new Uint8Array(), bytesOf(source, random.between(1, 3_000))]);
  expect(nextSlice(source, 1)).toBeNull();
  const twin = new AskedMachine();
  const restoration = twin.machine.restore();
  for (let offset = 0; offset < bytes.length;) {
    const end = Math.min(bytes.length, offset + random.between(1, 700));
    expect(restoration.write(bytes.slice(offset, end))).toBe(true);
    offset = end;
  }
  expect(twin.machine.latest.number).toBe(0);
  expect(restoration.finish()).toBe(true);
  expect(twin.machine.digest()).toBe(digest);
  expect([...twin.machine.settlements]).toEqual([...asked.machine.settlements]);
  expect(twin.machine.settlements.size).toBe(1);
  expect([...twin.machine.gone]).toEqual(["2"]);
  for (let number = 0; number <= twin.machine.latest.number; number++)
    expect(twin.configuration(number)).toEqual(asked.configuration(number));
  expect(twin.ask({ kind: "founding", group: asGroup("2") })).toEqual(asked.ask({ kind: "founding", group: asGroup("2") }));
  const again = twin.apply({ kind: "found", group: asGroup("2"), members: foundingMembers("other") });
  expect(again).toMatchObject({ kind: "founding", founding: { members: foundingMembers("2") } });
});

const record = (text: string): Uint8Array => concatBytes([new Uint8Array([0, 0, 0, text.length]), utf8(text)]);

test.each([
  { name: "another format", bytes: record("[2,0,1,0]") },
  { name: "no header", bytes: record("{}") },
  { name: "no configuration", bytes: record("[1,0,0,0]") },
  { name: "no settlement", bytes: record("[1,0,1,0,[7]]") },
  { name: "no gone group", bytes: record("[1,0,1,0,[],[7]]") },
  { name: "no founding", bytes: concatBytes([record("[1,1,1,0]"), record('["1",[[],[]]]')]) },
  { name: "an endless record", bytes: new Uint8Array([255, 0, 0, 0]) },
])("$name is refused", ({ bytes }) => {
  expect(new ControllerRestoration(() => undefined).write(bytes)).toBe(false);
});

test("a stream that ends early, or lacks a number, is no snapshot", () => {
  const bytes = bytesOf(filled().machine.snapshot(), 100_000);
  const whole: ControllerState[] = [];
  for (const end of [0, 3, 40, bytes.length - 1]) {
    const restoration = new ControllerRestoration((state) => whole.push(state));
    restoration.write(bytes.slice(0, end));
    expect(restoration.finish()).toBe(false);
  }
  expect(whole).toEqual([]);
});
