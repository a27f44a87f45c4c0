// Volumes are lost. That of one member: it comes back as a new member of its place. Those of all controllers: the replicas obey no new
// cluster, and serve on. And a release that was uninstalled finds its data again.
import { check, eventually } from "../../integration/test-case.ts";
import { checkNothingFailed, CheckedLoad } from "../checked-load.ts";
import type { ClusterCase } from "../cluster-case.ts";
import { checkKept, writeKept } from "../kept-keys.ts";
import type { Pod } from "../pods.ts";
import { Release } from "../release.ts";
import { seconds } from "../seconds.ts";

export const wipedVolume: ClusterCase = {
  name: "the volume of each member of a group is wiped under load, one after the other",
  run: async ({ namespace, say }) => {
    const release = await Release.install({ namespace, values: { groups: 1, coordinators: 0, workers: 0 } });
    const load = await CheckedLoad.start(release, { name: "load", isPatient: true });
    for (const pod of await release.pods("replica")) {
      const before = await memberOf(release, pod);
      const tookMs = await wipe(release, pod);
      const after = await memberOf(release, pod);
      check(before !== after, `${pod.name} comes back as another member`);
      say(`${pod.name} votes again, as a new member, after ${seconds(tookMs)}`);
    }
    say(checkNothingFailed(await load.verdict()));
    await release.uninstall();
    await release.forget();
  },
};

export const controllersWiped: ClusterCase = {
  name: "a release finds its data again, and obeys no new controllers",
  run: async ({ namespace, say }) => {
    const release = await Release.install({ namespace, values: { coordinators: 0, workers: 0 } });
    await writeKept(release);
    await release.uninstall();
    const startMs = performance.now();
    await release.reinstall();
    say(`installed over the volumes that were kept, and ready, after ${seconds(performance.now() - startMs)}`);
    say(await checkKept(release, "read"));

    const load = await CheckedLoad.start(release, { name: "load", isPatient: true });
    const controllers = await release.pods("controller");
    await release.kubectl(["delete", "pvc", "--wait=false", ...controllers.map(({ name }) => `data-${name}`)]);
    await release.replacePods(controllers, "controller");
    say(await refusedByAll(release));
    say(checkNothingFailed(await load.verdict()));
    say(await startAgainWithoutThem(release));
    say(await checkKept(release, "read-again"));
    await release.uninstall();
    await release.forget();
  },
};

/** Each member asks them by itself, twice a minute. */
async function refusedByAll(release: Release): Promise<string> {
  const refusalOf = async ({ name }: Pod): Promise<string> => {
    const look = async (): Promise<string | null> => {
      const health = JSON.stringify(await release.ask(name, "/readyz"));
      return /the shard controllers belong to cluster [^"]*they are not obeyed/.exec(health)?.[0] ?? null;
    };
    return eventually(`${name} says that it does not obey them`, look, { deadlineMs: 60_000, everyMs: 1_000 });
  };
  const refusals = await Promise.all((await release.pods("replica")).map(refusalOf));
  return `all ${refusals.length} replicas say: ${[...new Set(refusals)].join("; ")}`;
}

/** As operations.md says: beside controllers that it does not obey a replica that starts is not ready, and without any it is. */
async function startAgainWithoutThem(release: Release): Promise<string> {
  const name = "flotilla-replica-1-0";
  await release.kubectl(["delete", "pod", name]);
  const saysSo = async (): Promise<true | null> =>
    /they are not obeyed/.test(JSON.stringify(await release.ask(name, "/readyz").catch(() => null))) ? true : null;
  await eventually(`${name} does not obey them after its start either`, saysSo, { deadlineMs: 60_000, everyMs: 1_000 });
  const again = (await release.pods("replica")).filter((pod) => pod.name === name);
  check(again[0]?.isReady === false, `${name} is not ready beside them`);
  await release.kubectl(["scale", "statefulset", "flotilla-controller", "--replicas=0"]);
  await release.untilReady("controller", 0);
  return `without controllers ${name} is ready after ${seconds(await release.replacePods(again, "replica"))}`;
}

async function wipe(release: Release, pod: Pod): Promise<number> {
  await release.kubectl(["delete", "pvc", `data-${pod.name}`, "--wait=false"]);
  return release.replacePods([pod], "replica");
}

async function memberOf(release: Release, { name }: Pod): Promise<unknown> {
  const { member, role } = await release.ask(name, "/v1/status");
  check(role === "leader" || role === "follower", `${name} votes, but it is ${String(role)}`);
  return member;
}
