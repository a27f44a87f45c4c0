import { Random } from "../../../../core/base/random.ts";
import { FAULT_NAMES, ROLES } from "../../../../client/cli/chaos/faults.ts";
import type { Allowed } from "../../../../client/cli/chaos/schedule.ts";
import { pairings, schedule } from "../../../../client/cli/chaos/schedule.ts";

const LOCAL: Allowed = { faults: FAULT_NAMES, roles: ROLES, acts: ["kill", "pause", "resume", "stop", "wipe"], mayTakeQuorum: false };

function first(count: number, seed: number, allowed = LOCAL) {
  const rounds = schedule(new Random(seed), allowed);
  return Array.from({ length: count }, () => rounds.next().value);
}

test("the same seed gives the same rounds, another one others", () => {
  expect(first(100, 7)).toEqual(first(100, 7));
  expect(first(100, 8)).not.toEqual(first(100, 7));
});

test("whatever may happen happens once before anything happens again", () => {
  const all = pairings(LOCAL);
  const names = first(all.length, 3).map(({ fault, role }) => `${fault} ${role}`);
  expect(new Set(names).size).toBe(all.length);
});

test("what takes a majority, or what nobody here can do, is left out", () => {
  const faults = new Set(pairings(LOCAL).map(({ fault }) => fault));
  expect([...faults].sort()).toEqual(["depose", "kill", "killTwice", "move", "pause", "restartAll", "stop", "wipe"]);
  expect(pairings({ ...LOCAL, mayTakeQuorum: true }).map(({ fault }) => fault)).toContain("powerLoss");
  expect(pairings({ ...LOCAL, acts: ["kill"] }).map(({ fault }) => fault)).not.toContain("pause");
});

test("nothing to do is said at once", () => {
  expect(() => first(1, 1, { ...LOCAL, roles: [] })).toThrow(RangeError);
});
