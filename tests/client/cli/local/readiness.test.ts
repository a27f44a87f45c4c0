import type { GroupState, Readiness } from "../../../../client/cli/local/readiness.ts";
import { groupsOf, untilServing } from "../../../../client/cli/local/readiness.ts";
import { warningsOf, whyNotServing } from "../../../../client/cli/local/start-cluster.ts";
import type { SupervisedProcess } from "../../../../client/cli/local/supervisor.ts";

/** r: ready, w: waiting, x: refuses its disk. */
function members(states: string, group = "1"): readonly Readiness[] {
  return [...states].map((state, ordinal) => ({
    process: { name: `replica-${group}-${ordinal}`, group, stopped: state === "x" ? "damaged" : null } as SupervisedProcess,
    isReady: state === "r",
    reason: state === "x" ? "damaged" : "has no leader",
  }));
}

test.each([
  { states: "rrr", state: "serving" },
  { states: "rrx", state: "serving" },
  { states: "rrw", state: "serving" },
  { states: "rww", state: "waiting" },
  { states: "rwx", state: "waiting" },
  { states: "rxx", state: "lost" },
  { states: "r", state: "serving" },
  { states: "rrww", state: "waiting" },
  { states: "rrrw", state: "serving" },
])("$states is $state", ({ states, state }) => {
  expect(groupsOf(members(states)).map((group) => group.state)).toEqual([state]);
});

const settle = (...looks: readonly (readonly GroupState[])[]) => {
  let n = 0;
  return untilServing({
    look: () => Promise.resolve(looks[Math.min(n++, looks.length - 1)] ?? []),
    deadlineMs: 200,
    patienceMs: 100,
    onLook: () => undefined,
  });
};

test("every group has to serve; members beyond the majority are waited for, but not for ever", async () => {
  const one = [...groupsOf(members("rrr", "1")), ...groupsOf(members("rww", "2"))];
  const all = [...groupsOf(members("rrr", "1")), ...groupsOf(members("rrr", "2"))];
  expect((await settle(one, all)).groups).toBe(all);
  expect((await settle(one)).kind).toBe("late");
  expect((await settle(groupsOf(members("rrw")))).kind).toBe("serving");
});

test("a group that can't get a majority is not waited for, and the reasons are told", async () => {
  const settled = await settle(groupsOf(members("wxx")));
  expect(whyNotServing(settled)).toBe(
    [
      "the cluster can't serve",
      "  group 1 can't get a majority",
      "    replica-1-0: has no leader",
      "    replica-1-1: damaged",
      "    replica-1-2: damaged",
    ].join("\n"),
  );
});

test("who is missing although the group serves is a warning", () => {
  expect(warningsOf(groupsOf(members("rrx")))).toEqual(["replica-1-2 refuses to run, and its group serves without it: damaged"]);
  expect(warningsOf(groupsOf(members("rrr")))).toEqual([]);
});
