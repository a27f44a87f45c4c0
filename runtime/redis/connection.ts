// One connection: requests out of its bytes, each performed as its row of the table says, replies in their order. What several
// requests of a connection share is here: whether a transaction is open, what is watched, and the order within each slot.
import { OPERATIONS_MAX } from "../../core/kv/limits.ts";
import type { Session } from "../../core/replica/events.ts";
import { shardOfSlot } from "../../core/shards/slots.ts";
import type { Client } from "./client.ts";
import { checkedPlan } from "./commands/checked-plan.ts";
import type { Arguments, Control, ControlCommand, DataCommand, LocalCommand, SimpleCommand, SlowCommand } from "./commands/command.ts";
import { keysIn } from "./commands/command.ts";
import { commandIn } from "./commands/table.ts";
import * as TEXTS from "./error-texts.ts";
import { readOnce } from "./once.ts";
import { SlotQueue } from "./ordering/slot-queue.ts";
import { slotOfAll } from "./plan-bytes.ts";
import { ReplyWriter } from "./protocol/reply-writer.ts";
import { DEFAULT_REQUEST_LIMITS, RequestParser, STRANGER_LIMITS } from "./protocol/request-parser.ts";
import type { Place } from "./reply-queue.ts";
import { ReplyQueue } from "./reply-queue.ts";
import { DataRequest } from "./requests/data-request.ts";
import type { Queued } from "./requests/exec-request.ts";
import { ExecRequest } from "./requests/exec-request.ts";
import { readJsonTransaction, TransactionRequest } from "./requests/json-transaction.ts";
import type { RequestPorts, StoreAsking } from "./requests/store-asking.ts";
import { movedText } from "./requests/store-asking.ts";
import { WatchRequest, WatchSet } from "./requests/watch-set.ts";
import type { Gate } from "./store-gate.ts";

export type ConnectionOptions = {
  readonly client: Client;
  readonly gate: Gate;
  readonly nowMs: () => number;
  readonly write: (bytes: Buffer) => void;
  /** What was written and the client has not taken; `taken` follows if there is much of it. */
  readonly unsentBytes: () => number;
  /** No more is read for now; `resume` follows. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** All is answered, and the connection is to be closed. */
  readonly end: () => void;
  readonly onReplied: (places: readonly Place[]) => void;
};

/** Requests of one connection that are under way at once, and what they and their replies may take. */
const WAITING_MAX = 1_024;
const WAITING_BYTES_MAX = 33_554_432;
/** Of replies that wait for the client or for those before them, until nothing more is read for it: one of the largest has room. */
const ROOM_BYTES = 16_777_216;
/** What a transaction may hold before its EXEC; what that can do is less. */
const QUEUED_MAX = OPERATIONS_MAX;
const QUEUED_BYTES_MAX = DEFAULT_REQUEST_LIMITS.requestBytesMax;

type Transaction = { readonly queued: Queued[]; bytes: number; isBroken: boolean };
type WaitingForRoom = { readonly place: Place; readonly goOn: () => void; isOver: boolean };

