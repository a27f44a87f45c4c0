// One connection, for as long as its requests are plain ones: each is answered in its turn. With the first that is anything
// else the connection goes, with whatever of it was read, to the server library, and stays there.
import { isAscii } from "node:buffer";
import type { Socket } from "node:net";
import type { HttpAnswer } from "../http-answer.ts";
import type { AnswerWriter, WireAnswer } from "./answer-text.ts";
import type { PlaceKeeper } from "./place.ts";
import { Place } from "./place.ts";
import type { PlainRequest } from "./plain-request.ts";
import { PlainRequestReader } from "./plain-request.ts";
import type { KnownRoute, ShortRequest } from "./shortcut-route.ts";

/** What was read of a connection at once. */
export type Chunk = {
  readonly bytes: Buffer;
  /** One character for each byte. */
  readonly text: string;
  readonly isAscii: boolean;
};

/** What a connection asks of those around it. */
export type ConnectionPorts = {
  /** Null: not to be answered here. The body is `chunk` from `bodyAt` to `end`. */
  readonly accept: (request: PlainRequest, chunk: Chunk) => Accepted | null;
  readonly fail: (error: unknown, route: KnownRoute) => HttpAnswer;
  /** So much more is held for it from now on. */
  readonly hold: (place: Place, bytes: number) => void;
  /** The answer has left, or nobody waits for it any more; then its status is 0. */
  readonly release: (place: Place) => void;
  readonly handOver: (socket: Socket, unread: Buffer) => void;
  readonly nowMs: () => number;
  readonly writer: AnswerWriter;
};

export type Accepted = {
  readonly route: KnownRoute;
  readonly heldBytes: number;
  readonly request: ShortRequest;
};

export type ConnectionLimits = { readonly firstMs: number; readonly idleMs: number; readonly takenMs: number };

/** Requests of one connection under way at once; whoever sends more waits. */
const REQUESTS_MAX = 128;
const UNSENT_BYTES_MAX = 65_536;

export class ShortcutConnection implements PlaceKeeper {
  readonly #socket: Socket;
  readonly #ports: ConnectionPorts;
  readonly #reader = new PlainRequestReader();
  #places: Place[] = [];
  /** Answers that are written and have not left. */
  #leaving: Place[] = [];
  #unread: Buffer | null = null;
  #isPaused = false;
  /** What is unread goes to the server library once everything before it is answered. */
  #isGoing = false;
  #isFinishing = false;
  #hasAnswered = false;
  #isOver = false;
  /** When it last became idle, or began to wait for its answers to be taken. */
  #sinceMs: number;

