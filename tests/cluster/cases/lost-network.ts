// A node that nobody reaches, names that nobody resolves, and a Kubernetes that answers nobody. None may cost an acknowledged write; without
// names, and without Kubernetes, nothing at all may happen, because those who know each other need neither.
import { check, eventually } from "../../integration/test-case.ts";
import { awayFor, untilBack } from "../absence.ts";
import { reaches, resolvesNames } from "../asked-by-pods.ts";
import { checkNothingFailed, CheckedLoad } from "../checked-load.ts";
import type { ClusterCase } from "../cluster-case.ts";
import { livesOf } from "../lives.ts";
import { canCutNodes, during, troubleOf } from "../provider-commands.ts";
import { Release } from "../release.ts";
import { runProgram } from "../run-program.ts";
import { seconds } from "../seconds.ts";
import { victimIn } from "../victim.ts";

const CUT_MS = 90_000;
const DNS_GONE_MS = 300_000;

export const nodeCut: ClusterCase = {
  name: "a node is cut off the network and comes back under load",
  needs: canCutNodes,
  run: async ({ namespace, say }) => {
    const release = await Release.install({ namespace });
    const load = await CheckedLoad.start(release, { name: "load", isPatient: true });
    const { name, node, loadsNode } = await victimIn(release);
    const host = await release.kubectl(["get", "pod", name, "--output", "jsonpath={.status.podIP}"]);
    const link = { what: `${name}, asked from ${loadsNode},`, isThere: () => reaches(release, "load", { host, port: 7400 }) };
    check(await link.isThere(), `${link.what} is there before ${node} is cut off`);
    await during(await troubleOf("nodeCut", node), node, () => awayFor({ ...link, forMs: CUT_MS }));
    const startMs = performance.now();
    for (const [component, count] of PODS) await release.untilReady(component, count);
    say(`${node} cut off for ${seconds(CUT_MS)}; everybody ready ${seconds(performance.now() - startMs)} after it was back`);
    // Who led there is followed by another one, and whoever was asked there is asked no more, well within the five seconds that a patient
    // client asks on. So the outcome of none of its requests is unknown.
    say(checkNothingFailed(await load.verdict()));
    await release.uninstall();
    await release.forget();
  },
};

export const dnsGone: ClusterCase = {
  name: "no names are resolved for five minutes under load: nobody is elected, nothing fails",
  needs: async () => void (await troubleOf("dnsGone", "")),
  run: async ({ namespace, say }) => {
    const trouble = await troubleOf("dnsGone", "");
    const release = await Release.install({ namespace });
    const load = await CheckedLoad.start(release, { name: "load", isPatient: true });
    const before = await settled(() => livesOf(release));
    const names = { what: "the resolving of names", isThere: () => resolvesNames(release, "load") };
    check(await names.isThere(), `${names.what} is there before it is taken away`);
    await during(trouble, "", () => awayFor({ ...names, forMs: DNS_GONE_MS }));
    const after = await livesOf(release);
    await untilBack(names);
    checkSame(before, after);
    say(`no names for ${seconds(DNS_GONE_MS)}: the processes of all pods stay, and the terms of all members`);
    say(checkNothingFailed(await load.verdict()));
    await release.uninstall();
    await release.forget();
  },
};

export const apiGone: ClusterCase = {
  name: "the API server is away for two minutes under load: nobody is elected, nothing fails",
  needs: async () => void (await troubleOf("apiGone", "")),
  run: async ({ namespace, say }) => {
    const trouble = await troubleOf("apiGone", "");
    const release = await Release.install({ namespace, values: { groups: 1, coordinators: 0, workers: 0 } });
    const load = await CheckedLoad.start(release, { name: "load", isPatient: true });
    const before = await settled(() => livesOf(release));
    await during(trouble, "", () => awayFor({ ...API, forMs: API_GONE_MS }));
    await untilBack(API);
    const askAgain = { deadlineMs: 120_000, everyMs: 1_000 };
    const after = await eventually("everybody can be asked again", () => livesOf(release).catch(() => null), askAgain);
    checkSame(before, after);
    say(`no API server for ${seconds(API_GONE_MS)}: the processes of all members stay, and their terms`);
    say(checkNothingFailed(await load.verdict()));
    await release.uninstall();
    await release.forget();
  },
};

const API_GONE_MS = 120_000;
const API = { what: "the API server", isThere: answersApi };

async function answersApi(): Promise<boolean> {
  return runProgram("kubectl", ["get", "--raw", "/readyz", "--request-timeout=3s"], { deadlineMs: 5_000 }).then(
    () => true,
    () => false,
  );
}

function checkSame(before: readonly string[], after: readonly string[]): void {
  const [gone, come] = [before.filter((life) => !after.includes(life)), after.filter((life) => !before.includes(life))];
  check(gone.length + come.length === 0, `processes and terms stay, but there were ${gone.join("; ")} and are ${come.join("; ")}`);
}

/** Long enough for a group whose first leader was not its best, and which may only just have begun to change it. */
const SETTLING_MS = 10_000;
const SETTLED_MS = 120_000;

/** What two looks in a row have found. */
async function settled<T>(look: () => Promise<readonly T[]>): Promise<readonly T[]> {
  let last: readonly T[] = [];
  const isAsBefore = async (): Promise<readonly T[] | null> => {
    const before = last;
    last = await look();
    return last.join() === before.join() ? last : null;
  };
  return eventually("nobody is elected any more", isAsBefore, { deadlineMs: SETTLED_MS, everyMs: SETTLING_MS });
}

const PODS = [
  ["replica", 6],
  ["controller", 3],
  ["coordinator", 2],
  ["worker", 2],
] as const;
