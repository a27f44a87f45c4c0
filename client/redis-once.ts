// Exactly once over the Redis protocol, for whatever client there is: a command is sent under an id and a serial, and sent again
// under the same until its outcome is known. `redis` is an ioredis Cluster or Redis, or anything with such a `call`.
import { OpenSerials } from "../core/routing/open-serials.ts";
import { answeredBy, NoAnswer, pause } from "./waiting.ts";

type Argument = string | Uint8Array | number;

export type RedisCaller = { call(command: string, ...args: Argument[]): Promise<unknown> };

export type RedisOnceOptions = {
  readonly redis: RedisCaller;
  /** How long a command is tried; after that its outcome is not known. */
  readonly deadlineMs?: number;
};

const DEADLINE_MS = 30_000;
const PAUSE_MS = 50;
/** Answers that settle nothing: it was not done, or nobody knows, and the next attempt under the same serial tells. */
const AGAIN = /^(?:ERR UNKNOWN|CLUSTERDOWN|LOADING|TRYAGAIN|MOVED|ASK|BUSY|TOOMANYSERIALS)\b/;
/**
 * Said before anybody looks what became of an earlier attempt. There may have been one even where nothing was seen of it here: client
 * libraries send again what a closed connection did not answer, as ioredis does, and can't be asked whether they have.
 */
const OF_THIS_ATTEMPT = /^(?:OOM|NOAUTH|NOPERM|ERR max number of clients reached)\b/;
/** The id is good for nothing any more; whether an earlier attempt was done, of the library's own perhaps, is not known. */
const FORGOTTEN = /^(?:SESSIONEXPIRED|SERIALFORGOTTEN)\b/;

type Session = { readonly client: string; renewAtMs: number; readonly serials: OpenSerials };

export class UnknownOutcome extends Error {
  override readonly name = "UnknownOutcome";
}

export class RedisOnce {
  readonly #redis: RedisCaller;
  readonly #deadlineMs: number;
  #session: Promise<Session> | null = null;

  constructor({ redis, deadlineMs = DEADLINE_MS }: RedisOnceOptions) {
    this.#redis = redis;
    this.#deadlineMs = deadlineMs;
  }

  /** The command's reply. Rejects with its error if it was not done, or with an UnknownOutcome. */
  async call(command: string, ...args: readonly Argument[]): Promise<unknown> {
    const untilMs = performance.now() + this.#deadlineMs;
    const session = await this.#roomy(untilMs);
    const { client, serials } = session;
    const serial = serials.open();
    try {
      for (;;) {
        try {
          const sent = this.#redis.call("ONCE", client, String(serial), String(serials.acked), command, ...args);
          return await answeredBy(untilMs, sent);
        } catch (error) {
          const message = error instanceof Error ? error.message : String(error);
          if (FORGOTTEN.test(message)) {
            session.renewAtMs = 0;
            throw new UnknownOutcome(`${command}: ${message}`);
          }
          if (!isUnsettled(error, message) && !OF_THIS_ATTEMPT.test(message)) throw error;
          if (error instanceof NoAnswer || performance.now() >= untilMs) throw new UnknownOutcome(`${command}: ${message}`);
        }
        await pause(PAUSE_MS);
      }
    } finally {
      serials.close(serial);
    }
  }

  async #roomy(untilMs: number): Promise<Session> {
    for (;;) {
      const session = await this.#current(untilMs);
      if (session.serials.hasRoom) return session;
      if (performance.now() >= untilMs) throw new Error("too many commands are under way");
      await pause(1);
    }
  }

  async #current(untilMs: number): Promise<Session> {
    const before = this.#session;
    const known = before === null ? null : await this.#awaited(before, untilMs);
    if (known !== null && performance.now() < known.renewAtMs) return known;
    // Of all who find it old together, the first asks for another one.
    if (this.#session === before) this.#session = null;
    this.#session ??= this.#fetch(untilMs);
    return this.#awaited(this.#session, untilMs);
  }

  /** A question that is never answered must not be waited for by those who come later. */
  async #awaited(session: Promise<Session>, untilMs: number): Promise<Session> {
    try {
      return await answeredBy(untilMs, session);
    } catch (error) {
      if (this.#session === session) this.#session = null;
      throw error;
    }
  }

  /** Asked again like a command: whoever gives ids may have no leader just now. One that is given twice harms nobody. */
  async #fetch(untilMs: number): Promise<Session> {
    for (;;) {
      try {
        const answer = (await this.#redis.call("FLOTILLA.CLIENT")) as readonly [unknown, unknown];
        return { client: String(answer[0]), renewAtMs: performance.now() + Number(answer[1]) / 2, serials: new OpenSerials() };
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        // Why it is not given says more than that there was no answer.
        if (!isUnsettled(error, message) || performance.now() + PAUSE_MS >= untilMs) throw error;
      }
      await pause(PAUSE_MS);
    }
  }
}

/** How node-redis calls what a server answers: 4 by the first, 5 and 6 by what is made of it by their decoder. */
const NAMES_OF_ANSWERS = /(?:ErrorReply|SimpleError|BlobError)$/;

/** An answer of the server has an error code first; anything else is about the connection, and settles nothing. */
function isUnsettled(error: unknown, message: string): boolean {
  const isAnswer = error instanceof Error && (error.name === "ReplyError" || NAMES_OF_ANSWERS.test(error.constructor.name));
  return !isAnswer || AGAIN.test(message);
}
