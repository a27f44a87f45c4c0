// How many nodes there are to run on. A case that needs more than there are says so, and proves nothing.
import { Skipped } from "./cluster-case.ts";
import { runProgram } from "./run-program.ts";

type Node = {
  readonly spec: { readonly unschedulable?: boolean; readonly taints?: readonly { readonly effect: string }[] };
};

/** Fails as skipped where fewer nodes take pods. */
export async function needNodes(count: number): Promise<void> {
  const { items } = JSON.parse(await runProgram("kubectl", ["get", "nodes", "--output", "json"])) as { readonly items: readonly Node[] };
  const there = countOf(items);
  if (there < count) throw new Skipped(`it takes ${count} nodes, and ${there} ${there === 1 ? "is" : "are"} there`);
}

/** Pure. Of those that take any pod. */
export function countOf(nodes: readonly Node[]): number {
  return nodes.filter(({ spec }) => spec.unschedulable !== true && !spec.taints?.some(({ effect }) => effect === "NoSchedule")).length;
}
