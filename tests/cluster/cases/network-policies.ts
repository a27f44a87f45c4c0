// NetworkPolicies where they are enforced: who reaches whom, tried from pods of each sort, while clients go on. A door that nobody may use is
// used by somebody who may, too: one that is shut to all would prove nothing.
import { eventually } from "../../integration/test-case.ts";
import { reaches } from "../asked-by-pods.ts";
import { checkNothingFailed, CheckedLoad } from "../checked-load.ts";
import type { ClusterCase } from "../cluster-case.ts";
import { addressOf, DOOR_PORT, startDoors } from "../door-pods.ts";
import { needEnforcedPolicies } from "../enforced-policies.ts";
import { Release } from "../release.ts";
import { seconds } from "../seconds.ts";

/** Workers may go to pods of others with this label, and to no others. */
const ALLOW_LIST = {
  "networkPolicy.workersMayReach[0].to[0].podSelector.matchLabels.door": "open",
  "networkPolicy.workersMayReach[0].ports[0].port": DOOR_PORT,
};
const CLIENTS_NAMED = ["--set-string", "networkPolicy.clients[0].podSelector.matchLabels.flotilla\\.dev/client=true"];
const ENFORCED_MS = 60_000;

export const networkPolicies: ClusterCase = {
  name: "the peer port is for members alone, workers go nowhere else, and clients are served",
  needs: needEnforcedPolicies,
  run: async ({ namespace, say }) => {
    const release = await Release.install({ namespace, values: { groups: 1, ...ALLOW_LIST } });
    await startDoors(release, { stranger: {}, named: { door: "open" } });
    const load = await CheckedLoad.start(release, { name: "load", isPatient: true });
    const [coordinator, worker] = [await firstOf(release, "coordinator"), await firstOf(release, "worker")];
    say(await untilSo(release, [...waysAmong(coordinator, worker), ...waysOfStrangers(coordinator, true)]));
    say(await release.test());
    say(`clients named after ${seconds(await release.upgrade({}, { args: CLIENTS_NAMED }))}`);
    say(await untilSo(release, [...waysAmong(coordinator, worker), ...waysOfStrangers(coordinator, false)]));
    say(checkNothingFailed(await load.verdict()));
    await release.uninstall();
    await release.forget();
  },
};

type Way = readonly [from: string, to: string, port: number, isOpen: boolean];

const REPLICA = `${Release.fullname}-replica-1-0`;
const OTHER_REPLICA = `${Release.fullname}-replica-1-1`;
const CONTROLLER = `${Release.fullname}-controller-0`;
const CLIENTS = 7400;
const PEERS = 7401;

/** The same whether clients are named or not. The load is one of them. */
const waysAmong = (coordinator: string, worker: string): readonly Way[] => [
  [OTHER_REPLICA, REPLICA, PEERS, true],
  [CONTROLLER, REPLICA, PEERS, true],
  [REPLICA, CONTROLLER, PEERS, true],
  ["stranger", REPLICA, PEERS, false],
  ["stranger", CONTROLLER, PEERS, false],
  ["load", REPLICA, PEERS, false],
  [coordinator, REPLICA, PEERS, false],
  [worker, REPLICA, PEERS, false],
  ["load", REPLICA, CLIENTS, true],
  ["load", coordinator, CLIENTS, true],
  [coordinator, worker, CLIENTS, true],
  ["load", worker, CLIENTS, false],
  [worker, REPLICA, CLIENTS, true],
  [worker, coordinator, CLIENTS, true],
  [worker, "named", DOOR_PORT, true],
  [worker, "stranger", DOOR_PORT, false],
  ["load", "stranger", DOOR_PORT, true],
];

/** Until clients are named anybody is one. */
const waysOfStrangers = (coordinator: string, areServed: boolean): readonly Way[] => [
  ["stranger", REPLICA, CLIENTS, areServed],
  ["stranger", coordinator, CLIENTS, areServed],
];

/** A network may need a moment until it does what a policy says. */
async function untilSo(release: Release, ways: readonly Way[]): Promise<string> {
  const ends = [...new Set(ways.map(([, to]) => to))];
  const hosts = new Map(await Promise.all(ends.map(async (to) => [to, await addressOf(release, to)] as const)));
  let otherwise: readonly Way[] = [];
  const areSo = async (): Promise<true | null> => {
    const areOpen = await Promise.all(ways.map(([from, to, port]) => reaches(release, from, { host: hosts.get(to) ?? "", port })));
    otherwise = ways.filter(([, , , isOpen], i) => areOpen[i] !== isOpen);
    return otherwise.length === 0 ? true : null;
  };
  const tell = ([from, to, port, isOpen]: Way): string => `${from} ${isOpen ? "does not reach" : "reaches"} ${to}:${port}`;
  const describe = (): string => `(${otherwise.map(tell).join(", ")})`;
  await eventually("pods reach whom they may, and nobody else", areSo, { deadlineMs: ENFORCED_MS, everyMs: 1_000, describe });
  return `${ways.length} ways are as they should be, ${ways.filter(([, , , isOpen]) => !isOpen).length} of them closed`;
}

async function firstOf(release: Release, component: "coordinator" | "worker"): Promise<string> {
  const [pod] = await release.pods(component);
  return pod?.name ?? "";
}