export class Connection {
  readonly client: Client;
  readonly #options: ConnectionOptions;
  readonly #parser: RequestParser;
  readonly #replies: ReplyQueue;
  readonly #ports: RequestPorts;
  readonly #slots = new Map<number, SlotQueue>();
  #transaction: Transaction | null = null;
  #watched = new WatchSet();
  #waitingForRoom: WaitingForRoom[] = [];
  #hadRoomMs = -Infinity;
  #isPaused = false;
  /** Nothing is read any more. */
  #isEnding = false;
  #isOver = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { client, gate, write, onReplied } = options;
    this.client = client;
    this.#parser = new RequestParser(client.isKnown ? DEFAULT_REQUEST_LIMITS : STRANGER_LIMITS);
    this.#replies = new ReplyQueue({ write, onReplied, onFlushed: () => this.#flushed() });
    this.#ports = {
      ...{ client, gate, replies: this.#replies },
      isOver: () => this.#isOver,
      hadRoomMs: () => this.#hadRoomMs,
      hasRoom: (place) => this.#hasRoomFor(place),
      whenRoom: (place, goOn) => this.#wait({ place, goOn, isOver: false }),
    };
  }

  read(chunk: Buffer): void {
    if (this.#isEnding) return;
    this.#parser.push(chunk);
    this.#takeAll();
  }

  /** What was taken is answered, nothing more is, and the connection ends. */
  finish(): void {
    this.#isEnding = true;
    if (this.#replies.isWritten) this.#options.end();
  }

  /** The client is gone. */
  over(): void {
    this.#isEnding = true;
    this.#isOver = true;
  }

  /** The client has taken what was written. */
  taken(): void {
    this.#readOn();
  }

  #takeAll(): void {
    const nowMs = this.#options.nowMs();
    while (!this.#isEnding && !this.#isFull()) {
      const request = this.#parser.next();
      if (request === null) break;
      this.#take(request, nowMs);
    }
    if (this.#parser.broken !== null && !this.#isEnding) {
      this.#error(this.#replies.add("unknown", nowMs, 0), `ERR Protocol error: ${this.#parser.broken}`);
      this.#isEnding = true;
    }
    if (this.#isFull() && !this.#isPaused && !this.#isEnding) {
      this.#isPaused = true;
      this.#options.pause();
    }
  }

  #isFull(): boolean {
    return this.#replies.waiting >= WAITING_MAX || this.#replies.expectedBytes >= WAITING_BYTES_MAX;
  }

  /** The next reply has it as soon as the client takes some: all others wait for it. */
  #hasRoomFor(place: Place): boolean {
    return this.#options.unsentBytes() + (this.#replies.isNext(place) ? 0 : this.#replies.heldBytes) <= ROOM_BYTES;
  }

  #wait(waiting: WaitingForRoom): () => void {
    this.#waitingForRoom.push(waiting);
    return () => {
      waiting.isOver = true;
      this.#waitingForRoom = this.#waitingForRoom.filter((each) => each !== waiting);
    };
  }

  /** As many as are likely to find room, in their order. */
  #readOn(): void {
    if (this.#waitingForRoom.length === 0) return;
    let left = Math.max(1, Math.floor(ROOM_BYTES / Math.max(1, this.#replies.largestBytes)));
    const waiting = this.#waitingForRoom.sort((a, b) => a.place.number - b.place.number);
    this.#waitingForRoom = [];
    this.#hadRoomMs = this.#options.nowMs();
    for (const each of waiting) {
      if (!each.isOver && left > 0 && this.#hasRoomFor(each.place)) {
        left--;
        each.goOn();
      } else if (!each.isOver) this.#waitingForRoom.push(each);
    }
  }

  #flushed(): void {
    if (this.#isEnding && this.#replies.isWritten) return this.#options.end();
    this.#readOn();
    if (!this.#isPaused || this.#isFull()) return;
    this.#isPaused = false;
    this.#takeAll();
    if (!this.#isPaused && !this.#isEnding) this.#options.resume();
  }

  #take(args: Arguments, nowMs: number): void {
    const command = commandIn(args);
    const place = this.#replies.add(typeof command === "string" ? "unknown" : command.name, nowMs, bytesOf(args));
    if (typeof command === "string") this.#misunderstood(place, args, command);
    else if (!this.client.isKnown && !command.flags.includes("no_auth")) this.#refuse(place, TEXTS.NO_AUTH);
    else if (this.#transaction !== null && command.kind !== "control") this.#queue(place, command, args);
    else this.#perform(place, command, args);
  }

  #perform(place: Place, command: SimpleCommand, args: Arguments): void {
    switch (command.kind) {
      case "data":
        return this.#askStore(place, { command, args, session: null });
      case "local": {
        const out = this.#writer(place);
        command.run(this.client, args, out);
        this.#parser.limits = this.client.isKnown ? DEFAULT_REQUEST_LIMITS : STRANGER_LIMITS;
        return this.#replies.fill(place, out);
      }
      case "slow":
        return this.#performSlowly(place, command, args);
      case "control":
        return this.#controls[command.control](place, args);
    }
  }

  #performSlowly(place: Place, { run }: SlowCommand, args: Arguments): void {
    // As of now: it begins later.
    const out = new ReplyWriter(this.client.protocol);
    this.#replies.begin(place, () => {
      if (this.#isOver) return this.#error(place, TEXTS.CONNECTION_OVER);
      void run(this.client, args, out).then(
        () => this.#replies.fill(place, out),
        (error: unknown) => this.#error(place, `ERR UNKNOWN ${String(error)}`),
      );
    });
  }

  #askStore(place: Place, { command, args, session }: { command: DataCommand; args: Arguments; session: Session | null }): void {
    const slot = slotOfAll(keysIn(command, args));
    if (slot === null) return this.#error(place, TEXTS.CROSS_SLOT);
    const plan = checkedPlan(command, args);
    if (typeof plan === "string") return this.#error(place, plan);
    this.#ask(new DataRequest(slot, { ports: this.#ports, place, session }, { command, plan }));
  }

  #ask(asking: StoreAsking): void {
    const { slot } = asking;
    let queue = this.#slots.get(slot);
    if (queue === undefined) {
      const added: SlotQueue = new SlotQueue({
        nowMs: this.#options.nowMs,
        onEmpty: () => {
          if (this.#slots.get(slot) === added) this.#slots.delete(slot);
        },
      });
      queue = added;
      this.#slots.set(slot, queue);
    }
    queue.add(asking);
  }

  /** Checked now as far as it can be, and done by EXEC. */
  #queue(place: Place, command: Exclude<SimpleCommand, ControlCommand>, args: Arguments): void {
    if (command.kind === "slow") return this.#refuse(place, `ERR ${command.name.toUpperCase()} is not supported inside MULTI`);
    if (command.kind === "data") {
      if (command.name === "msetnx") return this.#refuse(place, "ERR MSETNX is not supported inside MULTI: watch the keys instead");
      const slot = slotOfAll(keysIn(command, args));
      if (slot === null) return this.#refuse(place, TEXTS.CROSS_SLOT);
      const node = this.#options.gate.elsewhere(shardOfSlot(slot));
      if (node !== null) return this.#refuse(place, movedText(slot, node));
    }
    if (!this.#hasQueued({ command, args }, place.requestBytes)) return this.#refuse(place, TEXTS.TRANSACTION_TOO_LARGE);
    this.#replies.fill(place, this.#writer(place).simple("QUEUED"));
  }

  #hasQueued(queued: Queued, bytes: number): boolean {
    const transaction = this.#transaction;
    // It won't be done.
    if (transaction === null || transaction.isBroken) return true;
    transaction.bytes += bytes;
    if (transaction.queued.length >= QUEUED_MAX || transaction.bytes > QUEUED_BYTES_MAX) return false;
    transaction.queued.push(queued);
    return true;
  }

  readonly #controls: { readonly [C in Control]: (place: Place, args: Arguments) => void } = {
    multi: (place) => {
      if (this.#transaction !== null) return this.#error(place, TEXTS.NESTED_MULTI);
      this.#transaction = { queued: [], bytes: 0, isBroken: false };
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
      if (!this.#watched.mayWatch(keys)) return this.#error(place, TEXTS.TOO_MANY_WATCHED);
      this.#ask(new WatchRequest(slot, { ports: this.#ports, place, session: null }, { keys, watched: this.#watched }));
    },
    unwatch: (place, args) => {
      // Within a transaction it does nothing: EXEC ends the watching anyway.
      if (this.#transaction !== null) return this.#queue(place, UNWATCHING, args);
      this.#watched = new WatchSet();
      this.#ok(place);
    },
    quit: (place) => {
      this.#isEnding = true;
      this.#ok(place);
    },
    reset: (place) => {
      this.#forgetTransaction();
      this.client.reset();
      this.#parser.limits = this.client.isKnown ? DEFAULT_REQUEST_LIMITS : STRANGER_LIMITS;
      this.#replies.fill(place, this.#writer(place).simple("RESET"));
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
    if (slot !== undefined && (own !== null || watched.slots.size > 0)) return this.#ask(new ExecRequest(slot, asked, { queued, watched }));
    const out = this.#writer(place).array(queued.length);
    for (const { command, args } of queued) if (command.kind === "local") command.run(this.client, args, out);
    this.#replies.fill(place, out);
  }

  #transact(place: Place, args: Arguments, session: Session | null): void {
    const transaction = readJsonTransaction((args[1] as Buffer).toString("utf8"));
    if (typeof transaction === "string") return this.#error(place, transaction);
    this.#ask(new TransactionRequest(transaction, { ports: this.#ports, place, session }));
  }

  #forgetTransaction(): void {
    this.#transaction = null;
    this.#watched = new WatchSet();
  }

  /** No command, or not with such arguments. An EXEC ends its transaction however it was meant. */
  #misunderstood(place: Place, [given]: Arguments, text: string): void {
    const name = given?.toString("latin1", 0, NAME_BYTES).toLowerCase() ?? "";
    if (WORDS_OF_HTTP.has(name)) {
      this.#isEnding = true;
      return this.#error(place, TEXTS.NO_HTTP);
    }
    if (name !== "exec") return this.#refuse(place, text);
    this.#forgetTransaction();
    this.#error(place, TEXTS.execAbort(text));
  }

  /** An error that a transaction does not survive. */
  #refuse(place: Place, text: string): void {
    if (this.#transaction !== null) {
      this.#transaction.isBroken = true;
      this.#transaction.queued.length = 0;
    }
    this.#error(place, text);
  }

  #error(place: Place, text: string): void {
    this.#replies.fill(place, this.#writer(place).error(text));
  }

  #ok(place: Place): void {
    this.#replies.fill(place, this.#writer(place).simple("OK"));
  }

  /** For what is written at once. */
  #writer(place: Place): ReplyWriter {
    return this.#replies.writerFor(place, this.client.protocol);
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
