// The product's coordinator, with a trap: at one write of one job it kills or stops itself. The product has no switch for this, so
// its way to the store is wrapped from outside. What is stopped goes on with that very write when it is woken.
import { writeFileSync } from "node:fs";
import type { StoreEffect } from "../../../core/coordinator/effects.ts";
import type { StoreAnswer } from "../../../core/coordinator/events.ts";
import { KvJobStore } from "../../../services/coordinator/job-store.ts";
import { runCoordinator } from "../../../services/coordinator/main.ts";
import { COUNTING_REDUCES } from "./counting-job.ts";
import type { Sprung, Trap } from "./trap.ts";
import { TRAP_VARIABLE, wokenFile, WrittenJob } from "./trap.ts";

function lay({ job, point, signal, file }: Trap): void {
  const perform = KvJobStore.prototype.perform;
  const written = new WrittenJob();
  let isLaid = true;
  KvJobStore.prototype.perform = async function trapped(this: KvJobStore, effect: StoreEffect): Promise<StoreAnswer> {
    if (effect.kind !== "commit" || effect.job !== job || !isLaid) return perform.call(this, effect);
    written.take(effect);
    if (!written.isAt(point, COUNTING_REDUCES)) return perform.call(this, effect);
    isLaid = false;
    // The store has it, and whoever reported is not told any more.
    const answer = point === "a report under way" && signal === "SIGKILL" ? await perform.call(this, effect) : null;
    const sprung: Sprung = { atMs: Date.now(), done: written.done };
    writeFileSync(file, JSON.stringify(sprung));
    process.kill(process.pid, signal);
    const late = answer ?? (await perform.call(this, effect));
    writeFileSync(wokenFile(file), JSON.stringify(late));
    return late;
  };
}

if (import.meta.main) {
  const { [TRAP_VARIABLE]: trap, ...environment } = process.env;
  if (trap !== undefined) lay(JSON.parse(trap) as Trap);
  await runCoordinator({ environment });
}
