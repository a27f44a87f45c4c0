// From no TLS between members to nothing else, by the two steps of docs/operations.md, and back, while clients go on.
import { check, eventually } from "../../integration/test-case.ts";
import { Authority } from "../../runtime/peers/tls/authority.ts";
import { filesBy } from "../../runtime/peers/tls/certificate-folder.ts";
import { checkNothingFailed, CheckedLoad } from "../checked-load.ts";
import type { ClusterCase } from "../cluster-case.ts";
import { besideOf } from "../litter.ts";
import { Release } from "../release.ts";
import { seconds } from "../seconds.ts";

const SECRET = "peers";
const ON = { "peerTls.enabled": "true", "peerTls.existingSecret": SECRET };
const PREFER = { ...ON, "peerTls.mode": "prefer" };
const REQUIRE = { ...ON, "peerTls.mode": "require" };
/** After the last pod is ready: connections that broke when it ended are made again. */
const ALL_MS = 30_000;

export const peerTls: ClusterCase = {
  name: "members come to speak TLS alone, and back, under load",
  run: async ({ namespace, say }) => {
    const release = await Release.install({
      namespace,
      values: { groups: 1, coordinators: 0, workers: 0 },
      before: (kubectl) => createSecret(kubectl, namespace),
    });
    const load = await CheckedLoad.start(release, { name: "load", isPatient: true });
    await untilAllCome(release, []);
    const hasJumped = await release.upgrade(REQUIRE).then(
      () => true,
      () => false,
    );
    check(!hasJumped, "the step from no TLS to nothing else is refused");
    say(`TLS where both can after ${seconds(await release.upgrade(PREFER))}`);
    await untilAllCome(release, ["tls"]);
    say(`TLS alone after ${seconds(await release.upgrade(REQUIRE))}`);
    await untilAllCome(release, ["tls"]);
    say(`TLS where both can again by rollback after ${seconds(await release.rollback(PREFERRED))}`);
    say(`none after ${seconds(await release.upgrade({ "peerTls.enabled": "false" }))}`);
    await untilAllCome(release, []);
    say(checkNothingFailed(await load.verdict()));
    await release.uninstall();
    await release.forget();
  },
};

/** The refused step made none. */
const PREFERRED = 2;

/** For everybody, by one authority. */
async function createSecret(kubectl: Release["kubectl"], namespace: string): Promise<void> {
  const sets = ["controller", "replica-1"];
  const names = sets.map((set) => `*.${Release.fullname}-${set}.${namespace}.svc.cluster.local`);
  const metadata = { name: SECRET, labels: { "app.kubernetes.io/instance": besideOf(Release.fullname) } };
  const secret = { apiVersion: "v1", kind: "Secret", metadata, stringData: filesBy(new Authority("of the test"), { names }) };
  await kubectl(["apply", "--filename", "-"], { input: JSON.stringify(secret) });
}

/** Every member has callers at its peer port, and all of them come so. Members without certificates don't tell how. */
async function untilAllCome(release: Release, how: readonly string[]): Promise<void> {
  const pods = [...(await release.pods("replica")), ...(await release.pods("controller"))];
  let ways: readonly (readonly string[])[] = [];
  const doAll = async (): Promise<true | null> => {
    ways = await Promise.all(pods.map(({ name }) => transportsOf(release, name)));
    return ways.every((of) => of.join() === how.join()) ? true : null;
  };
  await eventually(`all members are called by ${how.join() || "nobody with a certificate"}`, doAll, {
    deadlineMs: ALL_MS,
    everyMs: 1_000,
    describe: () => JSON.stringify(ways),
  });
}

/** Those by which somebody is connected. */
async function transportsOf(release: Release, pod: string): Promise<readonly string[]> {
  const script = `fetch("http://127.0.0.1:7402/metrics").then((r) => r.text()).then((t) => console.log(t))`;
  const metrics = await release.kubectl(["exec", pod, "--", "node", "-e", script]);
  const series = metrics.matchAll(/^flotilla_peer_connections\{[^}]*transport="([^"]+)"[^}]*\} (\d+)$/gm);
  return [...series].filter(([, , count]) => count !== "0").map(([, transport = ""]) => transport);
}
