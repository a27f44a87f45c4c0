import { attemptText } from "../../../core/mapreduce/assignment.ts";

test("an attempt's name says job, phase, task and attempt", () => {
  expect(attemptText({ job: "j", phase: "map", task: 3, attempt: 2 })).toBe("j/map-3/2");
});
