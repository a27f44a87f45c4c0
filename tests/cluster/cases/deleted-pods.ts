// Every pod of a release is deleted while clients go on, once in each round; then two of three members at once, of which one waits for the
// other. Then the release goes, and only what a person would miss stays.
import { check } from "../../integration/test-case.ts";
import { checkNothingFailed, CheckedLoad } from "../checked-load.ts";
import type { ClusterCase } from "../cluster-case.ts";
import type { Look } from "../group-watch.ts";
import { fewestServing, lookAt, looksWaited, watchGroup } from "../group-watch.ts";
import { keptIn, objectsIn } from "../litter.ts";
import type { Component } from "../pods.ts";
import { COMPONENTS } from "../pods.ts";
import { Release } from "../release.ts";
import { seconds } from "../seconds.ts";

const UNINSTALL_MS_MAX = 30_000;
/** Six replicas and three controllers have a volume each, and there is the Secret. */
const KEPT = 10;

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
    const kept = keptIn(await objectsIn(namespace), Release.fullname);
    check(kept.length === KEPT, `there are volumes of nine members and the Secret: ${kept.join(", ")}`);
    const uninstallMs = performance.now();
    await release.uninstall();
    const tookMs = performance.now() - uninstallMs;
    const left = keptIn(await objectsIn(namespace), Release.fullname);
    const missed = kept.filter((name) => !left.includes(name));
    check(missed.length === 0, `volumes and the Secret stay, but without ${missed.join(", ")}`);
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

/** With both goes the majority of their group, so the second one has to serve on until the first is back, although it was told to end. */
async function deleteTwo(release: Release): Promise<string> {
  const members = (await release.pods("replica")).filter(({ name }) => name.startsWith(`${Release.fullname}-replica-1-`));
  const names = members.map(({ name }) => name);
  const before = await lookAt(release, names);
  check(before.size === 3, `all three members serve before two are deleted, but only ${[...before.keys()].join(", ")} do`);
  const two = members.slice(0, 2);
  const replaced = release.replacePods(two, "replica");
  const looks = await watchGroup(release, names, replaced);
  const tookMs = await replaced;
  const fewest = fewestServing(looks);
  check(fewest >= 2, `at no moment does less than a majority serve, but at one only ${fewest} did: ${toldOf(looks)}`);
  const waited = looksWaited(looks, { two: two.map(({ name }) => name), before });
  check(waited > 0, `one of the two serves on while the other one is away: ${toldOf(looks)}`);
  const shown = `in ${waited} of ${looks.length} looks one waited for the other, in none less than a majority served`;
  return `two of three, deleted at once, replaced after ${seconds(tookMs)}; ${shown}`;
}

const toldOf = (looks: readonly Look[]): string =>
  looks.map((look) => [...look].map(([pod, start]) => `${pod} (${start})`).join(", ")).join("; ");
