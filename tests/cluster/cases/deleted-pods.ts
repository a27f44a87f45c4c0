// Installed, tested by its own test, every pod of it deleted once under load, uninstalled: nothing is lost, and what is left
// is what the notes say.
import { check } from "../../integration/test-case.ts";
import { CheckedLoad, checkVerdict } from "../checked-load.ts";
import type { ClusterCase } from "../cluster-case.ts";
import type { Component } from "../release.ts";
import { Release } from "../release.ts";

const LOAD_SECONDS = 180;
const UNINSTALL_MS_MAX = 30_000;

export const deletedPods: ClusterCase = {
  name: "each pod is deleted once under load",
  run: async ({ namespace, say }) => {
    const installMs = performance.now();
    const release = await Release.install({ namespace });
    say(`installed and ready after ${seconds(performance.now() - installMs)}`);

    const load = await CheckedLoad.start(release, { name: "load", seconds: LOAD_SECONDS });
    const startMs = performance.now();
    for (const component of ["replica", "controller"] as const) say(await deleteEach(release, component));
    check(performance.now() - startMs < LOAD_SECONDS * 1_000, "all pods were deleted while the load went on");
    say(checkVerdict(await load.verdict()));

    await release.helm(["test", Release.fullname, "--timeout", "120s"], { deadlineMs: 130_000 });
    say("helm test passes");

    const uninstallMs = performance.now();
    await release.uninstall();
    const tookMs = performance.now() - uninstallMs;
    say(`uninstalled after ${seconds(tookMs)}`);
    check(tookMs < UNINSTALL_MS_MAX, `it is gone within ${seconds(UNINSTALL_MS_MAX)}`);
    const others = (await release.leftovers()).filter(
      (name) => !/^(persistentvolumeclaim|secret)\//.test(name) && !name.includes("-test-"),
    );
    check(others.length === 0, `only claims and the secret are left, but there are ${others.join(", ")}`);
    await release.forget();
  },
};

async function deleteEach(release: Release, component: Component): Promise<string> {
  const took: string[] = [];
  for (const pod of await release.pods(component)) took.push(seconds(await release.replacePod(pod, component)));
  check(took.length > 0, `there are pods of the ${component}s`);
  return `${component} pods replaced after ${took.join(", ")}`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
