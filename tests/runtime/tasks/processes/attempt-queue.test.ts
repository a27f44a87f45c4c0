import { Random } from "../../../../core/base/random.ts";
import type { Assignment } from "../../../../core/mapreduce/assignment.ts";
import { attemptMemory } from "../../../../core/mapreduce/task-memory.ts";
import type { JobOptions } from "../../../../core/mapreduce/job.ts";
import { AttemptQueue } from "../../../../runtime/tasks/processes/attempt-queue.ts";
import { describeOutput } from "../../files/an-output.ts";
import { DEFAULT_OPTIONS } from "../../../../core/mapreduce/job.ts";

const MIB = 1 << 20;
type Work = Pick<Assignment, "phase" | "description">;

function work(memoryMiB: number, kind: "app" | "code" = "app", options: Partial<JobOptions> = {}): Work {
  const program = kind === "app" ? ({ kind, name: "sort" } as const) : ({ kind, hash: "h" } as const);
  const all = { ...DEFAULT_OPTIONS, memoryBytes: memoryMiB * MIB, ...options };
  return { phase: "map", description: describeOutput("files:out", { program, options: all }) };
}

test("what runs at once never may use more than there is, and everything runs in the end, in the order in which it came", () => {
  const random = new Random(7);
  const works = Array.from({ length: 200 }, () => work(random.between(16, 900), random.pick(["app", "code"])));
  const fitting = works.filter((each) => attemptMemory(each) <= 1_000 * MIB);
  const [running, ran]: [number[], number[]] = [[], []];
  let most = 0;
  const queue = new AttemptQueue<number>(1_000 * MIB, (attempt) => {
    running.push(attempt);
    ran.push(attempt);
    most = Math.max(most, sumOf(running));
  });
  const sumOf = (attempts: readonly number[]): number => attempts.reduce((sum, each) => sum + attemptMemory(works[each] as Work), 0);
  for (const [attempt, each] of works.entries()) {
    if (fitting.includes(each)) queue.enter(attempt, each);
    else expect(() => queue.enter(attempt, each)).toThrow("all tasks of this worker together 1000 MiB");
    if (random.chance(0.5) && running.length > 0) queue.leave(running.splice(random.between(0, running.length - 1), 1)[0] as number);
  }
  while (running.length > 0) queue.leave(running.shift() as number);
  expect(most).toBeGreaterThan(800 * MIB);
  expect(most).toBeLessThanOrEqual(1_000 * MIB);
  expect(ran.map((attempt) => works[attempt])).toEqual(fitting);
  expect(queue.memoryBytes).toBe(0);
});

test("one that is given up while it waits never runs, and lets the next one run", () => {
  const ran: string[] = [];
  const queue = new AttemptQueue<string>(1_000 * MIB, (attempt) => void ran.push(attempt));
  queue.enter("a", work(600));
  queue.enter("b", work(900));
  queue.enter("c", work(300));
  expect(ran).toEqual(["a"]);
  queue.leave("b");
  expect(ran).toEqual(["a", "c"]);
  queue.leave("a");
  expect(ran).toEqual(["a", "c"]);
});
