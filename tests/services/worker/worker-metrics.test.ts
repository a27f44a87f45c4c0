import { tmpdir } from "node:os";
import { Metrics } from "../../../runtime/metrics.ts";
import { readWorker } from "../../../services/worker/worker-metrics.ts";

async function textOf(dataDir: string): Promise<string> {
  const metrics = new Metrics({ service: "worker", version: "0" });
  readWorker(metrics, { core: { running: [{}, {}] as never, memoryBytes: 7_000 }, slots: 4, dataDir });
  return metrics.text();
}

test("slots, the memory of tasks, and the disk are told", async () => {
  const text = await textOf(tmpdir());
  expect(text).toMatch(/^flotilla_worker_slots\{state="all"\} 4$/m);
  expect(text).toMatch(/^flotilla_worker_slots\{state="taken"\} 2$/m);
  expect(text).toMatch(/^flotilla_worker_task_memory_bytes 7000$/m);
  const disk = (state: string): number =>
    Number(new RegExp(`^flotilla_worker_disk_bytes\\{state="${state}"\\} (.+)$`, "m").exec(text)?.[1]);
  expect(disk("all")).toBeGreaterThan(1_000_000);
  expect(disk("free")).toBeLessThanOrEqual(disk("all"));
});

test("of a disk that can't be asked nothing is told, and everything else is", async () => {
  const text = await textOf("/not/there");
  expect(text).toMatch(/^flotilla_worker_slots\{state="all"\} 4$/m);
  expect(text).not.toMatch(/^flotilla_worker_disk_bytes\{/m);
});
