import { takesPods } from "./nodes.ts";

test("nodes that take no pods don't count", () => {
  const nodes = [
    { spec: {} },
    { spec: { taints: [{ effect: "PreferNoSchedule" }] } },
    { spec: { unschedulable: true } },
    { spec: { taints: [{ effect: "NoSchedule" }] } },
  ];
  expect(nodes.filter(takesPods)).toEqual(nodes.slice(0, 2));
});
