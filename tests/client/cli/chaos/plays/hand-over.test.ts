import { handOver } from "../../../../../client/cli/chaos/plays/hand-over.ts";
import { groupOf, stagedGroup, struckIn } from "./staged-group.ts";

const GIVER = groupOf("1", ["g", "h", "i"]);
const RECEIVER = groupOf("2", ["r", "s", "t"]);

test("the giver's leader is killed while the receiver's stands still, as soon as it holds a shard that nobody serves", async () => {
  let looks = 0;
  const { stage, acts, still } = stagedGroup((name) => ({ givesFrozen: name === "g" && ++looks === 3 }), RECEIVER);
  await handOver(stage, struckIn(GIVER, "g"));
  expect(acts.slice(-3)).toEqual(["halt r", "kill g", "resume r"]);
  expect(acts.filter((act) => act === "resume r")).toHaveLength(3);
  expect(still.size).toBe(0);
});

test("where nobody could take a shard, the leader is killed all the same", async () => {
  const { stage, acts } = stagedGroup(() => ({}), null);
  await handOver(stage, struckIn(GIVER, "g"));
  expect(acts).toEqual(["kill g"]);
});

test("a giver that is late with an answer is asked again", async () => {
  let looks = 0;
  const { stage, acts } = stagedGroup(() => ({}), RECEIVER);
  const { ask } = stage;
  const late: typeof ask = async (group, name) => {
    if (name !== "g") return ask(group, name);
    return ++looks < 3 ? null : { term: 1, role: "leader", givesFrozen: true };
  };
  await handOver({ ...stage, ask: late }, struckIn(GIVER, "g"));
  expect(acts.filter((act) => act === "halt r")).toHaveLength(3);
  expect(acts.slice(-3)).toEqual(["halt r", "kill g", "resume r"]);
});
