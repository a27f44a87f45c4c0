// A history as lines of JSON: a first line that names the format, then one operation per line. Reading distrusts the
// file: whatever it holds, the answer is a history or a refusal that names the line.
import { done, refused } from "../base/outcome.ts";
import type { Outcome } from "../base/outcome.ts";
import type { History, Operation, OperationOutcome } from "./history.ts";

const FORMAT = { format: "flotilla-history", version: 1 } as const;
/** About a gigabyte of text; whoever has more checks it in pieces that begin on an empty store. */
const OPERATIONS_MAX = 5_000_000;

/** How inputs and outputs of one model look in a file. Null: this is none. */
export type HistoryReader<Input, Output> = {
  readonly readInput: (json: unknown) => Input | null;
  readonly readOutput: (json: unknown) => Output | null;
};

export function encodeHistory(history: History<unknown, unknown>): string {
  return [FORMAT, ...history].map((line) => `${JSON.stringify(line)}\n`).join("");
}

export function decodeHistory<Input, Output>(text: string, reader: HistoryReader<Input, Output>): Outcome<History<Input, Output>> {
  const [first, ...lines] = text.trimEnd().split("\n");
  const format = parsed(first ?? "");
  if (!isRecord(format) || format["format"] !== FORMAT.format) return refused("badRequest", "line 1: not a Flotilla history");
  if (format["version"] !== FORMAT.version)
    return refused("badRequest", `line 1: version ${JSON.stringify(format["version"])} is not known`);
  if (lines.length > OPERATIONS_MAX) return refused("tooLarge", `${lines.length} operations, at most ${OPERATIONS_MAX}`);
  const history: Operation<Input, Output>[] = [];
  for (const [position, line] of lines.entries()) {
    const operation = readOperation(parsed(line), reader);
    if (typeof operation === "string") return refused("badRequest", `line ${position + 2}: ${operation}`);
    history.push(operation);
  }
  return done(history);
}

/** The operation, or what is wrong with it. */
function readOperation<Input, Output>(json: unknown, reader: HistoryReader<Input, Output>): Operation<Input, Output> | string {
  if (!isRecord(json)) return "not a JSON object";
  const { client, calledAt } = json as { client?: unknown; calledAt?: unknown };
  if (typeof client !== "string") return "client is not a string";
  if (typeof calledAt !== "number") return "calledAt is not a number";
  const input = reader.readInput(json["input"]);
  if (input === null) return `input is no operation: ${JSON.stringify(json["input"])}`;
  const outcome = readOutcome(json["outcome"], reader);
  if (typeof outcome === "string") return outcome;
  if (outcome.kind !== "unknown" && outcome.returnedAt < calledAt) return "returnedAt is before calledAt";
  return { client, calledAt, input, outcome };
}

function readOutcome<Output>(json: unknown, reader: HistoryReader<unknown, Output>): OperationOutcome<Output> | string {
  if (!isRecord(json)) return "outcome is not a JSON object";
  const { kind, returnedAt, why } = json as { kind?: unknown; returnedAt?: unknown; why?: unknown };
  if (kind === "unknown") return { kind };
  if (kind !== "done" && kind !== "refused") return "outcome.kind is none of done, unknown, refused";
  if (typeof returnedAt !== "number") return "outcome.returnedAt is not a number";
  if (kind === "refused") return { kind, returnedAt, ...(typeof why === "string" ? { why } : {}) };
  const output = reader.readOutput(json["output"]);
  return output === null ? `outcome.output is no answer: ${JSON.stringify(json["output"])}` : { kind, returnedAt, output };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

function isRecord(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
