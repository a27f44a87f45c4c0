// What Kubernetes has no call for: a node off the network, names that don't resolve, its own server away. How that is done depends on what the nodes are, so
// it is a command, from the environment or, where the nodes are containers of kind, one of Docker's.
import { Skipped } from "./cluster-case.ts";
import { needNodes, nodesForPods } from "./nodes.ts";
import { runProgram } from "./run-program.ts";

export type Trouble = {
  /** Shell commands; what they are about (a node) is their `$1`. */
  readonly begin: string;
  readonly end: string;
};

const VARIABLES = {
  nodeCut: ["FLOTILLA_CLUSTER_CUT_NODE", "FLOTILLA_CLUSTER_MEND_NODE"],
  dnsGone: ["FLOTILLA_CLUSTER_STOP_DNS", "FLOTILLA_CLUSTER_START_DNS"],
  apiGone: ["FLOTILLA_CLUSTER_STOP_API", "FLOTILLA_CLUSTER_START_API"],
} as const;

const DEFAULTS = { nodeCut: offKindsNetwork, dnsGone: withoutCoreDns, apiGone: withoutKindsServer };

/** Fails as skipped where nobody says how it is done here. */
export async function troubleOf(kind: keyof typeof VARIABLES, about: string): Promise<Trouble> {
  const [begin, end] = VARIABLES[kind].map((name) => process.env[name]);
  if (begin !== undefined && end !== undefined) return { begin, end };
  try {
    return await DEFAULTS[kind](about);
  } catch (error) {
    throw new Skipped(`${VARIABLES[kind].join(" and ")} are not set, and there is no other way: ${String(error)}`);
  }
}

/** Two of three members go on without the third: with fewer nodes than members one node may have a majority. */
export async function canCutNodes(): Promise<void> {
  await needNodes(3);
  const [first] = await nodesForPods();
  await troubleOf("nodeCut", first?.metadata.name ?? "");
}

async function offKindsNetwork(node: string): Promise<Trouble> {
  await runProgram("docker", ["container", "inspect", "--format", "{{ .NetworkSettings.Networks.kind.NetworkID }}", node]);
  return { begin: `docker network disconnect kind "$1"`, end: `docker network connect kind "$1"` };
}

/** As many of it come back as there were. */
async function withoutCoreDns(): Promise<Trouble> {
  const coreDns = ["--namespace", "kube-system", "get", "deployment", "coredns", "--output", "jsonpath={.spec.replicas}"];
  const scale = "kubectl --namespace kube-system scale deployment coredns";
  return { begin: `${scale} --replicas=0`, end: `${scale} --replicas=${await runProgram("kubectl", coreDns)}` };
}

/** The kubelet of kind's first node ends the server when its manifest goes, and starts it when that is back. */
async function withoutKindsServer(): Promise<Trouble> {
  const first = ["get", "nodes", "--selector", "node-role.kubernetes.io/control-plane", "--output", "jsonpath={.items[0].metadata.name}"];
  const node = await runProgram("kubectl", first);
  const [there, away] = ["/etc/kubernetes/manifests/kube-apiserver.yaml", "/etc/kubernetes/kube-apiserver.yaml"];
  await runProgram("docker", ["exec", node, "test", "-f", there]);
  return { begin: `docker exec ${node} mv ${there} ${away}`, end: `docker exec ${node} mv ${away} ${there}` };
}

/** The end comes, whatever happens meanwhile. */
export async function during<T>({ begin, end }: Trouble, about: string, work: () => Promise<T>): Promise<T> {
  const run = (command: string): Promise<string> => runProgram("sh", ["-c", command, "sh", about]);
  await run(begin);
  try {
    return await work();
  } finally {
    await run(end);
  }
}
