import { lostElection } from "../../../../../client/cli/chaos/plays/lost-election.ts";
import { groupOf, stagedGroup, struckIn } from "./staged-group.ts";

const GROUP = groupOf("1", ["a", "b", "c"]);

/** a leads; in their fourth turns b stands and c votes for it; in the next b has heard of it; once a is killed it leads again. */
function staged() {
  const killed = new Set<string>();
  const group = stagedGroup((name, turns) => {
    if (name === "a") return { role: "leader", term: killed.has("a") ? 2 : 1 };
    if (turns < 4) return {};
    return { term: 2, role: name === "c" ? "follower" : turns === 4 ? "candidate" : "leader" };
  });
  const { perform } = group.stage.injector;
  group.stage.injector.perform = (act, name) => {
    if (act === "kill") killed.add(name);
    return perform(act, name);
  };
  return group;
}

test("who has voted dies before it hears from the leader that it made, which goes on once others have elected", async () => {
  const { stage, acts, still } = staged();
  await lostElection(stage, struckIn(GROUP, "a"));
  expect(acts.slice(-6)).toEqual(["halt c", "resume b", "halt b", "kill a", "kill c", "resume b"]);
  expect(still.size).toBe(0);
});

test("until then one at most goes on at any time, and the last leader never does", async () => {
  const { stage, acts } = staged();
  await lostElection(stage, struckIn(GROUP, "a"));
  const running = new Set<string>();
  for (const act of acts.slice(3, acts.indexOf("kill a"))) {
    const [what, name] = act.split(" ") as [string, string];
    if (what === "resume") running.add(name);
    else running.delete(name);
    expect(running.size).toBeLessThanOrEqual(1);
  }
  expect(acts).not.toContain("resume a");
});
