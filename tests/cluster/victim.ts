// The replica whose node is taken away: a case about one lost node must not take more with it.
import { check } from "../integration/test-case.ts";
import { nodesThatMayGo } from "./nodes.ts";
import type { Pod } from "./pods.ts";
import type { Release } from "./release.ts";

export type Victim = Pod & { readonly loadsNode: string };

/** Not beside the load, nor beside another member of a group. On the last such node: the cluster's own parts tend to be on the first. */
export async function victimIn(release: Release): Promise<Victim> {
  const loadsNode = await release.kubectl(["get", "pod", "load", "--output", "jsonpath={.spec.nodeName}"]);
  const replicas = await release.pods("replica");
  const nodes = nodesThatMayGo(replicas).filter((node) => node !== loadsNode);
  const last = replicas.find(({ node }) => node === nodes.at(-1));
  check(last !== undefined, `a replica is on a node without the load (${loadsNode}) and without two members of one group`);
  return { ...last, loadsNode };
}
