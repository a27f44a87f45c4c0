// What the commands are told from outside: their arguments, and the few variables of the environment that concern people.
import { parseArgs } from "node:util";

/** Handed on to processes that are started. */
export const environment: Readonly<Record<string, string | undefined>> = process.env;

export const wantsColor = (stream: NodeJS.WriteStream): boolean => stream.isTTY && (environment["NO_COLOR"] ?? "") === "";

export type RunConfig = { readonly data: string; readonly port: number; readonly once: boolean };

export class UsageError extends Error {
  override readonly name = "UsageError";
}

export const RUN_USAGE = `make run [ARGS="--once --data DIR --port N"]

Starts one group of three replicas on this machine, shows that a write survives the death of the leader, and keeps serving until Ctrl-C.

  --once      end after the demonstration, with exit code 0 if all went well
  --data DIR  where the data lies; a directory that exists is continued (default .flotilla)
  --port N    the first of the ports (default 7400); a directory that exists keeps its ports`;

const PORT_MAX = 65_000;

export function runConfig(args: readonly string[]): RunConfig | "help" {
  const options = {
    once: { type: "boolean", default: false },
    data: { type: "string", default: ".flotilla" },
    port: { type: "string", default: "7400" },
    help: { type: "boolean", short: "h", default: false },
  } as const;
  const { values } = parse(() => parseArgs({ args: [...args], options }));
  if (values.help) return "help";
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 1_024 || port > PORT_MAX)
    throw new UsageError(`--port must be a whole number from 1024 to ${PORT_MAX}`);
  if (values.data === "") throw new UsageError("--data must name a directory");
  return { data: values.data, port, once: values.once };
}

function parse<T>(parseThem: () => T): T {
  try {
    return parseThem();
  } catch (error) {
    throw new UsageError(error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error));
  }
}
