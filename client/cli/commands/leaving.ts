// What gives away what it has before a cluster gets fewer groups or members; and who is passed over where nobody can be asked, so that a
// cluster that is not well can still be given what mends it.
import type { LiveCluster } from "../cluster/live-cluster.ts";
import { fieldsOf } from "../json.ts";
import type { ClusterFacts } from "../status/cluster-facts.ts";
import { viewOf } from "../status/cluster-view.ts";
import { Trouble } from "../trouble.ts";
import { pause } from "../../waiting.ts";
import { knownBeyond, openPlaces, removeBeyond } from "./group-members.ts";
import { untilEmpty } from "./groups.ts";

/** Null: as many as there are. */
export type Wanted = {
  readonly groups: number | null;
  readonly replicas: number | null;
  readonly controllers: number | null;
  readonly deadlineMs: number;
  /** How long whoever can't be asked is waited for before it is passed over. Null: nobody is passed over. */
  readonly passOverAfterMs: number | null;
};

export type Left = { readonly leaving: readonly string[]; readonly removed: readonly string[]; readonly passedOver: readonly string[] };

/** Everybody who votes, at one moment. */
type Look = { readonly facts: ClusterFacts; readonly leaderless: ReadonlySet<string> };

const CONTROLLERS = "controllers";
const LOOK_MS = 100;

export async function letLeave(cluster: LiveCluster, wanted: Wanted, say: (line: string) => void): Promise<Left> {
  const { passOverAfterMs, deadlineMs } = wanted;
  const look =
    passOverAfterMs === null
      ? { facts: await cluster.facts(), leaderless: new Set<string>() }
      : await patientLook(cluster, passOverAfterMs);
  if (look === null) {
    say("Nobody answers: everything is left as it is.");
    return { leaving: [], removed: [], passedOver: [] };
  }
  if (wanted.controllers !== null) refuseFewerControllers(look.facts, wanted.controllers);
  const present = look.leaderless.has(CONTROLLERS) ? groupsSeen(look.facts, say) : await groupsIn(cluster);
  const leaving = present.filter((group) => wanted.groups !== null && isBeyond(group, wanted.groups));
  if (leaving.length > 0) {
    say(`${leaving.map((group) => `Group ${group}`).join(", ")} leave: their shards go to the others.`);
    await cluster.controllers("POST", "/v1/groups/leave", { groups: leaving });
    await untilEmpty(cluster, leaving, deadlineMs);
  }
  const staying = present.filter((group) => !leaving.includes(group));
  const { replicas } = wanted;
  if (replicas === null) return { leaving, removed: [], passedOver: [] };
  const passedOver = staying.filter((group) => look.leaderless.has(group) && knownBeyond(look.facts, group, replicas).length === 0);
  for (const group of passedOver) say(`Group ${group} has no leader to ask, and nobody is known who has to leave it: it is passed over.`);
  const asked = staying.filter((group) => !passedOver.includes(group));
  const removed = await removeBeyond(cluster, asked, { from: replicas, deadlineMs });
  // Whoever waits until all are ready before it goes on would wait for those that nobody lets in.
  await openPlaces(cluster, asked, { wanted: replicas, deadlineMs });
  return { leaving, removed, passedOver };
}

/** Of the newest configuration. */
export async function groupsIn(cluster: LiveCluster): Promise<readonly string[]> {
  const configuration = await cluster.configuration();
  return Object.keys(fieldsOf(configuration["groups"]));
}

/** Pure. A group that is not numbered stays. */
export const isBeyond = (group: string, wanted: number): boolean => /^[1-9][0-9]*$/.test(group) && Number(group) > wanted;

/** An election is no reason to pass anybody over. Null: nobody at all answers. */
async function patientLook(cluster: LiveCluster, waitMs: number): Promise<Look | null> {
  const untilMs = performance.now() + waitMs;
  for (;;) {
    const look = await lookAt(cluster);
    if (look?.leaderless.size === 0 || performance.now() >= untilMs) return look;
    await pause(LOOK_MS);
  }
}

async function lookAt(cluster: LiveCluster): Promise<Look | null> {
  try {
    const facts = await cluster.facts();
    const { groups } = viewOf(facts);
    const led = groups.filter(({ leader }) => leader !== null).map(({ group }) => group);
    const all = [CONTROLLERS, ...replicaGroups(facts)];
    return { facts, leaderless: new Set(all.filter((group) => !led.includes(group))) };
  } catch (error) {
    if (error instanceof Trouble) return null;
    throw error;
  }
}

const replicaGroups = ({ members }: ClusterFacts): readonly string[] => [
  ...new Set(members.filter(({ service }) => service === "replica").map(({ group }) => group)),
];

/** Without controllers that could tell the configuration: those that replicas know. */
function groupsSeen(facts: ClusterFacts, say: (line: string) => void): readonly string[] {
  const seen = replicaGroups(facts);
  say(`The controllers have no leader to ask; of groups ${seen.length === 0 ? "none is" : `${seen.join(", ")} are`} known without them.`);
  return seen;
}

/** Nobody takes the vote from controllers that go, and the rest might be no majority. */
function refuseFewerControllers(facts: ClusterFacts, wanted: number): void {
  const beyond = knownBeyond(facts, CONTROLLERS, wanted);
  if (beyond.length === 0) return;
  const present = Math.max(...beyond) + 1;
  throw new Trouble(
    `the controllers can't become ${wanted}: members of their group are ${beyond.map((ordinal) => `controller-${ordinal}`).join(", ")}, too, and nobody takes their votes`,
    `keep controllers=${present}: helm rollback to the last revision that has it (helm history), which also ends this one, and then helm upgrade with it and with the other values as they were (while a group is not well, also hooks.force=true)`,
  );
}
