// The requests of one connection, each performed as its row of the table says: at once, queued since MULTI, or by the store, in the order
// of its slot.
import type { Session } from "../../../core/replica/events.ts";
import { checkedPlan } from "../commands/checked-plan.ts";
import type { Arguments, Control, DataCommand, SimpleCommand, SlowCommand } from "../commands/command.ts";
import { slotIn } from "../commands/command.ts";
import { commandIn } from "../commands/table.ts";
import * as TEXTS from "../error-texts.ts";
import { readOnce } from "../once.ts";
import { SlotQueues } from "../ordering/slot-queues.ts";
import type { Place } from "../reply-queue.ts";
import { DataRequest } from "./data-request.ts";
import { readJsonTransaction, TransactionRequest } from "./json-transaction.ts";
import { PlainReplies } from "./plain-replies.ts";
import { SlowRequest } from "./slow-request.ts";
import type { RequestPorts } from "./store-asking.ts";
import { Transactions } from "./transactions.ts";

export type RequestPerformerOptions = {
  readonly ports: RequestPorts;
  readonly nowMs: () => number;
  /** What was taken is answered, nothing more is. */
  readonly end: () => void;
};

type DataAsked = { readonly command: DataCommand; readonly args: Arguments; readonly session: Session | null };

export class RequestPerformer {
  readonly #ports: RequestPorts;
  readonly #end: () => void;
  readonly #slots: SlotQueues;
  readonly #transactions: Transactions;
  readonly #plain: PlainReplies;

  constructor({ ports, nowMs, end }: RequestPerformerOptions) {
    this.#ports = ports;
    this.#end = end;
    this.#slots = new SlotQueues(nowMs);
    this.#transactions = new Transactions(ports, this.#slots);
    this.#plain = new PlainReplies(ports);
  }

  take(args: Arguments, nowMs: number): void {
    const { client, replies } = this.#ports;
    const command = commandIn(args);
    const place = replies.add(typeof command === "string" ? "unknown" : command.name, nowMs, bytesOf(args));
    if (typeof command === "string") this.#misunderstood(place, args, command);
    else if (!client.isKnown && !command.flags.includes("no_auth")) this.#transactions.refuse(place, TEXTS.NO_AUTH);
    else if (this.#transactions.isOpen && command.kind !== "control") this.#transactions.queue(place, { command, args });
    else this.#perform(place, command, args);
  }

  #perform(place: Place, command: SimpleCommand, args: Arguments): void {
    switch (command.kind) {
      case "data":
        return this.#askStore(place, { command, args, session: null });
      case "local":
        return this.#plain.write(place, (out) => command.run(this.#ports.client, args, out));
      case "slow":
        return this.#performSlowly(place, command, args);
      case "control":
        return this.#controls[command.control](place, args);
    }
  }

  #askStore(place: Place, { command, args, session }: DataAsked): void {
    const slot = slotIn(command, args);
    if (slot === null) return this.#plain.error(place, TEXTS.CROSS_SLOT);
    const plan = checkedPlan(command, args);
    if (typeof plan === "string") return this.#plain.error(place, plan);
    this.#slots.add(slot, new DataRequest(slot, { ports: this.#ports, place, session }, { command, plan }));
  }

  #performSlowly(place: Place, command: SlowCommand, args: Arguments): void {
    const request = new SlowRequest(this.#ports, place, { command, args });
    const slot = command.slotIn?.(args) ?? null;
    if (slot === null) void request.perform();
    else this.#slots.add(slot, request);
  }

  #transact(place: Place, args: Arguments, session: Session | null): void {
    const transaction = readJsonTransaction((args[1] as Buffer).toString("utf8"));
    if (typeof transaction === "string") return this.#plain.error(place, transaction);
    this.#slots.add(transaction.slot, new TransactionRequest(transaction, { ports: this.#ports, place, session }));
  }

  readonly #controls: { readonly [C in Control]: (place: Place, args: Arguments) => void } = {
    multi: (place) => this.#transactions.multi(place),
    discard: (place) => this.#transactions.discard(place),
    exec: (place) => this.#transactions.execute(place, null),
    watch: (place, args) => this.#transactions.watch(place, args),
    unwatch: (place, args) => this.#transactions.unwatch(place, args),
    quit: (place) => {
      this.#end();
      this.#plain.ok(place);
    },
    reset: (place) => {
      this.#transactions.forget();
      this.#ports.client.reset();
      this.#plain.status(place, "RESET");
    },
    once: (place, args) => {
      const once = readOnce(args);
      if (typeof once === "string") return this.#transactions.refuse(place, once);
      const { command, session, args: own } = once;
      if (command.kind === "control" && command.control === "exec") return this.#transactions.execute(place, session);
      if (this.#transactions.isOpen)
        return this.#transactions.refuse(place, "ERR within MULTI it is EXEC that takes effect once: ONCE client serial acked EXEC");
      if (command.kind === "data") return this.#askStore(place, { command, args: own, session });
      this.#transact(place, own, session);
    },
    transaction: (place, args) => {
      if (this.#transactions.isOpen) return this.#transactions.refuse(place, "ERR FLOTILLA.TXN is not supported inside MULTI");
      this.#transact(place, args, null);
    },
  };

  /** No command, or not with such arguments. An EXEC ends its transaction however it was meant. */
  #misunderstood(place: Place, [given]: Arguments, text: string): void {
    const name = given?.toString("latin1", 0, NAME_BYTES).toLowerCase() ?? "";
    if (WORDS_OF_HTTP.has(name)) {
      this.#end();
      return this.#plain.error(place, TEXTS.NO_HTTP);
    }
    if (name !== "exec") return this.#transactions.refuse(place, text);
    this.#transactions.forget();
    this.#plain.error(place, TEXTS.execAbort(text));
  }
}

/**
 * Lines of a page in somebody's browser that sends to this port what it takes for a web server: what follows them may be commands,
 * which nobody here has asked for.
 */
const WORDS_OF_HTTP: ReadonlySet<string> = new Set(["post", "host:"]);
const NAME_BYTES = 8;

/** What an argument takes beside its bytes, with what is made of it. */
const ARGUMENT_BYTES = 128;

function bytesOf(args: Arguments): number {
  let bytes = ARGUMENT_BYTES * args.length;
  for (const { length } of args) bytes += length;
  return bytes;
}
