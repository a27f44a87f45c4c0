import { SeenWell, Watch } from "../../../../client/cli/chaos/watch.ts";
import type { ClusterFacts, MemberFacts } from "../../../../client/cli/status/cluster-facts.ts";
import type { ClusterView } from "../../../../client/cli/status/cluster-view.ts";

const facts = (name: string, status: Record<string, unknown>): MemberFacts =>
  ({ name, service: "replica", group: "1", http: "", status }) as unknown as MemberFacts;
const of = (...members: readonly MemberFacts[]): ClusterFacts => ({ members }) as unknown as ClusterFacts;

function problemsOf(...looks: readonly ClusterFacts[]): readonly string[] {
  const watch = new Watch(() => Promise.reject(new Error("nobody looks")));
  for (const look of looks) watch.note(look);
  return watch.problems;
}

const a = (term: number, role = "follower", member = "A"): MemberFacts => facts("replica-1-0", { member, term, role });
const b = (term: number, role = "follower"): MemberFacts => facts("replica-1-1", { member: "B", term, role });

test.each([
  {
    name: "terms rise and leaders change",
    looks: [of(a(1, "leader"), b(1)), of(a(1, "leader"), b(2, "leader")), of(a(2), b(2, "leader"))],
    wrong: 0,
  },
  { name: "two lead in one term, at different times", looks: [of(a(2, "leader")), of(b(2, "leader"))], wrong: 1 },
  { name: "a leader has forgotten its term", looks: [of(a(3, "leader")), of(a(2))], wrong: 1 },
  { name: "a follower dies before a term is on its disk", looks: [of(a(3)), of(a(2))], wrong: 0 },
  { name: "a newcomer in a leader's place begins anew", looks: [of(a(3, "leader")), of(a(1, "learner", "C"))], wrong: 0 },
])("$name", ({ looks, wrong }) => {
  expect(problemsOf(...looks)).toHaveLength(wrong);
});

test("an answer that was given before a term began and comes late is none of a member that forgot it", () => {
  const watch = new Watch(() => Promise.reject(new Error("nobody looks")));
  const askedMs = performance.now() - 100;
  watch.note(of(a(3, "leader")));
  watch.note(of(a(2)), askedMs);
  expect(watch.problems).toEqual([]);
});

const c = (term: number, role = "follower", member = "C"): MemberFacts => facts("replica-1-2", { member, term, role });
const silent = facts("replica-1-1", {});

async function problemsWhileLooking(...looks: readonly ClusterFacts[]): Promise<readonly string[]> {
  const waiting = [...looks];
  const watch = new Watch(() =>
    Promise.resolve({ ...waiting.shift(), shards: null, migrations: [], silent: [] } as unknown as ClusterFacts),
  );
  while (waiting.length > 0) await watch.look();
  return watch.problems;
}

test.each([
  { name: "one of three is behind the leader", looks: [of(a(1), b(2, "leader"), c(2)), of(a(1), b(2, "leader"), c(2))], wrong: 0 },
  { name: "two of three are behind a leader's term", looks: [of(a(1), b(2, "leader"), c(2)), of(a(1), silent, c(1))], wrong: 1 },
  { name: "one of the two is another by now", looks: [of(a(1), b(2, "leader"), c(2)), of(a(1), silent, c(1, "learner", "D"))], wrong: 0 },
  { name: "in the look in which the leader is seen, others were asked earlier", looks: [of(a(1), b(2, "leader"), c(1))], wrong: 0 },
])("a majority writes down the term in which it elects: $name", async ({ looks, wrong }) => {
  expect(await problemsWhileLooking(...looks)).toHaveLength(wrong);
});

const group = (leader: string | null, isWell = true, role = "leader") => ({
  ...{ service: "replica", group: "1", leader },
  members: [{ name: "m", role, isWell, note: null }],
});
const view = (moves: readonly unknown[], ...groups: readonly unknown[]): ClusterView => ({ groups, moves }) as unknown as ClusterView;

function whyNot(...views: readonly ClusterView[]): string | null {
  const seen = new SeenWell();
  for (const each of views) seen.note(each);
  return seen.whyNotWhole(views.at(-1) as ClusterView);
}

test("whole is everybody well, a leader in each group, and nothing on its way", () => {
  expect(whyNot(view([], group("m")))).toBeNull();
  expect(whyNot(view([], group(null)))).toContain("no leader");
  expect(whyNot(view([], group("m", false)))).toContain("m is");
  expect(whyNot(view([{ shard: 3, to: "2", state: "copying" }], group("m")))).toContain("shard 3");
});

test("who was well since then and is late with the next answer is well, and who never answered is not", () => {
  expect(whyNot(view([], group("m")), view([], group(null, false, "silent")))).toBeNull();
  const seen = new SeenWell();
  const late = view([], group(null, false, "silent"));
  seen.note(late);
  expect(seen.whoIsSilent(late)).toContain("m does not answer");
  seen.note(view([], group(null, false, "follower")));
  expect(seen.whoIsSilent(late)).toBeNull();
  seen.note(view([], group("m")));
  expect(seen.among(late).groups[0]?.members[0]?.isWell).toBe(true);
});
