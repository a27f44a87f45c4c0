// What a simulated worker's core wants done, whatever the world around it is like: that world says how a coordinator is asked,
// when the core hears of what came, and what taking over another's output or having stopped means there.
import type { Outcome } from "../../../core/base/outcome.ts";
import type { Call } from "../../../core/coordinator/events.ts";
import type { AttemptName } from "../../../core/mapreduce/assignment.ts";
import type { WorkerEffect, WorkerEvent } from "../../../core/worker/events.ts";
import type { SimulatedExecutor } from "./simulated-executor.ts";

export type WorkerPorts = {
  readonly executor: SimulatedExecutor;
  readonly ask: (to: string, call: Call, answered: (outcome: Outcome<unknown>, leader: string | null) => void) => void;
  readonly later: (event: WorkerEvent) => void;
  readonly adopt: (effect: Extract<WorkerEffect, { readonly kind: "adopt" }>) => void;
  readonly stopped: () => void;
};

export function performWorkerEffect(effect: WorkerEffect, { executor, ask, later, adopt, stopped }: WorkerPorts): void {
  switch (effect.kind) {
    case "poll":
      return ask(effect.to, { kind: "poll", poll: effect.poll }, (outcome, leader) =>
        later({ kind: "polled", answer: { outcome: outcome as never, leader } }),
      );
    case "report": {
      const { job, phase, task, attempt } = effect.report.report;
      const name: AttemptName = { job, phase, task, attempt };
      return ask(effect.to, { kind: "report", report: effect.report }, (outcome, leader) =>
        later({ kind: "reported", name, answer: { outcome: outcome as never, leader } }),
      );
    }
    case "start":
      return executor.start(effect.assignment, {
        onProgress: (progress) => later({ kind: "progress", progress }),
        onTrouble: (trouble) => later({ kind: "fetchTrouble", trouble }),
        onReport: (report) => later({ kind: "finished", report }),
      });
    case "end":
      return executor.end(effect.name);
    case "moved":
      return executor.moved(effect.name, effect.source);
    case "adopt":
      return adopt(effect);
    case "discard":
      return executor.discard(effect.name);
    case "forget":
      return executor.forget(effect.job);
    case "stopped":
      return stopped();
  }
}
