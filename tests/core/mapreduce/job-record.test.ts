import {
  addCounters,
  addTotals,
  decodeRecord,
  encodeRecord,
  hasEnded,
  JOB_TRANSITIONS,
  moveJob,
  newRecord,
} from "../../../core/mapreduce/job-record.ts";
import type { JobStatus } from "../../../core/mapreduce/job-record.ts";
import { NO_WORK } from "../../../core/mapreduce/report.ts";

const STATUSES = Object.keys(JOB_TRANSITIONS) as JobStatus[];

test("a job goes where the table leads, and nowhere else", () => {
  for (const from of STATUSES) {
    for (const to of STATUSES) {
      const go = (): unknown => moveJob({ ...newRecord(1, "j.000000000001"), status: from }, to);
      if ((JOB_TRANSITIONS[from] as readonly string[]).includes(to)) expect(go()).toMatchObject({ status: to });
      else expect(go).toThrow();
    }
  }
});

test("the ends are those that lead nowhere", () => {
  expect(STATUSES.filter(hasEnded)).toEqual(["succeeded", "failed", "cancelled"]);
});

test("counters add up by name", () => {
  expect(addCounters({ a: 1, b: 2 }, { b: 3, c: 4 })).toEqual({ a: 1, b: 5, c: 4 });
});

test("counters may be called as what every object has", () => {
  const once = addCounters({}, { constructor: 1, toString: 2 } as never);
  expect(addCounters(once, { constructor: 1 } as never)).toEqual({ constructor: 2, toString: 2 });
});

test("totals add up what was done", () => {
  const once = addTotals(newRecord(1, "j.000000000001").totals.map, { ...NO_WORK, recordsRead: 2, bytesWritten: 5, memoryBytes: 9 });
  expect(addTotals(once, { ...NO_WORK, recordsRead: 1 })).toEqual({
    recordsRead: 3,
    recordsWritten: 0,
    bytesRead: 0,
    bytesWritten: 5,
    cpuMs: 0,
  });
});

test("a record comes back as it was", () => {
  const record = { ...newRecord(5, "j.000000000001"), workers: [{ id: "w", origin: "http://w" }], counters: { a: 1 } };
  expect(decodeRecord(encodeRecord(record))).toEqual(record);
});
