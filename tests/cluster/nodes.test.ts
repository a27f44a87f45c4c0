import { nodesThatMayGo, takesPods } from "./nodes.ts";

test("nodes that take no pods don't count", () => {
  const nodes = [
    { spec: {} },
    { spec: { taints: [{ effect: "PreferNoSchedule" }] } },
    { spec: { unschedulable: true } },
    { spec: { taints: [{ effect: "NoSchedule" }] } },
  ];
  expect(nodes.filter(takesPods)).toEqual(nodes.slice(0, 2));
});

test("a node with two members of a group may not go", () => {
  const members = ["replica-1-0 c", "replica-1-1 a", "replica-1-2 b", "replica-2-0 b", "replica-2-1 c", "replica-2-2 b"];
  const pods = members.map((member) => ({ name: member.slice(0, -2), node: member.slice(-1) }));
  expect(nodesThatMayGo(pods)).toEqual(["a", "c"]);
});
