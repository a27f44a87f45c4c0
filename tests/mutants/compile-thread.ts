// The compiler in a thread of its own: its work takes seconds, in which tests of other mutants run.
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { MutantCompiler } from "./compile.ts";
import type { ChangedFile } from "./compile.ts";

export function complaintsOf(changes: readonly ChangedFile[]): Promise<readonly (readonly string[])[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: changes });
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

if (!isMainThread) parentPort?.postMessage(new MutantCompiler().complaints(workerData as readonly ChangedFile[]));
