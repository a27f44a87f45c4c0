// Clients of Redis Cluster outside of the cluster: each replica has a port on the nodes, and is known there by that. A client that is told
// to go on to a member goes where it is told, and finds it.
import { check } from "../../integration/test-case.ts";
import { checkNothingFailed, CheckedLoad } from "../checked-load.ts";
import type { ClusterCase } from "../cluster-case.ts";
import { Release } from "../release.ts";
import { runProgram } from "../run-program.ts";
import { MODULE, runTool } from "../tool-pod.ts";

const GROUPS = 2;
const REPLICAS = 3;
const portOf = (group: number | string, ordinal: number | string): string => `31${group}0${ordinal}`;

export const redisOutside: ClusterCase = {
  name: "clients of Redis Cluster outside reach every replica at an address of its own",
  run: async ({ namespace, say }) => {
    const node = (await nodeAddresses())[0] ?? "";
    const address = `${node}:${portOf("\\{group\\}", "\\{ordinal\\}")}`;
    const only = { groups: GROUPS, replicas: REPLICAS, coordinators: 0, workers: 0 };
    const values = { "redisExternal.type": "NodePort", "redisExternal.address": address, ...only };
    const release = await Release.install({ namespace, values });
    const load = await CheckedLoad.start(release, { name: "load", clients: 2, isPatient: true });
    const { announced, movedTo, right } = JSON.parse(
      await runTool(release, { name: "client", program: MODULE, args: [clientOf(node)] }),
    ) as Seen;
    const all = Array.from({ length: GROUPS * REPLICAS }, (_, i) => `${node}:${portOf(Math.floor(i / REPLICAS) + 1, i % REPLICAS)}`);
    check(
      announced.join() === all.join(),
      `all replicas are announced by their ports on the node, and nobody else: ${announced.join(", ")}`,
    );
    check(movedTo.length >= GROUPS, `keys of both groups are where a member says: ${movedTo.join(", ")}`);
    check(right === KEYS, `all ${KEYS} keys are read again by whoever has them, but ${right} are right`);
    say(`${announced.length} replicas announced; ${KEYS} keys written and read through ${movedTo.join(" and ")}`);
    say(checkNothingFailed(await load.verdict()));
    await release.uninstall();
    await release.forget();
  },
};

const KEYS = 40;

type Seen = { readonly announced: readonly string[]; readonly movedTo: readonly string[]; readonly right: number };

async function nodeAddresses(): Promise<readonly string[]> {
  const path = `jsonpath={.items[*].status.addresses[?(@.type=="InternalIP")].address}`;
  return (await runProgram("kubectl", ["get", "nodes", "--output", path])).split(" ");
}

/** As little of a client as that takes: it asks one member, and goes on to whom it is told. */
const clientOf = (node: string): string => `
import { connect } from "node:net";
const ask = (at, ...words) => new Promise((resolve, reject) => {
  const [host, port] = at.split(":");
  const socket = connect(Number(port), host, () => socket.write("*" + words.length + words.map((word) => "\\r\\n$" + word.length + "\\r\\n" + word).join("") + "\\r\\n"));
  let heard = "";
  socket.setTimeout(5_000, () => socket.destroy(new Error(at + " says nothing")));
  socket.on("data", (bytes) => (heard += bytes, socket.end())).on("close", () => resolve(heard)).on("error", reject);
});
const first = "${node}:${portOf(1, 0)}";
const nodes = (await ask(first, "CLUSTER", "NODES")).split("\\n").filter((line) => line.includes("@"));
const announced = nodes.map((line) => line.split(" ")[1].replace(/@.*/, "")).sort();
const movedTo = new Set();
const perform = async (...words) => {
  let at = first;
  for (let tries = 0; tries < 20; tries++) {
    const reply = await ask(at, ...words);
    const [, to] = /^-MOVED \\d+ (\\S+)/.exec(reply) ?? [];
    if (to === undefined && !reply.startsWith("-")) return movedTo.add(at), reply;
    if (to === undefined) await new Promise((resolve) => setTimeout(resolve, 250));
    at = to ?? at;
  }
  throw new Error("no way to " + words.join(" "));
};
let right = 0;
for (let key = 0; key < ${KEYS}; key++) await perform("SET", "key-" + key, "of " + key);
for (let key = 0; key < ${KEYS}; key++) right += (await perform("GET", "key-" + key)).includes("of " + key) ? 1 : 0;
console.log(JSON.stringify({ announced, movedTo: [...movedTo].sort(), right }));
`;
