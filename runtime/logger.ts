// JSON lines on standard output, through pino. Every line names its event; people read the message, programs the fields.
// Writing never holds up the event loop: where nobody reads the output, lines beyond a limit are dropped.
import type { DestinationStream } from "pino";
import pino from "pino";

export type LogLevel = "debug" | "info" | "warn" | "error" | "fatal";
export const LOG_LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error", "fatal"];

export type LogFields = Readonly<Record<string, unknown>> & { readonly event: string };
type Log = (fields: LogFields, message: string) => void;

export type Logger = {
  readonly [Level in LogLevel]: Log;
} & {
  /** The same log with these fields on every line. */
  child(fields: Readonly<Record<string, unknown>>): Logger;
};

export type OpenLog = {
  readonly logger: Logger;
  /** What was logged is written when this returns. For the last words of a process. */
  readonly flush: () => void;
};

export type LogDestination = DestinationStream & { flushSync?(): void };

export type LoggerOptions = {
  readonly level: LogLevel;
  /** On every line: which service and which member this is. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly destination?: LogDestination;
};

const BUFFERED_BYTES_MAX = 4_194_304;

export function openLog({ level, fields, destination = standardOutput() }: LoggerOptions): OpenLog {
  const options = {
    level,
    base: fields,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    messageKey: "message",
    serializers: { error: pino.stdSerializers.err },
  };
  return { logger: pino(options, destination), flush: () => flush(destination) };
}

/** For parts that are used without a log, in tests and in the simulator. */
export const SILENT: Logger = pino({ level: "silent" });

function standardOutput(): LogDestination {
  return pino.destination({ fd: 1, sync: false, minLength: 0, maxLength: BUFFERED_BYTES_MAX });
}

function flush(destination: LogDestination): void {
  try {
    destination.flushSync?.();
  } catch {
    // Output that is closed, or not open yet: there is nobody to tell.
  }
}
