// Hands seeds to worker processes and gathers what they found.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Delivery, Order } from "./worker.ts";

export type ManySeeds = {
  readonly seeds: readonly number[];
  readonly jobs: number;
  readonly safetyMs: number | null;
  /** False: enough is known, no further seed is begun. */
  readonly onResult: (delivery: Delivery) => boolean;
};

/** A run makes much that is gone at once: with room for it, nearly nothing of that is ever copied. */
const WORKER_OPTIONS = ["--max-semi-space-size=64"];
const WORKER = fileURLToPath(new URL("./worker.ts", import.meta.url));

export async function runMany({ seeds, jobs, safetyMs, onResult }: ManySeeds): Promise<void> {
  const waiting = [...seeds];
  let goesOn = true;
  const next = (): Order | null => {
    const seed = goesOn ? waiting.shift() : undefined;
    return seed === undefined ? null : { seed, safetyMs };
  };
  const work = Array.from({ length: Math.min(jobs, seeds.length) }, () =>
    runWorker(next, (delivery) => {
      goesOn = onResult(delivery) && goesOn;
    }),
  );
  await Promise.all(work);
}

function runWorker(next: () => Order | null, onResult: (delivery: Delivery) => void): Promise<void> {
  const worker = fork(WORKER, { execArgv: [...process.execArgv, ...WORKER_OPTIONS] });
  return new Promise((resolve, reject) => {
    const goOn = (): void => {
      const order = next();
      if (order === null) worker.disconnect();
      else worker.send(order);
    };
    worker.on("message", (delivery: Delivery) => {
      onResult(delivery);
      goOn();
    });
    worker.once("error", reject);
    worker.once("exit", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`a worker ended with ${signal ?? String(code)}`));
    });
    goOn();
  });
}
