// ONCE client serial acked command …: a request that takes effect once, however often it is sent.
import type { Session } from "../../core/replica/events.ts";
import type { Arguments, ControlCommand, DataCommand } from "./commands/command.ts";
import { commandIn } from "./commands/table.ts";

export type Once = { readonly session: Session; readonly command: DataCommand | ControlCommand; readonly args: Arguments };

const COUNT = /^[0-9]{1,15}$/;

/** A text is the error. */
export function readOnce([, client, serial, acked, ...args]: Arguments): Once | string {
  const [first, last] = [String(serial), String(acked)];
  if (!COUNT.test(first) || !COUNT.test(last)) return "ERR the serial and what is acknowledged are whole numbers";
  const session = { client: String(client), serial: Number(first), acked: Number(last) };
  if (session.serial === 0 || session.acked >= session.serial) return "ERR the serial is above what is acknowledged";
  const command = commandIn(args);
  if (typeof command === "string") return command;
  const isTaken =
    command.kind === "data" || (command.kind === "control" && (command.control === "exec" || command.control === "transaction"));
  return isTaken ? { session, command, args } : "ERR ONCE is for commands about keys, EXEC and FLOTILLA.TXN";
}
