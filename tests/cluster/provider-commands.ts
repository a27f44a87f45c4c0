// What Kubernetes has no call for: a node off the network, names that don't resolve. How that is done depends on what the nodes are, so
// it is a command, from the environment or, where the nodes are containers of kind, one of Docker's.
import { runProgram } from "./run-program.ts";

export type Trouble = {
  /** Shell commands; what they are about (a node) is their `$1`. */
  readonly begin: string;
  readonly end: string;
};

const VARIABLES = {
  nodeCut: ["FLOTILLA_CLUSTER_CUT_NODE", "FLOTILLA_CLUSTER_MEND_NODE"],
  dnsGone: ["FLOTILLA_CLUSTER_STOP_DNS", "FLOTILLA_CLUSTER_START_DNS"],
} as const;

const DEFAULTS = {
  nodeCut: { begin: `docker network disconnect kind "$1"`, end: `docker network connect kind "$1"` },
  dnsGone: {
    begin: "kubectl --namespace kube-system scale deployment coredns --replicas=0",
    end: "kubectl --namespace kube-system scale deployment coredns --replicas=2",
  },
} as const;

export function troubleOf(kind: keyof typeof VARIABLES): Trouble {
  const [begin, end] = VARIABLES[kind].map((name) => process.env[name]);
  return begin === undefined || end === undefined ? DEFAULTS[kind] : { begin, end };
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
