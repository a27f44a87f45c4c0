// How a process ends in good order: stop taking in, drain, close, one step after the other, each with a deadline of its own,
// so that whatever hangs is named and left behind. A second signal ends at once.
import type { Logger } from "./logger.ts";

export type ShutdownStep = {
  readonly name: string;
  readonly deadlineMs: number;
  /** `signal` is aborted at the deadline: what still waits then should give up. */
  readonly run: (signal: AbortSignal) => Promise<void> | void;
};

export type StepResult = "done" | "failed" | "tooSlow";

export type ShutdownOptions = {
  readonly logger: Logger;
  readonly steps: readonly ShutdownStep[];
};

/** All steps in order; one that fails or hangs doesn't keep the next from its turn. */
export async function shutDown({ logger, steps }: ShutdownOptions): Promise<readonly StepResult[]> {
  const results: StepResult[] = [];
  for (const step of steps) results.push(await runStep(step, logger));
  return results;
}

async function runStep({ name, deadlineMs, run }: ShutdownStep, logger: Logger): Promise<StepResult> {
  const deadline = new AbortController();
  const work = Promise.resolve()
    .then(() => run(deadline.signal))
    .then(
      (): StepResult => "done",
      (error: unknown): StepResult => {
        logger.error({ event: "shutdownStepFailed", step: name, error }, `shutdown: ${name} failed`);
        return "failed";
      },
    );
  const result = await Promise.race([work, expiry(deadline, deadlineMs)]);
  deadline.abort();
  if (result === "tooSlow")
    logger.warn({ event: "shutdownStepTooSlow", step: name, deadlineMs }, `shutdown: ${name} took over ${deadlineMs} ms`);
  else logger.info({ event: "shutdownStep", step: name, result }, `shutdown: ${name}: ${result}`);
  return result;
}

function expiry(deadline: AbortController, deadlineMs: number): Promise<StepResult> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve("tooSlow");
    }, deadlineMs);
    deadline.signal.addEventListener("abort", () => {
      clearTimeout(timer);
    });
  });
}

export type SignalOptions = {
  readonly logger: Logger;
  /** The first signal. */
  readonly onStop: (signal: NodeJS.Signals) => void;
  /** Another one, from somebody who doesn't want to wait. */
  readonly onInsist: (signal: NodeJS.Signals) => void;
};

const STOP_SIGNALS: readonly NodeJS.Signals[] = ["SIGTERM", "SIGINT"];

/** Returns what takes the handlers away again. */
export function onStopSignals({ logger, onStop, onInsist }: SignalOptions): () => void {
  let isStopping = false;
  const handle = (signal: NodeJS.Signals): void => {
    logger.info({ event: "signal", signal }, isStopping ? `${signal} again: ending at once` : `${signal}: stopping`);
    if (isStopping) onInsist(signal);
    else onStop(signal);
    isStopping = true;
  };
  for (const signal of STOP_SIGNALS) process.on(signal, handle);
  return () => {
    for (const signal of STOP_SIGNALS) process.removeListener(signal, handle);
  };
}
