// What the requests of a connection that need the store have in common: whom they ask, until when, and where the reply goes.
import type { Session } from "../../../core/replica/events.ts";
import type { KvResult } from "../../../core/kv/results.ts";
import { shardOfSlot } from "../../../core/shards/slots.ts";
import type { Client } from "../client.ts";
import { CONNECTION_OVER } from "../error-texts.ts";
import { Patience } from "../ordering/patience.ts";
import type { Asking, Try } from "../ordering/slot-queue.ts";
import type { StoreCommand } from "../plan-bytes.ts";
import type { ProtocolVersion } from "../protocol/reply-writer.ts";
import type { ReplyWriter } from "../protocol/reply-writer.ts";
import type { Place, ReplyQueue } from "../reply-queue.ts";
import type { ReplyRoom } from "../reply-room.ts";
import type { Gate, StoreAsker, StoreOutcome, StoreRequest } from "../store-gate.ts";

/** The connection, as its requests see it. */
export type RequestPorts = {
  readonly client: Client;
  readonly gate: Gate;
  readonly replies: ReplyQueue;
  readonly room: ReplyRoom;
  /** The client is gone: what was not asked yet need not be. */
  readonly isOver: () => boolean;
};

/** Where the reply goes, and as whom the request is made. */
export type Asked = { readonly ports: RequestPorts; readonly place: Place; readonly session: Session | null };

const NO_ROOM: StoreOutcome = { kind: "again", text: "CLUSTERDOWN what was asked before has no answer" };

/** One object for all of its way: it is made for nearly every request. */
export abstract class StoreAsking implements Asking, StoreRequest, StoreAsker {
  readonly slot: number;
  readonly shard: number;
  readonly session: Session | null;
  readonly isReadonly: boolean;
  readonly protocol: ProtocolVersion;
  readonly patience: Patience;
  readonly #ports: RequestPorts;
  readonly #place: Place;
  /** Of a read, until it is settled. */
  #attempt: Try | null = null;
  /** It was read, and waits for room; to be called when it doesn't any more. */
  #leaveRoom: (() => void) | null = null;
  abstract readonly kind: Asking["kind"];

  constructor(slot: number, { ports, place, session }: Asked) {
    this.slot = slot;
    this.shard = shardOfSlot(slot);
    this.session = session;
    this.isReadonly = ports.client.isReadonly;
    this.protocol = ports.client.protocol;
    this.patience = new Patience(place.arrivedMs);
    this.#ports = ports;
    this.#place = place;
  }

  /** A text: the error, and nothing is asked. */
  protected abstract command(): StoreCommand | string;

  protected abstract tell(result: KvResult, out: ReplyWriter): void;

  /** It was not done, or nobody knows. */
  protected failed(): void {}

  get client(): Client {
    return this.#ports.client;
  }

  get untilMs(): number {
    return this.patience.untilMs;
  }

  ask(attempt: Try): void {
    const ports = this.#ports;
    if (ports.isOver()) return attempt.settle({ kind: "error", text: CONNECTION_OVER, mayHaveHappened: false });
    const command = this.command();
    if (typeof command === "string") return attempt.settle({ kind: "error", text: command, mayHaveHappened: false });
    if (command.kind === "write") return ports.gate.ask(this, command, attempt);
    this.#attempt = attempt;
    ports.gate.ask(this, command, this);
  }

  giveWay(nowMs: number): void {
    const leave = this.#leaveRoom;
    if (leave === null) return;
    this.#leaveRoom = null;
    this.patience.turnsAt(nowMs);
    leave();
    this.#settleRead(NO_ROOM);
  }

  /** What was read for a client that takes nothing would fill the memory: it is asked for again when there is room for it. */
  settle(outcome: StoreOutcome): void {
    const { room } = this.#ports;
    if (outcome.kind !== "result" || room.hasFor(this.#place)) return this.#settleRead(outcome);
    const attempt = this.#attempt as Try;
    // What is tried again may be what the client has to take first, and it is tried again once nothing of its round is open.
    if (attempt.isHeld) return this.#settleRead(NO_ROOM);
    this.#leaveRoom = room.wait(this.#place, (nowMs) => {
      this.#leaveRoom = null;
      this.patience.turnsAt(nowMs);
      this.ask(attempt);
    });
  }

  #settleRead(outcome: StoreOutcome): void {
    const attempt = this.#attempt;
    this.#attempt = null;
    attempt?.settle(outcome);
  }

  answer(outcome: Exclude<StoreOutcome, { readonly kind: "again" }>): void {
    const { replies } = this.#ports;
    const out = replies.writerFor(this.#place, this.protocol);
    if (outcome.kind === "result") this.tell(outcome.result, out);
    else {
      this.failed();
      if (outcome.kind === "error") out.error(outcome.text);
      else out.error(movedText(this.slot, outcome.node));
    }
    replies.fill(this.#place, out);
  }
}

export const movedText = (slot: number, { host, port }: { readonly host: string; readonly port: number }): string =>
  `MOVED ${slot} ${host}:${port}`;
