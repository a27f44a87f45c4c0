import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PairBytes } from "../../../../runtime/tasks/records/pair-bytes.ts";
import { recordBytes, writeLength } from "../../../../runtime/tasks/records/record-layout.ts";
import { RunFiles } from "../../../../runtime/tasks/map/run-files.ts";

let directory = "";
beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), "flotilla-runs-"))));
afterEach(() => rmSync(directory, { recursive: true }));

const RECORDS = 10_000;

function writeRun(runs: RunFiles): number {
  const run = runs.open();
  run.partition(0);
  let bytes = 0;
  for (let i = 0; i < RECORDS; i++) {
    const pair = new PairBytes().keyText(String(i).padStart(6, "0")).valueText("v");
    const record = Buffer.alloc(recordBytes(pair.keyEnd, pair.valueEnd - pair.keyEnd));
    pair.bytes.copy(record, writeLength(record, writeLength(record, 0, pair.keyEnd), pair.valueEnd - pair.keyEnd), 0, pair.valueEnd);
    run.record(record, 0, record.length);
    bytes += record.length;
  }
  run.finish();
  return bytes;
}

test("a merge says now and then how much of it is done, and everything else has its turn", async () => {
  const runs = new RunFiles(join(directory, "work"), 2);
  const bytes = writeRun(runs) + writeRun(runs);
  const told: number[] = [];
  let turns = 0;
  const regions = await runs.mergeInto(join(directory, "output"), async (merged) => {
    told.push(merged);
    await new Promise<void>((resolve) => setImmediate(() => resolve(void turns++)));
  });
  expect(regions.map(({ records }) => records)).toEqual([2 * RECORDS, 0]);
  expect(told.reduce((sum, each) => sum + each, 0)).toBe(bytes);
  expect([told.length > 3, turns]).toEqual([true, told.length]);
});
