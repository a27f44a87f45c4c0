// Every pod is replaced by a newer one, and the nodes under them are drained, while clients go on: none of their requests fails.
import { check } from "../../integration/test-case.ts";
import { checkNothingFailed, CheckedLoad } from "../checked-load.ts";
import type { ClusterCase } from "../cluster-case.ts";
import { needNodes } from "../nodes.ts";
import { Release } from "../release.ts";
import { runProgram } from "../run-program.ts";
import { seconds } from "../seconds.ts";

export const rollingUpdate: ClusterCase = {
  name: "a rolling update under load",
  run: async ({ namespace, say }) => {
    const release = await Release.install({ namespace });
    const load = await CheckedLoad.start(release, { name: "load", isPatient: true });
    const before = await release.uids();
    const tookMs = await release.upgrade({ "podAnnotations.update": "second" });
    const stayed = (await release.uids()).filter((uid) => before.includes(uid));
    check(stayed.length === 0, `an upgrade replaces every pod, but ${stayed.length} of ${before.length} stayed`);
    say(`all ${before.length} pods replaced by an upgrade after ${seconds(tookMs)}`);
    say(checkNothingFailed(await load.verdict()));
    await release.uninstall();
    await release.forget();
  },
};

export const drainedNode: ClusterCase = {
  name: "a node is drained under load",
  needs: () => needNodes(2),
  run: async ({ namespace, say }) => {
    const release = await Release.install({ namespace });
    const load = await CheckedLoad.start(release, { name: "load", isPatient: true });
    say(await drainNode(release));
    say(checkNothingFailed(await load.verdict()));
    await release.uninstall();
    await release.forget();
  },
};

/** One with a replica and without the load. Volumes that belong to it wait for it to come back. */
async function drainNode(release: Release): Promise<string> {
  const loadsNode = await release.kubectl(["get", "pod", "load", "--output", "jsonpath={.spec.nodeName}"]);
  const node = (await release.pods("replica")).find((pod) => pod.node !== loadsNode)?.node;
  check(node !== undefined, "a replica is on a node without the load");
  const startMs = performance.now();
  try {
    await runProgram("kubectl", ["drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--force", "--timeout", "90s"], {
      deadlineMs: 100_000,
    });
  } finally {
    await runProgram("kubectl", ["uncordon", node]);
  }
  const drainedMs = performance.now() - startMs;
  for (const [component, count] of [
    ["replica", 6],
    ["controller", 3],
    ["coordinator", 2],
    ["worker", 2],
  ] as const)
    await release.untilReady(component, count);
  return `a node drained after ${seconds(drainedMs)}, everybody ready ${seconds(performance.now() - startMs - drainedMs)} after it was back`;
}
