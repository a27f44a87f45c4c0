// Somebody who asks one member for the same again and again, however it is. Answers are judged by the invariants, which
// compare them with what was committed, so it matters little which key is concerned; no client uses these.
import type { ClientOperation } from "../../../core/replica/events.ts";
import { encodeCommand, encodeQuery } from "../workloads/encoding.ts";
import type { Answer, Process } from "../world/process.ts";
import type { World } from "../world/world.ts";

const KEY = "asked for by a fault";
const ASK_EVERY_US = 15_000;

export const READ: ClientOperation = { kind: "read", query: encodeQuery({ key: KEY }), consistency: "linearizable" };
export const WRITE: ClientOperation = { kind: "write", command: encodeCommand({ kind: "put", key: KEY, value: "x" }), session: null };

export type Asking = { readonly operation: ClientOperation; readonly count: number; readonly answer?: Answer };

export function askAgain(world: World, process: Process, { operation, count, answer = () => undefined }: Asking): void {
  if (count === 0) return;
  process.ask(operation, answer);
  world.after(ASK_EVERY_US, () => askAgain(world, process, { operation, count: count - 1, answer }));
}
