// The receiving end of one peer's stream: bytes in, messages out. Whatever the bytes are, the worst that happens is that this
// stream ends and says why. While it reads it says so, because only that tells the sender that somebody is there.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { PeerMessage } from "../../core/replica/peer-message.ts";
import type { Clock } from "../clock.ts";
import { linger } from "../http/linger.ts";
import { FrameParser, KEEP_ALIVE } from "./frame-parser.ts";
import type { PeerIdentity } from "./handshake.ts";
import type { Refused } from "./message-codec.ts";

/** At most this often, as each wakes both processes. More often than a sender's beat, so that each that is read is answered. */
const SIGN_OF_LIFE_MS = 750;
/** A sender that is there sends something every beat. */
const SILENCE_MS_MAX = 10_000;

export type IncomingOptions = {
  readonly peer: PeerIdentity;
  readonly clock: Clock;
  readonly onMessage: (message: PeerMessage) => void;
  /** A whole frame that made no sense here. */
  readonly onSkipped: (refused: Refused) => void;
  /** Why it ended; null when the sender closed it between two messages. */
  readonly onEnd: (trouble: string | null) => void;
};

export class IncomingStream {
  readonly #options: IncomingOptions;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #parser = new FrameParser();
  #lastSignMs = 0;
  #hasEnded = false;

  constructor(request: IncomingMessage, response: ServerResponse, options: IncomingOptions) {
    this.#options = options;
    this.#request = request;
    this.#response = response;
    response.writeHead(200, { "content-type": "text/plain" });
    response.flushHeaders();
    response.on("error", () => undefined); // the request tells it too
    request.on("data", (chunk: Buffer) => {
      this.#read(chunk);
    });
    request.on("end", () => {
      this.#end(this.#parser.isBetweenFrames ? null : "the stream ended inside a message");
    });
    request.on("error", (error) => {
      this.#end(error.message);
    });
    request.on("close", () => {
      this.#end("the connection was closed");
    });
    request.setTimeout(SILENCE_MS_MAX, () => {
      this.#end(`nothing came for ${SILENCE_MS_MAX} ms`);
    });
  }

  get peer(): PeerIdentity {
    return this.#options.peer;
  }

  close(why: string): void {
    this.#end(why);
  }

  #read(chunk: Buffer): void {
    if (this.#hasEnded) return;
    const { messages, skipped, broken } = this.#parser.push(chunk);
    const { peer, onMessage, onSkipped } = this.#options;
    for (const message of messages) {
      if (message.from === peer.member) onMessage(message);
      else onSkipped({ kind: "refused", reason: "fields", message: `a message of ${message.from} in the stream of ${peer.member}` });
    }
    for (const refused of skipped) onSkipped(refused);
    if (broken !== null) this.#end(`${broken.reason}: ${broken.message}`);
    else this.#giveSign();
  }

  #giveSign(): void {
    const nowMs = this.#options.clock.monotonicMs();
    // A sender that doesn't read its signs gets no more of them.
    if (nowMs - this.#lastSignMs < SIGN_OF_LIFE_MS || this.#response.writableNeedDrain) return;
    this.#lastSignMs = nowMs;
    this.#response.write(KEEP_ALIVE);
  }

  #end(trouble: string | null): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    if (trouble === null) this.#response.end();
    else this.#response.end(`${trouble}\n`);
    linger(this.#request);
    this.#options.onEnd(trouble);
  }
}
