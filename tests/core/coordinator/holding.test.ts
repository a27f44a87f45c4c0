import { ACoordinator } from "./a-coordinator.ts";

test("while one transaction is under way, what comes waits for the next, which takes all of it", () => {
  const coordinator = new ACoordinator().planned();
  coordinator.holdsStore = true;
  const [first] = [coordinator.ask({ kind: "cancel", job: "j" })];
  const second = coordinator.ask({ kind: "get", job: "j" });
  expect(coordinator.held.map(({ kind }) => kind)).toEqual(["commit"]);
  expect([coordinator.answer(first), coordinator.answer(second)]).toEqual([null, null]);
  coordinator.releaseStore();
  expect(coordinator.answer(first)).toMatchObject({ value: { state: "cancelled" } });
  expect(coordinator.answer(second)).toMatchObject({ value: { state: "cancelled" } });
});

test("events are told when the store has what they tell", () => {
  const coordinator = new ACoordinator().planned();
  coordinator.told.length = 0;
  coordinator.holdsStore = true;
  coordinator.ask({ kind: "cancel", job: "j" });
  expect(coordinator.told.filter(({ kind }) => kind === "tell")).toEqual([]);
  coordinator.releaseStore();
  expect(coordinator.told.filter(({ kind }) => kind === "tell")).toMatchObject([
    { job: "j", event: { type: "state", fields: { state: "cancelled" } } },
  ]);
});

test("what is read of a job without changes is answered at once", () => {
  const coordinator = new ACoordinator().planned();
  coordinator.holdsStore = true;
  expect(coordinator.answer(coordinator.ask({ kind: "get", job: "j" }))).toMatchObject({ kind: "done" });
  expect(coordinator.held).toEqual([]);
});
