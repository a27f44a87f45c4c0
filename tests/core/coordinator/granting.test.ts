import { mergeOrders, sourcesOf } from "../../../core/coordinator/granting.ts";
import { NO_ORDERS } from "../../../core/coordinator/hold.ts";
import { ACoordinator } from "./a-coordinator.ts";

test("a reduce is told where every map is, in few words", () => {
  const coordinator = new ACoordinator().planned();
  const [a, b, c] = coordinator.grab("w", 3);
  coordinator.mapDone("w", a?.name as never);
  coordinator.mapDone("w", c?.name as never);
  coordinator.report("w", b?.name as never, { kind: "givenBack" });
  coordinator.mapDone("v", coordinator.grab("v", 1)[0]?.name as never);
  expect(sourcesOf(coordinator.job())).toEqual({ "http://w": [0, 1, 2, 1], "http://v": [1, 2] });
  expect(coordinator.poll("w", { slots: 1 }).assignments).toMatchObject([{ phase: "reduce", maps: 3, sources: { "http://v": [1, 2] } }]);
});

test("what is published is what the winner wrote", () => {
  const coordinator = new ACoordinator().planned().mapped();
  for (const { name } of coordinator.grab("w", 2)) coordinator.reduceDone("w", name, 6);
  expect(coordinator.poll("w", { slots: 1 }).assignments).toMatchObject([
    { phase: "publish", winner: 1, files: [{ name: "part-0", temporary: "part-0.1" }] },
  ]);
});

test("orders add up", () => {
  expect(mergeOrders({ ...NO_ORDERS, forget: ["a"] }, { ...NO_ORDERS, forget: ["b"] }).forget).toEqual(["a", "b"]);
});
