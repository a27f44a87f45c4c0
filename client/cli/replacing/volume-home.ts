// Where a volume can be reached from, by its own words. A local one names its node; one of a network names a zone, or nothing. A rule that
// is not understood is taken to hold: a volume that may be there is not given up.
import type { Node, Volume } from "./release-api.ts";

type Requirement = { readonly key: string; readonly operator: string; readonly values?: readonly string[] };
export type NodeSelectorTerm = { readonly matchExpressions?: readonly Requirement[]; readonly matchFields?: readonly Requirement[] };

/** `lost`: none of the nodes that could reach it is ready. `away`: those of them that are still known. */
export type Home = { readonly isLost: boolean; readonly ready: readonly string[]; readonly away: readonly string[] };

export function homeOf({ terms }: Volume, nodes: readonly Node[]): Home {
  const able = nodes.filter((node) => terms === null || terms.some((term) => holds(term, node)));
  const ready = able.filter(({ isReady }) => isReady).map(({ name }) => name);
  return { isLost: ready.length === 0, ready, away: able.filter(({ isReady }) => !isReady).map(({ name }) => name) };
}

function holds({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, { name, labels }: Node): boolean {
  return (
    matchExpressions.every((each) => agrees(each, labels[each.key])) &&
    matchFields.every((each) => agrees(each, each.key === "metadata.name" ? name : undefined))
  );
}

function agrees({ operator, values = [] }: Requirement, value: string | undefined): boolean {
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    default:
      return true;
  }
}
