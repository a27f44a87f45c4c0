// A value that ends the process of a replica: the upgrade stops at the first member of each group, and a rollback takes it back while
// these are not well. Controllers that came by an upgrade don't go by a rollback, and groups that an upgrade could not take away stay.
import { check, eventually } from "../../integration/test-case.ts";
import { checkNothingFailed, CheckedLoad } from "../checked-load.ts";
import type { ClusterCase } from "../cluster-case.ts";
import { checkKept, writeKept } from "../kept-keys.ts";
import { Release } from "../release.ts";
import { seconds } from "../seconds.ts";

/** No level of the log is called so: the process names the setting and ends. */
const BAD = { "replica.env.FLOTILLA_LOG_LEVEL": "loud" };
/** Enough for the hook and for the first pods to end several times. */
const GIVEN_UP_MS = 60_000;

export const badValue: ClusterCase = {
  name: "a bad value is rolled back",
  run: async ({ namespace, say }) => {
    const release = await Release.install({ namespace, values: { coordinators: 0, workers: 0 } });
    await writeKept(release);
    const load = await CheckedLoad.start(release, { name: "load", isPatient: true });
    await refused(release.upgrade(BAD, { withinMs: GIVEN_UP_MS }), "an upgrade whose pods end again and again");
    await unready(release, 2);
    say(`given up after ${seconds(GIVEN_UP_MS)}: one member of each group is not ready`);
    say(`back by rollback after ${seconds(await release.rollback(1))}`);
    await release.untilReady("replica", 6);
    say(await checkKept(release, "read"));
    say(checkNothingFailed(await load.verdict()));
    await release.uninstall();
    await release.forget();
  },
};

export const controllersStay: ClusterCase = {
  name: "a rollback to fewer controllers is refused, and all of them stay",
  run: async ({ namespace, say }) => {
    const release = await Release.install({ namespace, values: { groups: 1, controllers: 1, coordinators: 0, workers: 0 } });
    say(`1 to 3 controllers after ${seconds(await release.upgrade({ controllers: 3 }))}`);
    await release.untilReady("controller", 3);
    const load = await CheckedLoad.start(release, { name: "load", isPatient: true });
    await refused(release.rollback(1), "a rollback from three controllers to one");
    // As the pods themselves say: logs are a kubelet's, and it may have lost them.
    const said = await release.kubectl([
      "get",
      "pods",
      "--selector",
      `batch.kubernetes.io/job-name=${Release.fullname}-topology-back`,
      "--output",
      "jsonpath={.items[*].status.containerStatuses[*].state.terminated.message}",
    ]);
    check(/controllers can't become 1.*controller-1, controller-2/.test(said), `the hook says why: ${said}`);
    await release.untilReady("controller", 3);
    // Helm calls the release pending where the hook before a rollback failed, and upgrades nothing until another one has ended that.
    say(`with what the refusal names: ended by a rollback to three after ${seconds(await release.rollback(2))}`);
    say(`and upgraded after ${seconds(await release.upgrade({ controllers: 3 }))}`);
    say(checkNothingFailed(await load.verdict()));
    await release.uninstall();
    await release.forget();
  },
};

export const groupsStay: ClusterCase = {
  name: "an upgrade to fewer groups that was refused is taken back by an upgrade, as no rollback can",
  run: async ({ namespace, say }) => {
    const release = await Release.install({ namespace, values: { coordinators: 0, workers: 0 } });
    await writeKept(release);
    const load = await CheckedLoad.start(release, { name: "load", isPatient: true });
    await release.kubectl(["scale", "statefulset", "flotilla-replica-1", "--replicas=2"]);
    await release.untilReady("replica", 5);
    await refused(release.upgrade({ groups: 1 }), "an upgrade to one group, while the other one is not well");
    await refused(release.rollback(1), "a rollback from a revision that does not have what the cluster has");
    say(`back by an upgrade after ${seconds(await release.upgrade({ groups: 2, "hooks.force": "true" }))}`);
    await release.untilReady("replica", 6);
    say(await checkKept(release, "read"));
    say(checkNothingFailed(await load.verdict()));
    await release.uninstall();
    await release.forget();
  },
};

async function refused(change: Promise<number>, what: string): Promise<void> {
  const hasPassed = await change.then(
    () => true,
    () => false,
  );
  check(!hasPassed, `${what} does not succeed`);
}

async function unready(release: Release, count: number): Promise<void> {
  const are = async (): Promise<true | null> =>
    (await release.pods("replica")).filter(({ isReady }) => !isReady).length === count ? true : null;
  await eventually(`${count} replicas are not ready`, are, { deadlineMs: 10_000, everyMs: 250 });
}
