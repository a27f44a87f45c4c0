// What happens to an exception that nobody expected: it is written down as the bug that it is, and the process ends. One that
// stops is safe; one that goes on in a state nobody thought of is not.
import { EXIT_CODES } from "./exit-codes.ts";
import type { OpenLog } from "./logger.ts";

export type Exit = (code: number) => void;

export const exitProcess: Exit = (code) => process.exit(code);

/** Logs, flushes, and ends the process. */
export function endWithBug({ logger, flush }: OpenLog, error: unknown, exit: Exit = exitProcess): void {
  const message = error instanceof Error ? error.message : String(error);
  logger.fatal({ event: "bug", error }, `bug: ${message}; the process ends, its data is safe`);
  flush();
  exit(EXIT_CODES.bug);
}

/** Exceptions outside of any turn, and promises that nobody looks at. */
export function trapBugs(log: OpenLog, exit: Exit = exitProcess): () => void {
  const handle = (error: unknown): void => {
    endWithBug(log, error, exit);
  };
  process.on("uncaughtException", handle);
  process.on("unhandledRejection", handle);
  return () => {
    process.removeListener("uncaughtException", handle);
    process.removeListener("unhandledRejection", handle);
  };
}
