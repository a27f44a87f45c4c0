// The serving end of a stream of requests: one HTTP request whose body brings requests and whose answer carries theirs, in
// the order in which they end. Answers of one turn leave together. A reader that doesn't take its answers, or asks more
// than it may have open, is not read from until it catches up; nothing here grows without bound.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Frame } from "./frames.ts";
import { FrameReader } from "./frames.ts";
import type { StreamAnswer, StreamRequest } from "./stream-messages.ts";
import { encodeAnswers, readRequests } from "./stream-messages.ts";

export type RequestStreamOptions = {
  /** Takes the request; `answer` is called exactly once, now or later. */
  readonly handle: (request: StreamRequest, answer: (answer: StreamAnswer) => void) => void;
  /** The one who asked is gone. */
  readonly onAbandoned: (request: StreamRequest) => void;
  readonly requestsMax: number;
};

export class RequestStream {
  readonly #options: RequestStreamOptions;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #frames = new FrameReader();
  readonly #open = new Map<number, StreamRequest>();
  /** Beyond what may be open; the rest of one frame at most. */
  #held: StreamRequest[] = [];
  #answers: StreamAnswer[] = [];
  #isFlushScheduled = false;
  #isEnded = false;
  #isInputOver = false;

  constructor(request: IncomingMessage, response: ServerResponse, options: RequestStreamOptions) {
    this.#options = options;
    this.#request = request;
    this.#response = response;
    response.writeHead(200, { "content-type": "application/x-flotilla-stream" });
    response.flushHeaders();
    request.socket.setNoDelay(true);
    request.on("data", (chunk: Buffer) => this.#read(chunk));
    request.on("end", () => {
      this.#isInputOver = true;
      this.#endIfDone();
    });
    request.on("error", () => undefined);
    // An answer may meet a socket that is gone already; who asked is told nothing then, and nothing is wrong here.
    response.on("error", () => undefined);
    response.on("drain", () => this.#resume());
    response.on("close", () => this.#abandon());
  }

  /** Ends it once all its requests are answered; takes no more. */
  finish(): void {
    this.#isInputOver = true;
    this.#request.pause();
    this.#endIfDone();
  }

  #read(chunk: Uint8Array): void {
    const { frames, broken } = this.#frames.push(chunk);
    for (const frame of frames) if (!this.#take(frame)) return this.#break("a frame that is no list of requests");
    if (broken !== null) this.#break(broken);
  }

  #take(frame: Frame): boolean {
    const requests = readRequests(frame);
    if (requests === null) return false;
    for (const request of requests) {
      if (this.#open.has(request.id)) return false;
      if (this.#held.length > 0 || this.#open.size >= this.#options.requestsMax) this.#held.push(request);
      else this.#begin(request);
    }
    if (this.#isFull) this.#request.pause();
    return true;
  }

  get #isFull(): boolean {
    return this.#held.length > 0 || this.#response.writableNeedDrain;
  }

  #begin(request: StreamRequest): void {
    this.#open.set(request.id, request);
    this.#options.handle(request, (answer) => this.#answer(answer));
  }

  #answer(answer: StreamAnswer): void {
    if (this.#isEnded || !this.#open.delete(answer.id)) return;
    this.#answers.push(answer);
    if (this.#isFlushScheduled) return;
    this.#isFlushScheduled = true;
    // A turn runs to its end before this.
    queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    this.#isFlushScheduled = false;
    if (this.#isEnded) return;
    const answers = this.#answers;
    this.#answers = [];
    for (const frame of encodeAnswers(answers)) this.#response.write(frame);
    this.#resume();
    this.#endIfDone();
  }

  #resume(): void {
    while (this.#held.length > 0 && this.#open.size < this.#options.requestsMax && !this.#response.writableNeedDrain) {
      const next = this.#held.shift();
      if (next !== undefined) this.#begin(next);
    }
    if (!this.#isFull && !this.#isInputOver) this.#request.resume();
  }

  #endIfDone(): void {
    if (this.#isInputOver && this.#open.size + this.#held.length + this.#answers.length === 0) this.#response.end();
  }

  /** Whoever sends nonsense is told why, and its open requests stay unknown to it. */
  #break(reason: string): void {
    this.#response.end(`${JSON.stringify({ bytes: 0, broken: reason })}\n`);
    this.#abandon();
    this.#request.destroy();
  }

  #abandon(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    for (const request of this.#open.values()) this.#options.onAbandoned(request);
    this.#open.clear();
    this.#held = [];
  }
}
