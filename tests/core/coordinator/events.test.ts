import { factsIn } from "../../../core/coordinator/events.ts";
import { factsOf } from "./a-coordinator.ts";

test("of what a worker sends, only what says who it is", () => {
  expect(factsIn({ ...factsOf("w"), running: [], waitMs: 1 } as never)).toEqual(factsOf("w"));
});
