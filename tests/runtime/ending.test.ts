import { diskProblem } from "../../runtime/disk/disk-problem.ts";
import type { DiskProblem } from "../../runtime/disk/disk-problem.ts";
import { Ending } from "../../runtime/ending.ts";
import { EXIT_CODES } from "../../runtime/exit-codes.ts";
import { SILENT } from "../../runtime/logger.ts";
import { Metrics } from "../../runtime/metrics.ts";

let said = "";
const write = jest.spyOn(process.stderr, "write").mockImplementation((text) => {
  said += String(text);
  return true;
});
afterAll(() => write.mockRestore());
beforeEach(() => (said = ""));

function ending(): {
  readonly ending: Ending;
  readonly codes: number[];
  readonly steps: string[];
  readonly closable: Parameters<Ending["stopped"]>[1];
} {
  const codes: number[] = [];
  const steps: string[] = [];
  const log = { logger: SILENT, flush: () => void steps.push("flush") };
  const closable = {
    member: { end: () => Promise.resolve(void steps.push("end")) },
    directory: {
      markAside: (ended: (problem: null) => void) => (steps.push("mark"), ended(null)),
      setAside: (ended: (problem: null) => void) => (steps.push("set aside"), ended(null)),
      close: (ended: (problem: null) => void) => (steps.push("close"), ended(null)),
    },
  };
  return {
    ending: new Ending(log, new Metrics({ service: "test", version: "0" }), (code) => void codes.push(code)),
    codes,
    steps,
    closable,
  };
}

test.each(["wiped", "removed"] as const)("a member that is %s sets its data aside once nothing writes any more", async (reason) => {
  const { ending: end, codes, steps, closable } = ending();
  await end.stopped({ reason, message: "peers say so" }, closable);
  expect(steps).toEqual(["mark", "end", "set aside", "close", "flush"]);
  expect(codes).toEqual([EXIT_CODES.startBlank]);
  expect(said).toBe(`${reason}: peers say so\n`);
});

test("an end in good order leaves the process to data that is being set aside", async () => {
  const { ending: end, codes, steps, closable } = ending();
  expect(end.settingAside).toBeNull();
  const stopped = end.stopped({ reason: "wiped", message: "peers say so" }, closable);
  end.stoppedInOrder();
  expect(codes).toEqual([]);
  await Promise.all([end.settingAside, stopped]);
  expect(steps).toEqual(["mark", "end", "set aside", "close", "flush"]);
  expect(codes).toEqual([EXIT_CODES.startBlank]);
});

test("without any, it ends the process", () => {
  const { ending: end, codes } = ending();
  end.stoppedInOrder();
  expect(codes).toEqual([EXIT_CODES.stopped]);
});

test("what could not be marked is a problem of the disk, and nothing is moved", async () => {
  const { ending: end, codes, steps, closable } = ending();
  const problem = diskProblem("failed", { file: "/data" }, "no");
  const directory = { ...closable.directory, markAside: (ended: (problem: DiskProblem) => void) => ended(problem) };
  await end.stopped({ reason: "wiped", message: "peers say so" }, { ...closable, directory });
  expect(steps).not.toContain("set aside");
  expect(codes).toEqual([EXIT_CODES.diskFailed]);
});

test.each([
  { reason: "versionUnknown" as const, code: EXIT_CODES.needsPerson },
  { reason: "snapshotDamaged" as const, code: EXIT_CODES.needsPerson },
  { reason: "bug" as const, code: EXIT_CODES.bug },
])("after $reason nothing on the disk is touched", async ({ reason, code }) => {
  const { ending: end, codes, steps, closable } = ending();
  await end.stopped({ reason, message: "why" }, closable);
  expect(steps).toEqual(["flush"]);
  expect(codes).toEqual([code]);
});

test.each([
  { kind: "damaged" as const, code: EXIT_CODES.needsPerson },
  { kind: "inUse" as const, code: EXIT_CODES.unavailable },
  { kind: "failed" as const, code: EXIT_CODES.diskFailed },
])("a disk that is $kind is said in one line, with its code", ({ kind, code }) => {
  const { ending: end, codes } = ending();
  end.diskProblem(diskProblem(kind, { file: "/data/log", offset: 7 }, "what it is"));
  expect(codes).toEqual([code]);
  expect(said).toMatch(/^\/data\/log at byte 7: what it is\. .*\n$/);
});

test("a port that is taken is named by its setting", async () => {
  const { ending: end, codes } = ending();
  void end.unlessTaken("FLOTILLA_HTTP_PORT", Promise.reject(Object.assign(new Error("listen"), { code: "EADDRINUSE" })));
  await new Promise((resolve) => setImmediate(resolve));
  expect(codes).toEqual([EXIT_CODES.unavailable]);
  expect(said).toBe("FLOTILLA_HTTP_PORT: the port is in use by another process\n");
  expect(await end.unlessTaken("FLOTILLA_HTTP_PORT", Promise.resolve(5))).toBe(5);
});
