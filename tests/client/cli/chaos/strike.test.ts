import { PLAYS } from "../../../../client/cli/chaos/strike.ts";
import type { GroupView } from "../../../../client/cli/status/cluster-view.ts";
import { groupOf, stagedGroup, struckIn } from "./plays/staged-group.ts";

const GROUP = groupOf("1", ["a", "b", "c"]);

test("each of those that are meant is struck", async () => {
  const { stage, acts } = stagedGroup(() => ({}));
  await PLAYS.pause(stage, { ...struckIn(GROUP, "a"), names: ["a", "b"] });
  expect(acts).toEqual(["pause a", "pause b", "resume a", "resume b"]);
});

test("with its leader the leader of each other group is killed that can spare one", async () => {
  const other = (group: string, wells: readonly boolean[], service = "replica"): GroupView =>
    ({
      service,
      group,
      leader: `${group}-0`,
      members: wells.map((isWell, i) => ({ name: `${group}-${i}`, isWell })),
    }) as unknown as GroupView;
  const { stage, acts } = stagedGroup(() => ({}));
  const groups = [
    other("2", [true, true, true]),
    other("3", [true, true, false]),
    other("4", [true]),
    other("controllers", [true, true, true], "shard-controller"),
  ];
  await PLAYS.killLeaders({ ...stage, groups: () => Promise.resolve(groups) }, struckIn(GROUP, "a"));
  expect(acts).toEqual(["kill a", "kill 2-0"]);
});
