import { diskProblem } from "../../../runtime/disk/disk-problem.ts";
import type { DiskProblem } from "../../../runtime/disk/disk-problem.ts";
import type { Finished } from "../../../runtime/disk/file-port.ts";
import { SerialTasks } from "../../../runtime/disk/serial-tasks.ts";
import { endOf, fail, runTask, runToEnd, valueOf } from "../../../runtime/disk/task.ts";
import type { FileFailure, Task } from "../../../runtime/disk/task.ts";

const EIO = { code: "EIO", operation: "sync", path: "/a" } as const;

function outcome<T>(task: Task<T>): { readonly problem: DiskProblem | null; readonly value: T | null } {
  let result: { readonly problem: DiskProblem | null; readonly value: T | null } | null = null;
  runTask(task, (problem, value) => (result = { problem, value }));
  if (result === null) throw new Error("not ended");
  return result;
}

test("goes on with the value of each operation, now or later", () => {
  const waiting: ((value: number) => void)[] = [];
  function* sum(): Task<number> {
    const now = yield* valueOf<number>((answer) => answer(null, 1));
    const later = yield* valueOf<number>((answer) => waiting.push((value) => answer(null, value)));
    return now + later;
  }
  const ended = jest.fn();
  runTask(sum(), ended);
  expect(ended).not.toHaveBeenCalled();
  waiting[0]?.(41);
  expect(ended).toHaveBeenCalledWith(null, 42);
});

test("a hundred thousand operations that end at once need no stack", () => {
  function* many(): Task<number> {
    for (let i = 0; i < 100_000; i++) yield* endOf((finished) => finished(null));
    return 1;
  }
  expect(outcome(many()).value).toBe(1);
});

test("a failed operation throws where it stands, so that it can be cleaned up and passed on", () => {
  const cleaned: string[] = [];
  function* task(): Task<number> {
    try {
      yield* endOf((finished) => finished(EIO));
      return 1;
    } catch (thrown) {
      cleaned.push((thrown as FileFailure).error.code);
      throw thrown;
    } finally {
      yield* endOf((finished) => finished(null));
      cleaned.push("closed");
    }
  }
  expect(outcome(task()).problem).toMatchObject({ kind: "failed", file: "/a" });
  expect(cleaned).toEqual(["EIO", "closed"]);
});

test.each([
  { code: "ENOSPC", kind: "full" },
  { code: "EDQUOT", kind: "full" },
  { code: "ELOCKED", kind: "inUse" },
  { code: "EIO", kind: "failed" },
])("$code is told as $kind", ({ code, kind }) => {
  expect(outcome(endOf((finished) => finished({ ...EIO, code }))).problem?.kind).toBe(kind);
});

test("a task can say itself what is wrong", () => {
  function* task(): Task<number> {
    yield* endOf((finished) => finished(null));
    fail("damaged", { file: "/a", offset: 9 }, "no");
  }
  expect(outcome(task()).problem).toEqual(diskProblem("damaged", { file: "/a", offset: 9 }, "no"));
});

test("a bug is not the disk's fault", () => {
  function* task(): Task<void> {
    yield* endOf((finished) => finished(null));
    throw new RangeError("bug");
  }
  expect(() => runToEnd(task(), () => undefined)).toThrow(RangeError);
});

describe("serial tasks", () => {
  test("run one after the other, whatever ends when", () => {
    const tasks = new SerialTasks("/a");
    const waiting: Finished[] = [];
    const told: string[] = [];
    const task = (name: string) =>
      function* (): Task<string> {
        told.push(`begin ${name}`);
        yield* endOf((finished) => waiting.push(finished));
        return name;
      };
    for (const name of ["a", "b"]) tasks.run(task(name), (_, value) => told.push(`end ${String(value)}`));
    expect(told).toEqual(["begin a"]);
    waiting[0]?.(null);
    waiting[1]?.(null);
    expect(told).toEqual(["begin a", "end a", "begin b", "end b"]);
  });

  test("refuse more than they can remember", () => {
    const tasks = new SerialTasks("/a");
    const refusals: (DiskProblem | null)[] = [];
    for (let i = 0; i < 1_010; i++)
      tasks.run(
        () => endOf(() => undefined),
        (...[problem]) => refusals.push(problem),
      );
    expect(refusals.map((problem) => problem?.kind)).toEqual(Array.from({ length: 9 }, () => "failed"));
  });
});
