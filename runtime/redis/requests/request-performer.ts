// The requests of one connection, each performed as its row of the table says. What several of them share is here: whether a
// transaction is open, what is watched, and the order within each slot.
import type { Session } from "../../../core/replica/events.ts";
import { shardOfSlot } from "../../../core/shards/slots.ts";
import type { Client } from "../client.ts";
import { checkedPlan } from "../commands/checked-plan.ts";
import type { Arguments, Control, ControlCommand, DataCommand, LocalCommand, SimpleCommand, SlowCommand } from "../commands/command.ts";
import { keysIn } from "../commands/command.ts";
import { commandIn } from "../commands/table.ts";
import * as TEXTS from "../error-texts.ts";
import { readOnce } from "../once.ts";
import type { Asking } from "../ordering/slot-queue.ts";
import { SlotQueues } from "../ordering/slot-queues.ts";
import { slotOfAll } from "../plan-bytes.ts";
import { ReplyWriter } from "../protocol/reply-writer.ts";
import type { Place } from "../reply-queue.ts";
import { DataRequest } from "./data-request.ts";
import { ExecRequest } from "./exec-request.ts";
import { readJsonTransaction, TransactionRequest } from "./json-transaction.ts";
import { OpenTransaction } from "./open-transaction.ts";
import type { StoreOutcome } from "../store-gate.ts";
import type { RequestPorts } from "./store-asking.ts";
import { movedText } from "./store-asking.ts";
import { WatchRequest, WatchSet } from "./watch-set.ts";

export type RequestPerformerOptions = {
  readonly ports: RequestPorts;
  readonly nowMs: () => number;
  /** What was taken is answered, nothing more is. */
  readonly end: () => void;
};

export class RequestPerformer {
  readonly #options: RequestPerformerOptions;
  readonly #ports: RequestPorts;
  readonly #client: Client;
  readonly #slots: SlotQueues;
  #transaction: OpenTransaction | null = null;
  #watched = new WatchSet();

  constructor(options: RequestPerformerOptions) {
    this.#options = options;
    this.#ports = options.ports;
    this.#client = options.ports.client;
    this.#slots = new SlotQueues(options.nowMs);
  }

