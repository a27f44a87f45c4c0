// MULTI and what belongs to it: what a connection has queued for its EXEC, and what it watches.
import type { Session } from "../../../core/replica/events.ts";
import { shardOfSlot } from "../../../core/shards/slots.ts";
import type { Arguments, ControlCommand, DataCommand, LocalCommand, SimpleCommand } from "../commands/command.ts";
import { keysIn, slotIn } from "../commands/command.ts";
import * as TEXTS from "../error-texts.ts";
import type { SlotQueues } from "../ordering/slot-queues.ts";
import { slotOfAll } from "../plan-bytes.ts";
import type { Place } from "../reply-queue.ts";
import type { Queued } from "./exec-request.ts";
import { ExecRequest } from "./exec-request.ts";
import { OpenTransaction } from "./open-transaction.ts";
import { PlainReplies } from "./plain-replies.ts";
import type { RequestPorts } from "./store-asking.ts";
import { movedText } from "./store-asking.ts";
import { WatchRequest, WatchSet } from "./watch-set.ts";

type Given = { readonly command: Exclude<SimpleCommand, ControlCommand>; readonly args: Arguments };

export class Transactions {
  readonly #ports: RequestPorts;
  readonly #slots: SlotQueues;
  readonly #plain: PlainReplies;
  #open: OpenTransaction | null = null;
  #watched = new WatchSet();

  constructor(ports: RequestPorts, slots: SlotQueues) {
    this.#ports = ports;
    this.#slots = slots;
    this.#plain = new PlainReplies(ports);
  }

  get isOpen(): boolean {
    return this.#open !== null;
  }

  multi(place: Place): void {
    if (this.#open !== null) return this.#plain.error(place, TEXTS.NESTED_MULTI);
    this.#open = new OpenTransaction();
    this.#plain.ok(place);
  }

  discard(place: Place): void {
    if (this.#open === null) return this.#plain.error(place, TEXTS.DISCARD_WITHOUT_MULTI);
    this.forget();
    this.#plain.ok(place);
  }

  watch(place: Place, args: Arguments): void {
    const keys = args.slice(1);
    const slot = slotOfAll(keys);
    if (slot === null) return this.refuse(place, TEXTS.CROSS_SLOT);
    if (this.#open !== null) return this.#plain.error(place, TEXTS.WATCH_IN_MULTI);
    if (!this.#watched.mayWatch(slot, keys)) return this.#plain.error(place, TEXTS.TOO_MANY_WATCHED);
    this.#slots.add(slot, new WatchRequest(slot, { ports: this.#ports, place, session: null }, { keys, watched: this.#watched }));
  }

  unwatch(place: Place, args: Arguments): void {
    // Within a transaction it does nothing: EXEC ends the watching anyway.
    if (this.#open !== null) return this.queue(place, { command: UNWATCHING, args });
    this.#watched = new WatchSet();
    this.#plain.ok(place);
  }

  /** Checked now as far as it can be, and done by EXEC. */
  queue(place: Place, { command, args }: Given): void {
    if (command.kind === "slow") return this.refuse(place, `ERR ${command.name.toUpperCase()} is not supported inside MULTI`);
    const why = command.kind === "data" ? this.#whyNotQueued(command, args) : null;
    if (why !== null) return this.refuse(place, why);
    if (this.#open?.add({ command, args }, place.requestBytes) === false) return this.refuse(place, TEXTS.TRANSACTION_TOO_LARGE);
    this.#plain.status(place, "QUEUED");
  }

  execute(place: Place, session: Session | null): void {
    const transaction = this.#open;
    if (transaction === null) return this.#plain.error(place, TEXTS.EXEC_WITHOUT_MULTI);
    const watched = this.#watched;
    this.forget();
    if (transaction.isBroken) return this.#plain.error(place, TEXTS.EXEC_ABORT);
    const { queued } = transaction;
    const keys = queued.flatMap(({ command, args }) => keysIn(command, args));
    const slots = new Set(watched.slots);
    const own = keys.length === 0 ? null : slotOfAll(keys);
    if (own !== null) slots.add(own);
    if ((keys.length > 0 && own === null) || slots.size > 1) return this.#plain.error(place, TEXTS.CROSS_SLOT);
    const [slot] = slots;
    if (slot === undefined) return this.#executeHere(place, queued);
    this.#slots.add(slot, new ExecRequest(slot, { ports: this.#ports, place, session }, { queued, watched }));
  }

  /** Nothing of it needs the store. */
  #executeHere(place: Place, queued: readonly Queued[]): void {
    this.#plain.write(place, (out) => {
      out.array(queued.length);
      for (const { command, args } of queued) if (command.kind === "local") command.run(this.#ports.client, args, out);
    });
  }

  forget(): void {
    this.#open = null;
    this.#watched = new WatchSet();
  }

  /** An error that an open transaction does not survive. */
  refuse(place: Place, text: string): void {
    this.#open?.break();
    this.#plain.error(place, text);
  }

  #whyNotQueued(command: DataCommand, args: Arguments): string | null {
    if (command.name === "msetnx") return "ERR MSETNX is not supported inside MULTI: watch the keys instead";
    const slot = slotIn(command, args);
    if (slot === null) return TEXTS.CROSS_SLOT;
    const mayFollow = this.#ports.client.isReadonly && command.flags.includes("readonly");
    const node = this.#ports.gate.elsewhere(shardOfSlot(slot), mayFollow);
    return node === null ? null : movedText(slot, node);
  }
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
