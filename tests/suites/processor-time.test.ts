import { execFileSync } from "node:child_process";
import { processorSecondsOfLast, secondsIn } from "./processor-time.ts";

test("user and system time of ended children are added, whatever the process is called", () => {
  const stat = "1234 (a) name (b) S 1 1234 1234 0 -1 4194304 100 200 0 0 11 12 250 50 20 0 7 0 5000 0 0";
  expect(secondsIn(stat)).toBe(3);
});

test("a child that works is told from one that waits", () => {
  processorSecondsOfLast();
  execFileSync("sleep", ["0.3"]);
  const waited = processorSecondsOfLast();
  execFileSync("sh", ["-c", "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done"]);
  const worked = processorSecondsOfLast();
  if (waited === null || worked === null) return expect(process.platform).not.toBe("linux");
  expect(waited).toBeLessThan(0.1);
  expect(worked).toBeGreaterThan(waited);
});