  take(args: Arguments, nowMs: number): void {
    const command = commandIn(args);
    const place = this.#ports.replies.add(typeof command === "string" ? "unknown" : command.name, nowMs, bytesOf(args));
    if (typeof command === "string") this.#misunderstood(place, args, command);
    else if (!this.#client.isKnown && !command.flags.includes("no_auth")) this.#refuse(place, TEXTS.NO_AUTH);
    else if (this.#transaction !== null && command.kind !== "control") this.#queue(place, command, args);
    else this.#perform(place, command, args);
  }

  #perform(place: Place, command: SimpleCommand, args: Arguments): void {
    switch (command.kind) {
      case "data":
        return this.#askStore(place, { command, args, session: null });
      case "local": {
        const out = this.#writer(place);
        command.run(this.#client, args, out);
        return this.#ports.replies.fill(place, out);
      }
      case "slow":
        return this.#performSlowly(place, command, args);
      case "control":
        return this.#controls[command.control](place, args);
    }
  }

  #performSlowly(place: Place, { run, slotIn }: SlowCommand, args: Arguments): void {
    // As of now: it begins later.
    const out = new ReplyWriter(this.#client.protocol);
    const perform = async (): Promise<void> => {
      await this.#roomFor(place);
      if (this.#ports.isOver()) return this.#error(place, TEXTS.CONNECTION_OVER);
      await run(this.#client, args, out).then(
        () => this.#ports.replies.fill(place, out),
        (error: unknown) => this.#error(place, `ERR UNKNOWN ${String(error)}`),
      );
    };
    const slot = slotIn?.(args) ?? null;
    if (slot === null) return void perform();
    // What comes behind it on its slot waits until it is answered.
    const ask: Asking["ask"] = (answer) => void perform().then(() => answer(ANSWERED));
    this.#slots.add({ slot, kind: "alone", untilMs: Infinity, ask, answer: () => undefined });
  }

  /** Everything before it is answered, and the client has taken so much that all keys, which may be a lot, have room. */
  #roomFor(place: Place): Promise<void> {
    const { isOver, replies, room } = this.#ports;
    return new Promise((resolve) => {
      const look = (): void => {
        if (isOver() || room.hasFor(place)) resolve();
        else room.wait(place, look);
      };
      replies.begin(place, look);
    });
  }

  #askStore(place: Place, { command, args, session }: { command: DataCommand; args: Arguments; session: Session | null }): void {
    const slot = slotOfAll(keysIn(command, args));
    if (slot === null) return this.#error(place, TEXTS.CROSS_SLOT);
    const plan = checkedPlan(command, args);
    if (typeof plan === "string") return this.#error(place, plan);
    this.#slots.add(new DataRequest(slot, { ports: this.#ports, place, session }, { command, plan }));
  }

  /** Checked now as far as it can be, and done by EXEC. */
  #queue(place: Place, command: Exclude<SimpleCommand, ControlCommand>, args: Arguments): void {
    if (command.kind === "slow") return this.#refuse(place, `ERR ${command.name.toUpperCase()} is not supported inside MULTI`);
    if (command.kind === "data") {
      if (command.name === "msetnx") return this.#refuse(place, "ERR MSETNX is not supported inside MULTI: watch the keys instead");
      const slot = slotOfAll(keysIn(command, args));
      if (slot === null) return this.#refuse(place, TEXTS.CROSS_SLOT);
      const mayFollow = this.#client.isReadonly && command.flags.includes("readonly");
      const node = this.#ports.gate.elsewhere(shardOfSlot(slot), mayFollow);
      if (node !== null) return this.#refuse(place, movedText(slot, node));
    }
    if (this.#transaction?.add({ command, args }, place.requestBytes) === false) return this.#refuse(place, TEXTS.TRANSACTION_TOO_LARGE);
    this.#ports.replies.fill(place, this.#writer(place).simple("QUEUED"));
  }

  readonly #controls: { readonly [C in Control]: (place: Place, args: Arguments) => void } = {
    multi: (place) => {
      if (this.#transaction !== null) return this.#error(place, TEXTS.NESTED_MULTI);
      this.#transaction = new OpenTransaction();
      this.#ok(place);
    },
    discard: (place) => {
      if (this.#transaction === null) return this.#error(place, TEXTS.DISCARD_WITHOUT_MULTI);
      this.#forgetTransaction();
      this.#ok(place);
    },
    exec: (place) => this.#execute(place, null),
    watch: (place, args) => {
      const keys = args.slice(1);
      const slot = slotOfAll(keys);
      if (slot === null) return this.#refuse(place, TEXTS.CROSS_SLOT);
      if (this.#transaction !== null) return this.#error(place, TEXTS.WATCH_IN_MULTI);
      if (!this.#watched.mayWatch(slot, keys)) return this.#error(place, TEXTS.TOO_MANY_WATCHED);
      this.#slots.add(new WatchRequest(slot, { ports: this.#ports, place, session: null }, { keys, watched: this.#watched }));
    },
    unwatch: (place, args) => {
      // Within a transaction it does nothing: EXEC ends the watching anyway.
      if (this.#transaction !== null) return this.#queue(place, UNWATCHING, args);
      this.#watched = new WatchSet();
      this.#ok(place);
    },
    quit: (place) => {
      this.#options.end();
      this.#ok(place);
    },
    reset: (place) => {
      this.#forgetTransaction();
      this.#client.reset();
      this.#ports.replies.fill(place, this.#writer(place).simple("RESET"));
    },
    once: (place, args) => {
      const once = readOnce(args);
      if (typeof once === "string") return this.#refuse(place, once);
      const { command, session, args: own } = once;
      if (command.kind === "control" && command.control === "exec") return this.#execute(place, session);
      if (this.#transaction !== null)
        return this.#refuse(place, "ERR within MULTI it is EXEC that takes effect once: ONCE client serial acked EXEC");
      if (command.kind === "data") return this.#askStore(place, { command, args: own, session });
      this.#transact(place, own, session);
    },
    transaction: (place, args) => {
      if (this.#transaction !== null) return this.#refuse(place, "ERR FLOTILLA.TXN is not supported inside MULTI");
      this.#transact(place, args, null);
    },
  };

  #execute(place: Place, session: Session | null): void {
    const transaction = this.#transaction;
    if (transaction === null) return this.#error(place, TEXTS.EXEC_WITHOUT_MULTI);
    const watched = this.#watched;
    this.#forgetTransaction();
    if (transaction.isBroken) return this.#error(place, TEXTS.EXEC_ABORT);
    const { queued } = transaction;
    const keys = queued.flatMap(({ command, args }) => keysIn(command, args));
    const slots = new Set(watched.slots);
    const own = keys.length === 0 ? null : slotOfAll(keys);
    if (own !== null) slots.add(own);
    if ((keys.length > 0 && own === null) || slots.size > 1) return this.#error(place, TEXTS.CROSS_SLOT);
    const [slot] = slots;
    const asked = { ports: this.#ports, place, session };
    if (slot !== undefined) return this.#slots.add(new ExecRequest(slot, asked, { queued, watched }));
    const out = this.#writer(place).array(queued.length);
    for (const { command, args } of queued) if (command.kind === "local") command.run(this.#client, args, out);
    this.#ports.replies.fill(place, out);
  }

  #transact(place: Place, args: Arguments, session: Session | null): void {
    const transaction = readJsonTransaction((args[1] as Buffer).toString("utf8"));
    if (typeof transaction === "string") return this.#error(place, transaction);
    this.#slots.add(new TransactionRequest(transaction, { ports: this.#ports, place, session }));
  }

  #forgetTransaction(): void {
    this.#transaction = null;
    this.#watched = new WatchSet();
  }

  /** No command, or not with such arguments. An EXEC ends its transaction however it was meant. */
  #misunderstood(place: Place, [given]: Arguments, text: string): void {
    const name = given?.toString("latin1", 0, NAME_BYTES).toLowerCase() ?? "";
    if (WORDS_OF_HTTP.has(name)) {
      this.#options.end();
      return this.#error(place, TEXTS.NO_HTTP);
    }
    if (name !== "exec") return this.#refuse(place, text);
    this.#forgetTransaction();
    this.#error(place, TEXTS.execAbort(text));
  }

  /** An error that a transaction does not survive. */
  #refuse(place: Place, text: string): void {
    this.#transaction?.break();
    this.#error(place, text);
  }

  #error(place: Place, text: string): void {
    this.#ports.replies.fill(place, this.#writer(place).error(text));
  }

  #ok(place: Place): void {
    this.#ports.replies.fill(place, this.#writer(place).simple("OK"));
  }

  /** For what is written at once. */
  #writer(place: Place): ReplyWriter {
    return this.#ports.replies.writerFor(place, this.#client.protocol);
  }
}

/**
 * Lines of a page in somebody's browser that sends to this port what it takes for a web server: what follows them may be commands,
 * which nobody here has asked for.
 */
const WORDS_OF_HTTP: ReadonlySet<string> = new Set(["post", "host:"]);
const NAME_BYTES = 8;

/** For the order within a slot, of what has put its reply into its place by itself. */
const ANSWERED: StoreOutcome = { kind: "error", text: "", mayHaveHappened: false };

/** What an argument takes beside its bytes, with what is made of it. */
const ARGUMENT_BYTES = 128;

function bytesOf(args: Arguments): number {
  let bytes = ARGUMENT_BYTES * args.length;
  for (const { length } of args) bytes += length;
  return bytes;
}

const UNWATCHING: LocalCommand = {
  ...{
    kind: "local",
    name: "unwatch",
    arity: 1,
    flags: [],
    keys: null,
    group: "transactions",
    since: "2.2.0",
    summary: "",
    complexity: "",
  },
  run: (_client, _args, out) => void out.simple("OK"),
};
