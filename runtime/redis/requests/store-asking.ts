// What the requests of a connection that need the store have in common: whom they ask, until when, and where the reply goes.
import type { Session } from "../../../core/replica/events.ts";
import type { KvResult } from "../../../core/kv/results.ts";
import { shardOfSlot } from "../../../core/shards/slots.ts";
import type { Client } from "../client.ts";
import { CONNECTION_OVER } from "../error-texts.ts";
import { Patience } from "../ordering/patience.ts";
import type { Asking } from "../ordering/slot-queue.ts";
import type { StoreCommand } from "../plan-bytes.ts";
import type { ProtocolVersion } from "../protocol/reply-writer.ts";
import type { ReplyWriter } from "../protocol/reply-writer.ts";
import type { Place, ReplyQueue } from "../reply-queue.ts";
import type { ReplyRoom } from "../reply-room.ts";
import type { Gate, StoreAnswer, StoreOutcome, StoreRequest } from "../store-gate.ts";

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

export abstract class StoreAsking implements Asking {
  readonly slot: number;
  readonly protocol: ProtocolVersion;
  readonly patience: Patience;
  readonly #asked: Asked;
  readonly #isReadonly: boolean;
  /** It was read, and waits for room. */
  #parked: { readonly answer: StoreAnswer; readonly leave: () => void } | null = null;
  abstract readonly kind: Asking["kind"];

  constructor(slot: number, asked: Asked) {
    const { ports, place } = asked;
    this.slot = slot;
    this.#asked = asked;
    this.protocol = ports.client.protocol;
    this.patience = new Patience(place.arrivedMs);
    this.#isReadonly = ports.client.isReadonly;
  }

  /** A text: the error, and nothing is asked. */
  protected abstract command(): StoreCommand | string;

  protected abstract tell(result: KvResult, out: ReplyWriter): void;

  /** It was not done, or nobody knows. */
  protected failed(): void {}

  get client(): Client {
    return this.#asked.ports.client;
  }

  ask(answer: StoreAnswer, isHeld: () => boolean): void {
    const { ports, session } = this.#asked;
    if (ports.isOver()) return answer({ kind: "error", text: CONNECTION_OVER, mayHaveHappened: false });
    const command = this.command();
    if (typeof command === "string") return answer({ kind: "error", text: command, mayHaveHappened: false });
    const request: StoreRequest = {
      slot: this.slot,
      shard: shardOfSlot(this.slot),
      kind: command.kind,
      session,
      untilMs: this.patience.untilMs,
      isReadonly: this.#isReadonly,
    };
    ports.gate.ask(request, command, command.kind === "write" ? answer : (outcome) => this.#hasRead(outcome, { answer, isHeld }));
  }

  giveWay(nowMs: number): void {
    const parked = this.#parked;
    if (parked === null) return;
    this.#parked = null;
    this.patience.turnsAt(nowMs);
    parked.leave();
    parked.answer(NO_ROOM);
  }

  /** What was read for a client that takes nothing would fill the memory: it is asked for again when there is room for it. */
  #hasRead(outcome: StoreOutcome, { answer, isHeld }: { readonly answer: StoreAnswer; readonly isHeld: () => boolean }): void {
    const { ports, place } = this.#asked;
    if (outcome.kind !== "result" || ports.room.hasFor(place)) return answer(outcome);
    // What is tried again may be what the client has to take first, and it is tried again once nothing of its round is open.
    if (isHeld()) return answer(NO_ROOM);
    const leave = ports.room.wait(place, (nowMs) => {
      this.#parked = null;
      this.patience.turnsAt(nowMs);
      this.ask(answer, isHeld);
    });
    this.#parked = { answer, leave };
  }

  answer(outcome: Exclude<StoreOutcome, { readonly kind: "again" }>): void {
    const { ports, place } = this.#asked;
    const out = ports.replies.writerFor(place, this.protocol);
    if (outcome.kind === "result") this.tell(outcome.result, out);
    else {
      this.failed();
      if (outcome.kind === "error") out.error(outcome.text);
      else out.error(movedText(this.slot, outcome.node));
    }
    ports.replies.fill(place, out);
  }
}

export const movedText = (slot: number, { host, port }: { readonly host: string; readonly port: number }): string =>
  `MOVED ${slot} ${host}:${port}`;
