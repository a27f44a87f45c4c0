// One connection: requests out of its bytes, performed in their order, replies in the same; and no more is read of it than there is
// room for.
import type { Client } from "./client.ts";
import { COMMAND_NAMES } from "./commands/table.ts";
import { DEFAULT_REQUEST_LIMITS, RequestParser, STRANGER_LIMITS } from "./protocol/request-parser.ts";
import type { Place } from "./reply-queue.ts";
import { ReplyQueue } from "./reply-queue.ts";
import { ReplyRoom } from "./reply-room.ts";
import { RequestPerformer } from "./requests/request-performer.ts";
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
  readonly onReplied: (place: Place, nowMs: number) => void;
};

/** Requests of one connection that are under way at once; and what they, their replies and those that wait for the client may take. */
const WAITING_MAX = 1_024;
const WAITING_BYTES_MAX = 33_554_432;

export class Connection {
  readonly client: Client;
  readonly #options: ConnectionOptions;
  readonly #parser: RequestParser;
  readonly #replies: ReplyQueue;
  readonly #room: ReplyRoom;
  readonly #performer: RequestPerformer;
  #isPaused = false;
  /** The client sends nothing any more. */
  #hasHeardAll = false;
  /** Nothing is read any more. */
  #isEnding = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { client, gate, nowMs, write, unsentBytes, onReplied } = options;
    this.client = client;
    this.#parser = new RequestParser(STRANGER_LIMITS, COMMAND_NAMES);
    const replies = new ReplyQueue({ write, unsentBytes, nowMs, onReplied, onFlushed: () => this.#flushed() });
    const room = new ReplyRoom({ replies, unsentBytes, nowMs });
    this.#replies = replies;
    this.#room = room;
    this.#performer = new RequestPerformer({
      ports: { client, gate, replies, room, isOver: () => client.isGone },
      nowMs,
      end: () => (this.#isEnding = true),
    });
  }

  read(chunk: Buffer): void {
    if (this.#isEnding) return;
    this.#parser.push(chunk);
    this.#takeAll();
  }

  /** What the client has sent is performed and answered, and with that the connection ends. */
  heardAll(): void {
    this.#hasHeardAll = true;
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
    this.client.isGone = true;
  }

  /** The client has taken what was written. */
  taken(): void {
    this.#room.goOn();
    this.#readOn();
  }

  #takeAll(): void {
    const nowMs = this.#options.nowMs();
    while (!this.#isEnding && !this.#isFull()) {
      // Any request may have made the client known, or forgotten.
      this.#parser.limits = this.client.isKnown ? DEFAULT_REQUEST_LIMITS : STRANGER_LIMITS;
      const request = this.#parser.next();
      if (request === null) break;
      this.#performer.take(request, nowMs);
    }
    if (this.#parser.broken !== null && !this.#isEnding) this.#breakOff(this.#parser.broken, nowMs);
    if (this.#isFull() && !this.#isPaused && !this.#isEnding) {
      this.#isPaused = true;
      this.#options.pause();
    }
    // What is left is no whole request.
    if (this.#hasHeardAll && !this.#isPaused) this.#isEnding = true;
    if (this.#isEnding && this.#replies.isWritten) this.#options.end();
  }

  /** What follows can't be understood. */
  #breakOff(why: string, nowMs: number): void {
    const place = this.#replies.add("unknown", nowMs, 0);
    this.#replies.fill(place, this.#replies.writerFor(place, this.client.protocol).error(`ERR Protocol error: ${why}`));
    this.#isEnding = true;
  }

  #isFull(): boolean {
    const { waiting, expectedBytes } = this.#replies;
    return waiting >= WAITING_MAX || expectedBytes + this.#options.unsentBytes() >= WAITING_BYTES_MAX;
  }

  #flushed(): void {
    if (this.#isEnding && this.#replies.isWritten) return this.#options.end();
    this.#room.goOn();
    this.#readOn();
  }

  #readOn(): void {
    if (!this.#isPaused || this.#isFull()) return;
    this.#isPaused = false;
    this.#takeAll();
    if (!this.#isPaused && !this.#isEnding) this.#options.resume();
  }
}
