// Requests that are under way, bounded by number and by bytes: their bodies before they are read, and their answers until
// they have left. Whoever comes when there is no room is told so at once, before anything of it takes memory. Health and
// status are always answered.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ErrorResponse } from "./error-shape.ts";
import { refuse } from "./error-shape.ts";
import { linger } from "./linger.ts";

export type LoadLimits = { readonly requestsMax: number; readonly bytesMax: number };

export const DEFAULT_LOAD_LIMITS: LoadLimits = { requestsMax: 10_000, bytesMax: 67_108_864 };

export type LoadOptions = {
  readonly limits: LoadLimits;
  /** The largest body: what one may have whose length is not told. */
  readonly requestBytesMax: number;
  /** Not counted: what is always answered, and what watches itself. */
  readonly isExempt: (request: FastifyRequest) => boolean;
  readonly send: (reply: FastifyReply, response: ErrorResponse) => void;
};

/** Smaller answers are not worth a timer. */
const LARGE_BYTES = 65_536;
/** For a large answer to be taken: whoever doesn't would hold its memory for ever. */
const TAKEN_MS = 30_000;

export class LoadLimit {
  readonly #options: LoadOptions;
  readonly #held = new WeakMap<FastifyRequest, { bytes: number }>();
  #requests = 0;
  #bytes = 0;

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  get requests(): number {
    return this.#requests;
  }

  get bytes(): number {
    return this.#bytes;
  }

  watch(app: FastifyInstance): void {
    app.addHook("onRequest", (request, reply, next) => {
      if (this.#options.isExempt(request) || this.#admit(request, reply)) next();
      else this.#turnAway(request, reply);
    });
    app.addHook("onSend", (...[request, reply, payload, next]) => {
      this.#holdAnswer(request, reply, payload);
      next(null, payload);
    });
  }

  /** One more request. False: there is no room for it; otherwise `release` follows. */
  admit(bytes: number): boolean {
    const { limits } = this.#options;
    if (this.#requests >= limits.requestsMax || this.#bytes + bytes > limits.bytesMax) return false;
    this.#requests++;
    this.#bytes += bytes;
    return true;
  }

  /** The answer of one that was admitted. */
  hold(bytes: number): void {
    this.#bytes += bytes;
  }

  /** `bytes`: all that were admitted or held for it. */
  release(bytes: number): void {
    this.#requests--;
    this.#bytes -= bytes;
  }

  #admit(request: FastifyRequest, reply: FastifyReply): boolean {
    const held = { bytes: this.#bytesOf(request) };
    if (!this.admit(held.bytes)) return false;
    this.#held.set(request, held);
    let isReleased = false;
    const release = (): void => {
      if (isReleased) return;
      isReleased = true;
      this.release(held.bytes);
    };
    reply.raw.once("finish", release).once("close", release);
    return true;
  }

  #turnAway(request: FastifyRequest, reply: FastifyReply): void {
    const { send } = this.#options;
    const hasBody = this.#bytesOf(request) > 0;
    send(hasBody ? reply.header("connection", "close") : reply, refuse("overloaded", "too many requests are under way in this member"));
    if (hasBody) linger(request.raw);
  }

  #holdAnswer(request: FastifyRequest, reply: FastifyReply, payload: unknown): void {
    const held = this.#held.get(request);
    const bytes = typeof payload === "string" || Buffer.isBuffer(payload) ? payload.length : 0;
    if (held === undefined || bytes === 0) return;
    held.bytes += bytes;
    this.hold(bytes);
    if (bytes < LARGE_BYTES) return;
    const timer = setTimeout(() => request.raw.socket.destroy(), TAKEN_MS);
    const stop = (): void => clearTimeout(timer);
    reply.raw.once("finish", stop).once("close", stop);
  }

  #bytesOf({ headers }: FastifyRequest): number {
    const length = Number(headers["content-length"] ?? 0);
    const told = Number.isSafeInteger(length) && length > 0 ? length : 0;
    return headers["transfer-encoding"] === undefined ? Math.min(told, this.#options.requestBytesMax) : this.#options.requestBytesMax;
  }
}
