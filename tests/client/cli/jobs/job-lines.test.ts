import { bytesText, endedLines, progressLine, shareOf } from "../../../../client/cli/jobs/job-lines.ts";
import type { JobView } from "../../../../core/coordinator/view.ts";

const plain = (text: string): string => text;
const paint = { bold: plain, dim: plain, red: plain, green: plain, yellow: plain, cyan: plain };
const job: JobView = {
  ...{
    id: "j",
    run: "j.000000000001",
    state: "mapping",
    program: "grep",
    counters: { lines: 7 },
    skipped: 0,
    cpuMs: 1,
    stragglers: 0,
    outputs: ["file:/out"],
  },
  maps: { total: 10, done: 5, running: 2 },
  reduces: { total: 2, done: 0, running: 0 },
  records: { mapInput: 100, mapOutput: 10, reduceInput: 10, reduceOutput: 3 },
  attempts: { started: 8, failed: 1, lost: 0, backups: 0 },
  bytes: { input: 4_000_000, shuffled: 0, output: 0, running: 1_000_000, total: 10_000_000 },
  ...{ submittedAt: 0, startedAt: 1_000, finishedAt: null, error: null },
};

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1_500, "1.5 kB"],
  [123_400_000, "123 MB"],
])("%i bytes are %s", (bytes, text) => {
  expect(bytesText(bytes)).toBe(text);
});

test("a line says how far it is, how fast, and how long it will take", () => {
  expect(progressLine(job, 6_000)).toContain("maps 5/10 · reduces 0/2 · 5.0 MB of 10.0 MB · 1.0 MB/s · about 10.4 s left");
});

test("a job is half done when its maps and half of its reduces are", () => {
  expect(shareOf({ state: "waiting", maps: { total: null, done: 0, running: 0 }, reduces: { total: 2, done: 0, running: 0 } })).toBe(0);
  expect(shareOf({ ...job, state: "succeeded" })).toBe(1);
});

test("a job that failed says why and where", () => {
  const error = {
    reason: "threw",
    message: "map task 3: boom",
    phase: "map",
    task: 3,
    attempt: 4,
    record: 7,
    file: "file:/in",
    offset: 12,
  } as const;
  expect(endedLines({ ...job, state: "failed", error }, paint)).toEqual([
    "✗ Job j failed: threw: map task 3: boom",
    "  record 7, file:/in, offset 12",
  ]);
});

test("a job that succeeded says what it did", () => {
  const lines = endedLines({ ...job, state: "succeeded", finishedAt: 3_000 }, paint);
  expect(lines[0]).toBe("✓ Job j has succeeded after 2.0 s: file:/out");
  expect(lines[1]).toContain("10 maps read 4.0 MB in 100 records, 2 reduces wrote 3 records");
  expect(lines.at(-1)).toBe("  lines: 7");
  const uncounted = endedLines({ ...job, state: "succeeded", finishedAt: 3_000, records: { ...job.records, mapInput: 0 } }, paint);
  expect(uncounted[1]).toContain("10 maps read 4.0 MB, 2 reduces wrote 3 records");
});
