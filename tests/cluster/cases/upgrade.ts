// From an older version's chart and images to these and back, pod by pod under load, with both versions at work together for a while.
// `make images-upgrade-from` makes that version's images; they have to be loaded into the cluster like these.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { eventually, sleep } from "../../integration/test-case.ts";
import { checkNothingFailed, CheckedLoad } from "../checked-load.ts";
import type { ClusterCase } from "../cluster-case.ts";
import { Missing } from "../cluster-case.ts";
import { needImages } from "../images.ts";
import { checkKept, writeKept } from "../kept-keys.ts";
import { Release } from "../release.ts";
import { seconds } from "../seconds.ts";

const CHART = join(import.meta.dirname, "../../../.tmp/upgrade-from/charts/flotilla");
const OLD_TAG = "upgrade-from";
/** It had members only. */
const OLD_SERVICES = ["replica", "shard-controller"];
const WHICH = `VERSION=${OLD_TAG} IMAGES="${OLD_SERVICES.join(" ")}"`;
const HOW = `Run make images-upgrade-from, then make kind-load ${WHICH}, or make minikube-load ${WHICH}`;
const OLD_IMAGES = { "image.tag": OLD_TAG };
const MIXED_MS = 120_000;
/** Of the sets of members: pods below it are left as they are. */
const SETS = ["controller", "replica-1", "replica-2"];
const ALL = 0;
const HIGHEST_ONLY = 2;
const NONE = 3;
const REPLACED_MS = 240_000;

export const upgradeFromOlder: ClusterCase = {
  name: "an older version is upgraded pod by pod under load, taken back, and upgraded again",
  needs: async () => {
    if (!existsSync(join(CHART, "Chart.yaml"))) throw new Missing(`there is no chart of the older version. ${HOW}`);
    await needImages({ images: OLD_SERVICES, tag: OLD_TAG }, HOW);
  },
  run: async ({ namespace, say }) => {
    const release = await Release.install({ namespace, chart: CHART, values: OLD_IMAGES });
    await writeKept(release);
    const load = await CheckedLoad.start(release, { name: "load", isPatient: true });
    say(await upgradeInTwoParts(release));
    const back = performance.now();
    await release.rollback(1);
    await untilOlder(release, SETS.length * NONE);
    await allReady(release);
    say(`back at the older version after ${seconds(performance.now() - back)}`);
    say(`the newer version again after ${seconds(await release.upgrade({ "image.tag": "" }))}`);
    await untilOlder(release, 0);
    await allReady(release);
    say(await checkKept(release, "read"));
    say(checkNothingFailed(await load.verdict()));
    await release.uninstall();
    await release.forget();
  },
};

/** The newest chart is there at once, and pods follow when they are let. */
async function upgradeInTwoParts(release: Release): Promise<string> {
  const startMs = performance.now();
  await replaceFrom(release, NONE);
  await release.upgrade({ "image.tag": "" });
  await untilOlder(release, SETS.length * NONE);
  await replaceFrom(release, HIGHEST_ONLY);
  await untilOlder(release, SETS.length * HIGHEST_ONLY);
  await sleep(MIXED_MS);
  await replaceFrom(release, ALL);
  await untilOlder(release, 0);
  await allReady(release);
  return `upgraded after ${seconds(performance.now() - startMs)}, of which both versions worked together for ${seconds(MIXED_MS)}`;
}

/** Pods with lower ordinals wait until they are let. */
async function replaceFrom(release: Release, partition: number): Promise<void> {
  const patch = JSON.stringify({ spec: { updateStrategy: { rollingUpdate: { partition } } } });
  for (const set of SETS)
    await release.kubectl(["patch", "statefulset", `${Release.fullname}-${set}`, "--type", "merge", "--patch", patch]);
}

async function untilOlder(release: Release, count: number): Promise<void> {
  const members = ["--selector", "app.kubernetes.io/component in (controller, replica)"];
  const images = ["get", "pods", ...members, "--output", "jsonpath={.items[*].spec.containers[*].image}"];
  const isSo = async (): Promise<true | null> => {
    const older = (await release.kubectl(images)).split(" ").filter((image) => image.endsWith(`:${OLD_TAG}`));
    return older.length === count ? true : null;
  };
  await eventually(`${count} members are of the older version`, isSo, { deadlineMs: REPLACED_MS, everyMs: 500 });
}

async function allReady(release: Release): Promise<void> {
  await release.untilReady("replica", 6);
  await release.untilReady("controller", 3);
}