  constructor(socket: Socket, ports: ConnectionPorts) {
    this.#socket = socket;
    this.#ports = ports;
    this.#sinceMs = ports.nowMs();
    socket.on("data", this.#onData).on("end", this.#onEnd).on("error", ignore).on("close", this.#onClose);
  }

  /** Takes no more requests; what is under way is answered. */
  finish(): void {
    this.#isFinishing = true;
    if (this.#places.length === 0) this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Without a word: whatever is said would be taken for the answer to a request that is just coming. */
  endIfOverdue(nowMs: number, { firstMs, idleMs, takenMs }: ConnectionLimits): void {
    if (this.#places.length > 0) return;
    const limitMs = this.#leaving.length > 0 ? takenMs : this.#hasAnswered ? idleMs : firstMs;
    if (nowMs - this.#sinceMs > limitMs) this.destroy();
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#isFinishing) return;
    this.#read(this.#unread === null ? chunk : Buffer.concat([this.#unread, chunk]));
  };

  readonly #onEnd = (): void => {
    this.#over();
    this.#socket.end();
  };

  readonly #onClose = (): void => {
    this.#over();
  };

  #read(chunk: Buffer): void {
    this.#unread = null;
    if (this.#isGoing) return this.#keep(chunk);
    const read: Chunk = { bytes: chunk, text: chunk.toString("latin1"), isAscii: isAscii(chunk) };
    for (let at = 0; at < chunk.length;) {
      if (this.#places.length >= REQUESTS_MAX || this.#isCongested) return this.#keep(chunk.subarray(at));
      const request = this.#reader.read(read.text, at);
      const accepted = request === null ? null : this.#ports.accept(request, read);
      if (request === null || accepted === null) {
        this.#isGoing = true;
        return this.#keep(chunk.subarray(at));
      }
      this.#perform(accepted);
      at = request.end;
    }
  }

  /** For later, when there is room; or for the server library. */
  #keep(unread: Buffer): void {
    this.#unread = unread;
    if (!this.#isPaused) this.#socket.pause();
    this.#isPaused = true;
    this.#goOn();
  }

  #perform({ route, heldBytes, request }: Accepted): void {
    const place = new Place(this, route, { beganMs: this.#ports.nowMs(), heldBytes });
    this.#places.push(place);
    try {
      route.answer(request, place);
    } catch (error) {
      place.fail(error);
    }
  }

  answered(place: Place, answer: HttpAnswer): void {
    if (place.isGone || place.written !== null) return;
    const isLast = this.#isFinishing && this.#places.at(-1) === place;
    place.status = answer.status;
    place.written = this.#ports.writer.write(answer, isLast);
    this.#ports.hold(place, place.written.text.length);
    if (this.#places[0] === place) this.#flush();
  }

  failed(place: Place, error: unknown): void {
    this.answered(place, this.#ports.fail(error, place.route));
  }

  #flush(): void {
    const areEarlierLeaving = this.#leaving.length > 0;
    const isSeveral = isReady(this.#places[1]);
    if (isSeveral) this.#socket.cork();
    const count = this.#writeReady();
    if (isSeveral) this.#socket.uncork();
    if (this.#places.length === 0) {
      this.#hasAnswered = true;
      this.#sinceMs = this.#ports.nowMs();
    }
    if (this.#socket.writableLength === 0 && !areEarlierLeaving) this.#releaseFirst(count);
    else this.#releaseOnceTaken(count);
    // Behind whatever waits to leave: a socket that is written to after its end throws away what has not left.
    if (this.#isFinishing && this.#places.length === 0) this.#socket.end();
    this.#goOn();
  }

  /** Up to the first that has no answer. How many there were. */
  #writeReady(): number {
    let count = 0;
    for (let place = this.#places[0]; isReady(place); place = this.#places[0]) {
      this.#places.shift();
      this.#leaving.push(place);
      this.#socket.write(place.written.text, place.written.encoding);
      count++;
    }
    return count;
  }

  #releaseOnceTaken(count: number): void {
    // Called back once everything that was written before has left.
    this.#socket.write("", () => {
      this.#releaseFirst(count);
      this.#sinceMs = this.#ports.nowMs();
      this.#goOn();
    });
  }

  /** Fewer, if the connection has ended: then all were released. */
  #releaseFirst(count: number): void {
    for (let i = 0; i < count; i++) {
      const place = this.#leaving.shift();
      if (place !== undefined) this.#ports.release(place);
    }
  }

  get #isCongested(): boolean {
    return this.#socket.writableLength > UNSENT_BYTES_MAX;
  }

  #goOn(): void {
    const unread = this.#unread;
    if (unread === null || this.#isOver || this.#isFinishing) return;
    if (this.#isGoing) {
      if (this.#places.length + this.#leaving.length === 0) this.#handOver(unread);
      return;
    }
    if (this.#places.length >= REQUESTS_MAX || this.#isCongested) return;
    this.#isPaused = false;
    this.#socket.resume();
    this.#read(unread);
  }

  #handOver(unread: Buffer): void {
    this.#isOver = true;
    const socket = this.#socket;
    socket.off("data", this.#onData).off("end", this.#onEnd).off("error", ignore).off("close", this.#onClose);
    this.#ports.handOver(socket, unread);
  }

  #over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const place of this.#leaving.splice(0)) this.#ports.release(place);
    for (const place of this.#places.splice(0)) {
      place.status = 0;
      place.gone();
      this.#ports.release(place);
    }
  }
}

type ReadyPlace = Place & { readonly written: WireAnswer };

const isReady = (place: Place | undefined): place is ReadyPlace => place !== undefined && place.written !== null;

const ignore = (): void => undefined;
