import { runJobs } from "./jobs-world.ts";

const SEEDS = 40;

test("whatever crashes, pauses, is cut off or lost: every job ends, with each task's output from one attempt", () => {
  for (let seed = 1; seed <= SEEDS; seed++) expect(runJobs(seed).states).toEqual(["succeeded", "succeeded"]);
});

test("ids that are used again bring nothing of the jobs that had them before", () => {
  for (let seed = 1; seed <= SEEDS / 2; seed++) expect(runJobs(seed, { isReusing: true }).states).toEqual(["succeeded", "succeeded"]);
});

test("the same seed is the same run", () => {
  expect(runJobs(7)).toEqual(runJobs(7));
});
