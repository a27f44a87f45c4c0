// Which nodes there are to run on. A case that needs more than there are says so, and proves nothing.
import { Skipped } from "./cluster-case.ts";
import type { Pod } from "./pods.ts";
import { runProgram } from "./run-program.ts";

export type Node = {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly unschedulable?: boolean; readonly taints?: readonly { readonly effect: string }[] };
  readonly status: { readonly images?: readonly { readonly names?: readonly string[] }[] };
};

/** Fails as skipped where fewer nodes take pods. */
export async function needNodes(count: number): Promise<void> {
  const there = (await nodesForPods()).length;
  if (there < count) throw new Skipped(`it takes ${count} nodes, and ${there} ${there === 1 ? "is" : "are"} there`);
}

export async function nodesForPods(): Promise<readonly Node[]> {
  const { items } = JSON.parse(await runProgram("kubectl", ["get", "nodes", "--output", "json"])) as { readonly items: readonly Node[] };
  return items.filter(takesPods);
}

/** Pure. Any pod. */
export function takesPods({ spec }: Pick<Node, "spec">): boolean {
  return spec.unschedulable !== true && spec.taints?.some(({ effect }) => effect === "NoSchedule") !== true;
}

/** Pure. In order, those on which no group of members has two: of three or more, the others are a majority. */
export function nodesThatMayGo(members: readonly Pick<Pod, "name" | "node">[]): readonly string[] {
  const nodes = [...new Set(members.map(({ node }) => node))].toSorted();
  return nodes.filter((node) => {
    const groups = members.filter((member) => member.node === node).map(({ name }) => name.slice(0, name.lastIndexOf("-")));
    return new Set(groups).size === groups.length;
  });
}
