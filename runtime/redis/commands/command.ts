// What a command is: a row of the table from which requests are checked and performed, COMMAND answers, and the documentation
// is made. Commands about keys say which operations of the store they are, and how what comes of these is told; so the same
// row serves a single request, a transaction and a request that is sent again under its serial.
import type { Comparison, KvOperation } from "../../../core/kv/commands.ts";
import type { KvSingleResult } from "../../../core/kv/results.ts";
import { slotOf } from "../../../core/shards/slots.ts";
import { slotOfAll } from "../plan-bytes.ts";
import type { ReplyWriter } from "../protocol/reply-writer.ts";
import type { Client } from "../client.ts";

export type Arguments = readonly Buffer[];

/** Positions of keys among the arguments, the command's name being at 0; a negative last counts from the end. */
export type KeyPositions = { readonly first: number; readonly last: number; readonly step: number };

export type Flag =
  | "write"
  | "readonly"
  | "denyoom"
  | "fast"
  | "admin"
  | "loading"
  | "stale"
  | "noscript"
  | "no_auth"
  | "skip_slowlog"
  | "movablekeys"
  | "allow_busy"
  | "sentinel";

export type Group = "string" | "generic" | "transactions" | "cluster" | "connection" | "server" | "flotilla";

type Common = {
  /** In lower case; of a subcommand with its command's before it: `cluster|slots`. */
  readonly name: string;
  /** With the name; negative: at least so many. */
  readonly arity: number;
  readonly flags: readonly Flag[];
  readonly keys: KeyPositions | null;
  readonly group: Group;
  readonly since: string;
  readonly summary: string;
  readonly complexity: string;
};

export type Plan = {
  readonly operations: readonly KvOperation[];
  /** All of it is done only if these hold. */
  readonly compare?: readonly Comparison[];
  /** What `answer` has to know besides the results. */
  readonly detail?: number | string;
};

export type ErrorText = string;

/** What is known of a plan that was done. Not its keys and values: each would stay in memory until its command is answered. */
export type Told = {
  readonly out: ReplyWriter;
  /** Its first operation. */
  readonly does: KvOperation["kind"] | undefined;
  readonly detail: Plan["detail"];
  readonly nowMs: number;
};

export type DataCommand = Common & {
  readonly kind: "data";
  /** Pure. A text is the error that is answered, and nothing is done. */
  readonly plan: (args: Arguments) => Plan | ErrorText;
  /** Pure; one result for each operation. Null: what was compared did not hold. */
  readonly answer: (results: readonly KvSingleResult[] | null, told: Told) => void;
};

/** Answered at once by the member that was asked. */
export type LocalCommand = Common & { readonly kind: "local"; readonly run: (client: Client, args: Arguments, out: ReplyWriter) => void };

/**
 * Begins when everything before it is answered, and takes its time; what comes behind it overtakes it, but not its reply. Of one slot, if
 * it is about one, nothing does.
 */
export type SlowCommand = Common & {
  readonly kind: "slow";
  readonly slotIn?: (args: Arguments) => number | null;
  readonly run: (client: Client, args: Arguments, out: ReplyWriter) => Promise<void>;
};

/** A text is the error. */
export type FoundKeys = readonly Uint8Array[] | ErrorText;

/** Changes how the connection goes on; see runtime/redis/connection.ts. */
export type ControlCommand = Common & {
  readonly kind: "control";
  readonly control: Control;
  /** Where keys have no places of their own; `keysOf` those of another command. */
  readonly keysWithin?: (args: Arguments, keysOf: (args: Arguments) => FoundKeys) => FoundKeys;
};
export type Control = "multi" | "exec" | "discard" | "watch" | "unwatch" | "quit" | "reset" | "once" | "transaction";

export type ContainerCommand = Common & {
  readonly kind: "container";
  readonly subcommands: readonly SimpleCommand[];
  /** Without a subcommand; left out where there has to be one. */
  readonly alone?: LocalCommand["run"];
};

export type SimpleCommand = DataCommand | LocalCommand | SlowCommand | ControlCommand;
export type Command = SimpleCommand | ContainerCommand;

export const ONE_KEY: KeyPositions = { first: 1, last: 1, step: 1 };
export const ALL_KEYS: KeyPositions = { first: 1, last: -1, step: 1 };
export const KEYS_AND_VALUES: KeyPositions = { first: 1, last: -1, step: 2 };

export function hasArity({ arity }: Pick<Common, "arity">, length: number): boolean {
  return arity >= 0 ? length === arity : length >= -arity;
}

/** Null: its keys are not of one slot, or there are none. */
export function slotIn(command: Pick<Common, "keys">, args: Arguments): number | null {
  const { keys } = command;
  // The usual case without a list.
  return keys !== null && keys.first === keys.last ? slotOf(args[keys.first] as Buffer) : slotOfAll(keysIn(command, args));
}

export function keysIn({ keys }: Pick<Common, "keys">, args: Arguments): readonly Buffer[] {
  if (keys === null) return [];
  if (keys.first === keys.last) return [args[keys.first] as Buffer];
  const last = keys.last < 0 ? args.length + keys.last : keys.last;
  const found: Buffer[] = [];
  for (let i = keys.first; i <= last; i += keys.step) found.push(args[i] as Buffer);
  return found;
}
