// Ctrl-C and its like: the first ends everything in order, the second at once. Either way cluster.json is true afterwards.
import { CODES } from "../trouble.ts";
import type { Launched } from "./launch.ts";

export type EndOnSignals = {
  /** Resolves with the exit code, once everything has ended. */
  readonly ended: Promise<number>;
  readonly isEnding: () => boolean;
  /** The same as a signal would do, with another code. */
  readonly end: (code: number) => Promise<number>;
};

/** For each process, before it is killed. With what comes after it, all is over within 30 s. */
const END_MS = 15_000;

export type EndOptions = { readonly tell: (line: string) => void; readonly endMs?: number | undefined };
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export function endOnSignals({ supervisor, release }: Launched, { tell, endMs = END_MS }: EndOptions): EndOnSignals {
  let resolveEnded: (code: number) => void = () => undefined;
  const ended = new Promise<number>((resolve) => (resolveEnded = resolve));
  let ending: "not yet" | "in order" | "at once" = "not yet";
  const over = async (code: number): Promise<number> => {
    await release();
    resolveEnded(code);
    return ended;
  };
  const end = async (code: number): Promise<number> => {
    if (ending !== "not yet") return ended;
    ending = "in order";
    await supervisor.end(endMs);
    return over(code);
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    if (ending === "at once") return;
    if (ending === "in order") {
      ending = "at once";
      tell("Once more: ending them at once");
      void supervisor.endAtOnce().then(() => over(CODES.interrupted));
      return;
    }
    tell(`${signal === "SIGINT" ? "Ctrl-C" : signal}: ending ${supervisor.processes.length} processes (once more to kill them)`);
    void end(CODES.done).then(() => tell("All have ended; the data stays."));
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  // Somebody put right what kept a member down: `flotilla member replace`.
  process.on("SIGUSR2", () => supervisor.startStopped());
  return { ended, isEnding: () => ending !== "not yet", end };
}
