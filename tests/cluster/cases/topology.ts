// Groups and replicas are values: more and fewer of them by an upgrade, and back by a rollback, while clients go on. No pod that is there
// before and afterwards is replaced for that.
import { check } from "../../integration/test-case.ts";
import { checkNothingFailed, CheckedLoad, checkVerdict } from "../checked-load.ts";
import type { ClusterCase } from "../cluster-case.ts";
import { checkKept, readKept, writeKept } from "../kept-keys.ts";
import { Release } from "../release.ts";
import { seconds } from "../seconds.ts";
import { runTool } from "../tool-pod.ts";

export const groupsChange: ClusterCase = {
  name: "two groups become three and two again under load, and once more by rollback",
  run: async ({ namespace, say }) => {
    const release = await Release.install({ namespace });
    const before = await release.uids();
    const load = await CheckedLoad.start(release, { name: "load", isPatient: true });
    say(`2 to 3 groups after ${seconds(await release.upgrade({ groups: 3 }))}`);
    await checkShares(release, ["1", "2", "3"]);
    say(`3 to 2 groups after ${seconds(await release.upgrade({ groups: 2 }))}`);
    await release.untilReady("replica", 6);
    await checkShares(release, ["1", "2"]);
    say(`2 to 3 groups, over the volumes that group 3 had, by rollback after ${seconds(await release.rollback(2))}`);
    await checkShares(release, ["1", "2", "3"]);
    say(`3 to 2 groups by rollback after ${seconds(await release.rollback(1))}`);
    await checkShares(release, ["1", "2"]);
    say(await checkStayed(release, before));
    say(checkNothingFailed(await load.verdict()));
    await release.uninstall();
    await release.forget();
  },
};

export const replicasChange: ClusterCase = {
  name: "three replicas become five and three again under load, over kept volumes once more",
  run: async ({ namespace, say }) => {
    const release = await Release.install({ namespace, values: { groups: 1, workers: 0, coordinators: 0 } });
    const before = await release.uids();
    const load = await CheckedLoad.start(release, { name: "load", isPatient: true });
    say(`3 to 5 replicas after ${seconds(await release.upgrade({ replicas: 5 }))}`);
    await checkVoters(release, 5);
    say(`5 to 3 replicas after ${seconds(await release.upgrade({ replicas: 3 }))}`);
    await release.untilReady("replica", 3);
    await checkVoters(release, 3);
    say(`3 to 5 replicas, over the volumes of those that had left, after ${seconds(await release.upgrade({ replicas: 5 }))}`);
    await checkVoters(release, 5);
    say(await checkStayed(release, before));
    say(checkNothingFailed(await load.verdict()));
    await release.uninstall();
    await release.forget();
  },
};

/** What hooks do, done by a person, as docs/operations.md has it. */
export const groupsByHand: ClusterCase = {
  name: "two groups become three and two again without hooks under load, by two commands",
  run: async ({ namespace, say }) => {
    const release = await Release.install({ namespace, values: { coordinators: 0, workers: 0 } });
    const load = await CheckedLoad.start(release, { name: "load", isPatient: true });
    const args = ["--no-hooks"];
    say(`2 to 3 groups without hooks after ${seconds(await release.upgrade({ groups: 3 }, { args }))}`);
    await release.untilReady("replica", 9);
    await administer(release, "settle", ["--groups", "3", "--replicas", "3"]);
    await checkShares(release, ["1", "2", "3"]);
    await administer(release, "set", ["--groups", "2", "--replicas", "3", "--controllers", "3"]);
    say(`3 to 2 groups without hooks after ${seconds(await release.upgrade({ groups: 2 }, { args }))}`);
    await release.untilReady("replica", 6);
    await checkShares(release, ["1", "2"]);
    say(checkNothingFailed(await load.verdict()));
    await release.uninstall();
    await release.forget();
  },
};

/** Of the controllers, who know everybody. */
async function administer(release: Release, command: "set" | "settle", sizes: readonly string[]): Promise<void> {
  const controllers = (await release.pods("controller")).map(({ name }) => `http://${name}.${Release.fullname}-controller:7400`);
  const args = ["topology", command, ...sizes, "--endpoint", controllers.join(",")];
  await runTool(release, { name: `topology-${command}`, args, token: "admin" });
}

/** Whoever installs without hooks, as some tools do, may take a group away that still has shards. */
export const withoutHooks: ClusterCase = {
  name: "a group that is taken away without hooks leaves its shards unserved, and has them when it is back",
  run: async ({ namespace, say }) => {
    const release = await Release.install({ namespace, values: { groups: 3, coordinators: 0, workers: 0 } });
    await checkShares(release, ["1", "2", "3"]);
    await writeKept(release);
    const load = await CheckedLoad.start(release, { name: "load", isPatient: true });
    const args = ["--no-hooks"];
    say(`3 to 2 groups without hooks after ${seconds(await release.upgrade({ groups: 2 }, { args }))}`);
    await release.untilReady("replica", 6);
    const { right, unserved } = await readKept(release, "read-without");
    check(right > 0 && unserved > 0, `some keys are served and some are not, but ${right} are and ${unserved} are not`);
    say(`${right} keys are served, ${unserved} are refused`);
    say(`2 to 3 groups without hooks after ${seconds(await release.upgrade({ groups: 3 }, { args }))}`);
    await release.untilReady("replica", 9);
    say(await checkKept(release, "read-again"));
    say(checkVerdict(await load.verdict()));
    await release.uninstall();
    await release.forget();
  },
};

async function checkShares(release: Release, groups: readonly string[]): Promise<void> {
  const { shards } = (await release.ask(`${Release.fullname}-replica-1-0`, "/v1/shard-map")) as { shards: readonly (string | null)[] };
  const owners = [...new Set(shards)].sort().join();
  check(owners === groups.join(), `all shards belong to the groups ${groups.join()}, but they belong to ${owners}`);
}

async function checkStayed(release: Release, before: readonly string[]): Promise<string> {
  const there = new Set(await release.uids());
  const gone = before.filter((uid) => !there.has(uid));
  check(gone.length === 0, `no pod is replaced for others that come and go, but ${gone.length} of ${before.length} were`);
  return `all ${before.length} pods of the beginning are still there`;
}

async function checkVoters(release: Release, count: number): Promise<void> {
  const { members } = (await release.ask(`${Release.fullname}-replica-1-0`, "/v1/members")) as { members: readonly { votes: boolean }[] };
  const voters = members.filter(({ votes }) => votes).length;
  check(voters === count && members.length === count, `${count} members vote, but ${voters} of ${members.length} do`);
}
