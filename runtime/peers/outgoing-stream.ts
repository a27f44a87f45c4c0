// One connection to one peer, from the first attempt to its end: a POST whose body goes on for as long as the connection lives.
// The peer answers 200 once it accepts the caller, and from then on sends a sign of life for what it has read. No sign for a
// few beats means that nobody reads at the other end, whatever TCP still believes.
import type { Agent, ClientRequest, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { httpRequest } from "../http/node-http.ts";
import { KEEP_ALIVE } from "./frame-parser.ts";
import { STREAM_PATH } from "./handshake.ts";
import type { Around } from "./message-codec.ts";

export const BEAT_MS = 1_000;
/** Beats without a sign of life; a pause of this process counts as one. */
const SILENT_BEATS_MAX = 4;
/** Connect, send the handshake, and hear the answer. */
const OPEN_DEADLINE_MS = 2_000;
/** What a piece of the request's body is framed by on the connection (RFC 9112, 7.1). */
const CHUNK_END = "\r\n";
const chunkHead = (bytes: number): string => `${bytes.toString(16)}\r\n`;
const KEEP_ALIVE_CHUNK = chunkHead(KEEP_ALIVE.length) + KEEP_ALIVE + CHUNK_END;
/** Of the body, around a frame of this many bytes. */
export const aroundChunk = (bytes: number): Around => ({ before: chunkHead(bytes), behind: CHUNK_END });
/** Handed to the socket at a time. What is beyond that waits where it can still be dropped. */
const SOCKET_BYTES_MAX = 262_144;
const LAST_WORDS_LENGTH_MAX = 2_000;

export type StreamEnd = {
  /** `refused`: the peer understood, and doesn't want this stream. */
  readonly kind: "refused" | "failed";
  readonly message: string;
};

export type StreamListener = {
  readonly onOpen: () => void;
  /** More may be written. */
  readonly onDrain: () => void;
  readonly onEnd: (end: StreamEnd) => void;
};

export type StreamTarget = {
  readonly ip: string;
  readonly port: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Makes the connection, where that takes more than to connect. */
  readonly agent?: Agent;
};

export class OutgoingStream {
  readonly #listener: StreamListener;
  readonly #request: ClientRequest;
  /** Once the stream is open; then the request's head has left, and all that follows goes there directly. */
  #socket: Socket | null = null;
  #openDeadline: NodeJS.Timeout | null;
  #stage: "opening" | "open" | "ended" = "opening";
  #silentBeats = 0;
  #wroteSinceBeat = false;
  #lastWords = "";

  constructor({ ip, port, headers, agent }: StreamTarget, listener: StreamListener) {
    this.#listener = listener;
    this.#request = httpRequest({ host: ip, port, method: "POST", path: STREAM_PATH, headers, agent: agent ?? false });
    this.#request.on("response", (response) => {
      this.#answered(response);
    });
    this.#request.on("error", (error) => {
      this.#end({ kind: "failed", message: error.message });
    });
    this.#request.on("close", () => {
      this.#end({ kind: "failed", message: "the connection was closed" });
    });
    this.#openDeadline = setTimeout(() => {
      this.#end({ kind: "failed", message: `no answer within ${OPEN_DEADLINE_MS} ms` });
    }, OPEN_DEADLINE_MS);
    this.#request.flushHeaders();
  }

  get isOpen(): boolean {
    return this.#stage === "open";
  }

  get canTakeMore(): boolean {
    return this.#socket !== null && this.#socket.writableLength < SOCKET_BYTES_MAX;
  }

  /** A whole chunk of the body, as `aroundChunk` frames it. */
  write(chunk: Uint8Array): void {
    this.#wroteSinceBeat = true;
    // To the request it would be three writes, each through all layers of its own and of the socket's.
    this.#socket?.write(chunk);
  }

  /** Everything that is written in `work` leaves in one call to the operating system. */
  together(work: () => void): void {
    const socket = this.#socket;
    socket?.cork();
    work();
    socket?.uncork();
  }

  /** To be called every `BEAT_MS`. */
  beat(): void {
    if (!this.isOpen) return;
    this.#silentBeats += 1;
    if (this.#silentBeats > SILENT_BEATS_MAX) {
      this.#end({ kind: "failed", message: `nothing was read there for ${SILENT_BEATS_MAX * BEAT_MS} ms` });
      return;
    }
    if (!this.#wroteSinceBeat && this.canTakeMore) this.#socket?.write(KEEP_ALIVE_CHUNK);
    this.#wroteSinceBeat = false;
  }

  close(): void {
    this.#end({ kind: "failed", message: "closed by this member" });
  }

  #answered(response: IncomingMessage): void {
    const isAccepted = response.statusCode === 200;
    response.on("data", (data: Buffer) => {
      this.#silentBeats = 0;
      this.#listen(data);
    });
    response.on("error", () => undefined); // the request tells it too
    response.on("end", () => {
      this.#end({ kind: isAccepted ? "failed" : "refused", message: this.#lastWords.trim() || `status ${response.statusCode}` });
    });
    if (isAccepted && this.#stage === "opening") this.#open(response.socket);
  }

  #open(socket: Socket): void {
    this.#stage = "open";
    this.#socket = socket;
    socket.on("drain", () => {
      if (this.isOpen) this.#listener.onDrain();
    });
    this.#clearDeadline();
    this.#listener.onOpen();
  }

  /** Signs of life are empty lines; anything else is why the peer is about to end the stream. */
  #listen(data: Buffer): void {
    if (data.length <= 4 && data.every((byte) => byte === KEEP_ALIVE.charCodeAt(0))) return;
    this.#lastWords = (this.#lastWords + data.toString()).slice(0, LAST_WORDS_LENGTH_MAX);
  }

  #clearDeadline(): void {
    if (this.#openDeadline !== null) clearTimeout(this.#openDeadline);
    this.#openDeadline = null;
  }

  #end(end: StreamEnd): void {
    if (this.#stage === "ended") return;
    this.#stage = "ended";
    this.#socket = null;
    this.#clearDeadline();
    this.#request.destroy();
    this.#listener.onEnd(end);
  }
}
