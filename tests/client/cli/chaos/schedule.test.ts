import { Random } from "../../../../core/base/random.ts";
import { FAULT_NAMES, ROLES, rowOf, serviceOf } from "../../../../client/cli/chaos/faults.ts";
import type { Allowed, Round } from "../../../../client/cli/chaos/schedule.ts";
import { pairings, schedule } from "../../../../client/cli/chaos/schedule.ts";

const LOCAL: Allowed = {
  faults: FAULT_NAMES,
  roles: ROLES,
  acts: ["kill", "pause", "halt", "resume", "stop", "wipe"],
  mayTakeQuorum: true,
};

function first(count: number, seed: number, allowed = LOCAL): readonly Round[] {
  const rounds = schedule(new Random(seed), allowed);
  return Array.from({ length: count }, () => rounds.next().value);
}

/** How often each comes that waits for its turn. */
function timesOf(rounds: readonly Round[]): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const { fault, role, isAlongside } of rounds)
    if (!isAlongside) times.set(`${fault} ${role}`, (times.get(`${fault} ${role}`) ?? 0) + 1);
  return times;
}

const isOften = ({ fault, role }: Pick<Round, "fault" | "role">): boolean => rowOf(fault).oftenFor?.includes(role) === true;

test("the same seed gives the same rounds, another one others", () => {
  expect(first(100, 7)).toEqual(first(100, 7));
  expect(first(100, 8)).not.toEqual(first(100, 7));
});

test.each([1, 2, 3, 4, 5])("what finds most comes at least twice within twenty rounds, whatever the seed: %i", (seed) => {
  const times = timesOf(first(20, seed));
  for (const { fault, role } of pairings(LOCAL).filter(isOften)) expect(times.get(`${fault} ${role}`) ?? 0).toBeGreaterThanOrEqual(1);
  const most = timesOf(first(40, seed));
  for (const { fault, role } of pairings(LOCAL).filter(isOften)) expect(most.get(`${fault} ${role}`) ?? 0).toBeGreaterThanOrEqual(2);
});

test("all others come once before one of them comes again", () => {
  const others = pairings(LOCAL).filter((pairing) => !isOften(pairing));
  const turns = first(200, 3).filter((round) => !round.isAlongside && !isOften(round));
  const names = turns.slice(0, others.length).map(({ fault, role }) => `${fault} ${role}`);
  expect(new Set(names).size).toBe(others.length);
});

test("what comes along strikes another service than what it comes along with, and asks little of the rest", () => {
  const rounds = first(200, 5);
  const pairs = rounds.flatMap((round, i) => (round.isAlongside ? [[rounds[i - 1], round] as const] : []));
  expect(pairs.length).toBeGreaterThan(20);
  for (const [before, { fault, role, calmMs }] of pairs) {
    expect(before?.isAlongside).toBe(false);
    expect(serviceOf(role)).not.toBe(serviceOf(before?.role ?? role));
    expect(rowOf(fault).isPlain).toBe(true);
    expect(calmMs).toBe(0);
  }
});

test("what takes a majority, or what nobody here can do, is left out", () => {
  const faults = new Set(pairings({ ...LOCAL, mayTakeQuorum: false }).map(({ fault }) => fault));
  expect([...faults].sort()).toEqual([
    "depose",
    "handOver",
    "kill",
    "killLeaders",
    "killTwice",
    "move",
    "pause",
    "restartAll",
    "stop",
    "wipe",
  ]);
  expect(pairings(LOCAL).map(({ fault }) => fault)).toContain("powerLoss");
  expect(pairings({ ...LOCAL, acts: ["kill"] }).map(({ fault }) => fault)).not.toContain("pause");
});

test("several members of a group are struck by what is one act on each, and only where that was asked for", () => {
  expect(pairings(LOCAL).filter(({ role }) => role === "majority")).toEqual([
    { fault: "kill", role: "majority" },
    { fault: "pause", role: "majority" },
  ]);
  const asked = pairings({ ...LOCAL, roles: ["fixed:2", "ordinal:1"] });
  expect(new Set(asked.map(({ fault }) => fault))).toEqual(new Set(["kill", "pause", "stop"]));
  expect(pairings({ ...LOCAL, mayTakeQuorum: false }).some(({ role }) => role === "majority")).toBe(false);
});

test("one fault alone is played again and again", () => {
  const rounds = first(10, 1, { ...LOCAL, faults: ["powerLoss"], roles: ["leader"] });
  expect(rounds.every(({ fault, isAlongside }) => fault === "powerLoss" && !isAlongside)).toBe(true);
});

test("nothing to do is said at once", () => {
  expect(() => first(1, 1, { ...LOCAL, roles: [] })).toThrow(RangeError);
});
