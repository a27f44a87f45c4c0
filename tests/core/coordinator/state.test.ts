import { done } from "../../../core/base/outcome.ts";
import { NO_ORDERS } from "../../../core/coordinator/hold.ts";
import { ACoordinator } from "./a-coordinator.ts";
import { answer, DEFAULT_COORDINATOR_TIMING, isNothing, newState } from "../../../core/coordinator/state.ts";

test("a new coordinator has nothing", () => {
  const state = newState(DEFAULT_COORDINATOR_TIMING);
  expect([state.isActive, state.isIndexRead, state.jobs.size]).toEqual([false, false, 0]);
});

test("an answer is an effect", () => {
  const state = newState(DEFAULT_COORDINATOR_TIMING);
  answer(state, 3, done(1));
  expect(state.effects).toEqual([{ kind: "answer", request: 3, outcome: done(1) }]);
});

test("orders that order nothing are nothing", () => {
  expect(isNothing(NO_ORDERS)).toBe(true);
  expect(isNothing({ ...NO_ORDERS, forget: ["j"] })).toBe(false);
});

test("of a worker that never comes back nothing is kept", () => {
  const coordinator = new ACoordinator().planned();
  coordinator.grab("w", 3);
  coordinator.call({ kind: "cancel", job: "j" });
  expect(coordinator.core.state.unwanted.get("w")).toHaveLength(3);
  coordinator.tick(600_001);
  expect([...coordinator.core.state.workers.keys(), ...coordinator.core.state.unwanted.keys()]).toEqual([]);
});
