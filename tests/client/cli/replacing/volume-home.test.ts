import type { NodeSelectorTerm } from "../../../../client/cli/replacing/volume-home.ts";
import { homeOf } from "../../../../client/cli/replacing/volume-home.ts";

const NODES = [
  { name: "n1", labels: { host: "n1", zone: "a" }, isReady: true },
  { name: "n2", labels: { host: "n2", zone: "a" }, isReady: false },
  { name: "n3", labels: { host: "n3", zone: "b" }, isReady: false },
];
const where = (key: string, operator: string, ...values: string[]): NodeSelectorTerm => ({ matchExpressions: [{ key, operator, values }] });

test.each<{ what: string; terms: readonly NodeSelectorTerm[] | null; ready: string[]; away: string[] }>([
  { what: "of a network: any node", terms: null, ready: ["n1"], away: ["n2", "n3"] },
  { what: "on a node that is ready", terms: [where("host", "In", "n1")], ready: ["n1"], away: [] },
  { what: "on a node that is not", terms: [where("host", "In", "n3")], ready: [], away: ["n3"] },
  { what: "on a node that nobody knows", terms: [where("host", "In", "n9")], ready: [], away: [] },
  { what: "in a zone that has a ready node", terms: [where("zone", "In", "a")], ready: ["n1"], away: ["n2"] },
  { what: "either of two", terms: [where("host", "In", "n3"), where("host", "In", "n1")], ready: ["n1"], away: ["n3"] },
  { what: "not on one", terms: [where("host", "NotIn", "n1")], ready: [], away: ["n2", "n3"] },
  { what: "where a label is", terms: [where("gone", "Exists")], ready: [], away: [] },
  { what: "where a label is not", terms: [where("gone", "DoesNotExist")], ready: ["n1"], away: ["n2", "n3"] },
  {
    what: "by the node's own name",
    terms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: ["n2"] }] }],
    ready: [],
    away: ["n2"],
  },
  { what: "a rule that is not understood holds", terms: [where("host", "Gt", "5")], ready: ["n1"], away: ["n2", "n3"] },
])("$what", ({ terms, ready, away }) => {
  expect(homeOf({ name: "v", terms }, NODES)).toEqual({ isLost: ready.length === 0, ready, away });
});
