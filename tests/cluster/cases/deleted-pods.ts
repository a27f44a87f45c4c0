// Every pod of a release is deleted while clients go on, once in each round; then two of three members at once. Then the release goes, and
// only what a person would miss stays.
import { check, eventually } from "../../integration/test-case.ts";
import { checkNothingFailed, CheckedLoad } from "../checked-load.ts";
import type { ClusterCase } from "../cluster-case.ts";
import type { Component } from "../pods.ts";
import { COMPONENTS } from "../pods.ts";
import { Release } from "../release.ts";
import { seconds } from "../seconds.ts";

const UNINSTALL_MS_MAX = 30_000;

export const deletedPods: ClusterCase = {
  name: "each pod is deleted under load, then two of three at once",
  run: async ({ namespace, say, rounds }) => {
    const installMs = performance.now();
    const release = await Release.install({ namespace });
    say(`installed and ready after ${seconds(performance.now() - installMs)}`);

    for (let round = 1; round <= rounds; round++) {
      // One for each round: what is judged at a time stays small.
      const load = await CheckedLoad.start(release, { name: `load-${round}`, isPatient: true });
      for (const component of COMPONENTS) say(await deleteEach(release, component));
      if (round === rounds) say(await deleteTwo(release));
      say(checkNothingFailed(await load.verdict()));
    }

    say(await release.test());

    const notes = await release.helm(["get", "notes", Release.fullname]);
    check(/Uninstalling keeps the volumes .* and the Secret/.test(notes), `the notes say what an uninstall keeps: ${notes}`);
    const uninstallMs = performance.now();
    await release.uninstall();
    const tookMs = performance.now() - uninstallMs;
    say(`uninstalled after ${seconds(tookMs)}; only volumes and the Secret are left`);
    check(tookMs < UNINSTALL_MS_MAX, `it is gone within ${seconds(UNINSTALL_MS_MAX)}`);
    await release.forget();
  },
};

async function deleteEach(release: Release, component: Component): Promise<string> {
  const took: string[] = [];
  for (const pod of await release.pods(component)) took.push(seconds(await release.replacePods([pod], component)));
  check(took.length > 0, `there are pods of the ${component}s`);
  return `${component} pods replaced after ${took.join(", ")}`;
}

/** With them goes the majority of their group: whoever asks waits until one of them is back. */
async function deleteTwo(release: Release): Promise<string> {
  const two = (await release.pods("replica")).filter(({ name }) => name.startsWith(`${Release.fullname}-replica-1-`)).slice(0, 2);
  const replaced = release.replacePods(two, "replica");
  // Whoever waits for it comes later.
  replaced.catch(() => undefined);
  const areAway = async (): Promise<true | null> => {
    const ready = (await release.pods("replica")).filter(({ isReady }) => isReady);
    return two.some(({ name }) => ready.some((pod) => pod.name === name)) ? null : true;
  };
  await eventually("two of three are away at one moment", areAway, { everyMs: 100 });
  return `two of three replaced after ${seconds(await replaced)}`;
}
