// A node is lost with the volumes on it. The one thing that a person does is `flotilla member replace`; its member begins anew on another
// node. When the node is back all the same, what is left there has no vote.
import { join } from "node:path";
import { check, eventually, sleep } from "../../integration/test-case.ts";
import { checkNothingFailed, CheckedLoad } from "../checked-load.ts";
import type { ClusterCase } from "../cluster-case.ts";
import { canCutNodes, during, troubleOf } from "../provider-commands.ts";
import type { Pod } from "../pods.ts";
import { Release } from "../release.ts";
import { runProgram } from "../run-program.ts";
import { seconds } from "../seconds.ts";
import { victimIn } from "../victim.ts";

type Voter = { readonly member: string; readonly ordinal: number; readonly votes: boolean };
type Replaced = { readonly node: string; readonly member: string; readonly tookMs: number; readonly deletedClaim: string | null };

export const lostVolume: ClusterCase = {
  name: "a node is lost with its volume under load: one command, and its group is whole on other nodes",
  needs: canCutNodes,
  run: async ({ namespace, say }) => {
    const release = await Release.install({ namespace, values: { groups: 1, coordinators: 0, workers: 0 } });
    const load = await CheckedLoad.start(release, { name: "load", isPatient: true });
    const pod = await victimIn(release);
    const before = await votersAs(release, pod);
    const replaced = await during(await troubleOf("nodeCut", pod.node), pod.node, async () => {
      await eventually(`${pod.node} is not ready`, async () => ((await isReady(pod.node)) ? null : true), NODE_CHANGES);
      const result = JSON.parse(await replace(release, pod)) as Replaced;
      check(result.node !== pod.node, `${pod.name} is on another node, but is on ${result.node}`);
      await checkVoters(release, pod, { before, now: result.member });
      const again = await replace(release, pod).then(String, String);
      check(again.includes("votes: nothing was done"), `once is enough, and the second time it is refused, but: ${again}`);
      return result;
    });
    say(`${pod.name} of ${pod.node} votes on ${replaced.node} ${seconds(replaced.tookMs)} after the one command`);
    await eventually(`${pod.node} is back`, async () => ((await isReady(pod.node)) ? true : null), NODE_CHANGES);
    // Whatever is left of its old pod has time to try.
    await sleep(SETTLING_MS);
    for (const [component, count] of PODS) await release.untilReady(component, count);
    await checkVoters(release, pod, { before, now: replaced.member });
    say("the node is back, and the old member is in nobody's group");
    say(checkNothingFailed(await load.verdict()));
    await release.uninstall();
    await release.forget();
  },
};

const REPLACING_MS = 300_000;
const SETTLING_MS = 20_000;
const NODE_CHANGES = { deadlineMs: 180_000, everyMs: 1_000 };
const COMMAND_LINE = join(import.meta.dirname, "../../../client/cli/flotilla.ts");
const PODS = [
  ["replica", 3],
  ["controller", 3],
] as const;

/** As a person would, outside the cluster. */
function replace(release: Release, pod: Pod): Promise<string> {
  const where = ["--kubernetes", "--namespace", release.namespace, "--release", Release.fullname];
  const how = ["--yes", "--timeout", `${REPLACING_MS / 1_000}s`, "-o", "json"];
  const args = [COMMAND_LINE, "member", "replace", "1", String(ordinalOf(pod)), ...where, ...how];
  return runProgram(process.execPath, args, { deadlineMs: REPLACING_MS + 30_000 });
}

/** The members of the group, as one knows them that is not on this pod. */
async function votersAs(release: Release, { name, node }: Pod): Promise<readonly Voter[]> {
  const other = (await release.pods("replica")).find((each) => each.name !== name && each.node !== node);
  const { members } = await release.ask(other?.name ?? "", "/v1/members");
  return members as readonly Voter[];
}

async function checkVoters(
  release: Release,
  pod: Pod,
  { before, now }: { readonly before: readonly Voter[]; readonly now: string },
): Promise<void> {
  const after = await votersAs(release, pod);
  const old = before.find(({ ordinal }) => ordinal === ordinalOf(pod))?.member;
  const wanted = before.map(({ member }) => (member === old ? now : member)).toSorted();
  const voters = after.filter(({ votes }) => votes).map(({ member }) => member);
  check(
    voters.toSorted().join() === wanted.join(),
    `the voters are ${wanted.join()}, without ${old}, but they are ${JSON.stringify(after)}`,
  );
}

const ordinalOf = ({ name }: Pod): number => Number(name.slice(name.lastIndexOf("-") + 1));

async function isReady(node: string): Promise<boolean> {
  const condition = `jsonpath={.status.conditions[?(@.type=="Ready")].status}`;
  return (await runProgram("kubectl", ["get", "node", node, "--output", condition])) === "True";
}
