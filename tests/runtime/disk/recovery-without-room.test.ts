import { recoverLog } from "../../../runtime/disk/recovery.ts";
import { base, DiskBench, entry, logOptions, openLog, write } from "./disk-bench.ts";

test("a start whose own writes need more room than there is ends with what it needs, instead of waiting for ever", () => {
  const bench = new DiskBench();
  const { log } = openLog(bench, { files: bench.disk.boot() });
  bench.settle();
  bench.disk.faults.quotaBytes = bench.disk.usedBytes;
  let confirmed = 0;
  for (let i = 1; i <= 600; i++) log.append(write({ entries: [entry(i)] }), () => (confirmed = i));
  bench.settle();
  bench.disk.crash("power");
  // Room to write the active segment anew, and not for one more of the size that is configured now.
  bench.disk.faults.quotaBytes = bench.disk.usedBytes + 8_192;
  const limits = { segmentBytes: 32_768, frameBytesMax: 4_096 };
  const options = logOptions({ files: bench.disk.boot(), snapshot: base(700), limits });
  const problem = bench.problem((answer) => recoverLog(options, answer));
  expect(problem).toMatchObject({ kind: "full" });
  expect(problem.message).toContain("a segment needs 32768 bytes");
  bench.disk.crash("power");
  bench.disk.faults.quotaBytes = Infinity;
  expect(confirmed).toBeGreaterThan(0);
  expect(openLog(bench, { files: bench.disk.boot(), snapshot: base(700), limits }).base.index).toBe(700);
});
