// What a worker tells Prometheus of itself: how busy it is, what its tasks take, and the room that is left for map outputs.
import { statfsSync } from "node:fs";
import type { Worker } from "../../core/worker/worker.ts";
import type { Metrics } from "../../runtime/metrics.ts";

export type WorkerReadings = {
  readonly core: Pick<Worker, "running" | "memoryBytes">;
  readonly slots: number;
  readonly dataDir: string;
};

export function readWorker(metrics: Metrics, { core, slots, dataDir }: WorkerReadings): void {
  const ofSlots = { name: "flotilla_worker_slots", help: "Tasks that run here at once, at most, and those that do" } as const;
  metrics.read("gauge", { ...ofSlots, labels: ["state"] }, () => [
    { labels: { state: "all" }, value: slots },
    { labels: { state: "taken" }, value: core.running.length },
  ]);
  const ofTasks = {
    name: "flotilla_worker_task_memory_bytes",
    help: "Memory of the processes in which tasks run, beside this one's",
  } as const;
  metrics.read("gauge", ofTasks, () => [{ labels: {}, value: core.memoryBytes }]);
  const ofDisk = { name: "flotilla_worker_disk_bytes", help: "Of the disk that holds map outputs: all of it, and what is free" } as const;
  metrics.read("gauge", { ...ofDisk, labels: ["state"] }, () => diskOf(dataDir));
}

/** Nothing where the system does not tell: a number that is made up would raise an alarm, or hold one back. */
function diskOf(directory: string): readonly { readonly labels: { readonly state: string }; readonly value: number }[] {
  try {
    const { bsize, blocks, bavail } = statfsSync(directory);
    return [
      { labels: { state: "all" }, value: bsize * blocks },
      { labels: { state: "free" }, value: bsize * bavail },
    ];
  } catch {
    return [];
  }
}
