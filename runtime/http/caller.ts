// Whoever waits for an answer, as far as those who work for it care: it may be gone before there is one.
import type { FastifyReply } from "fastify";

export interface Caller {
  readonly isGone: boolean;
  /** Calls back once if it goes; until `stopWatching` with the same function. */
  watch(onGone: () => void): void;
  stopWatching(onGone: () => void): void;
}

/** Who is told what became of something: once, by one of these. */
export interface Asker<T> {
  answer(value: T): void;
  /** It threw. */
  fail(error: unknown): void;
}

export function callerOf({ raw }: FastifyReply): Caller {
  return {
    get isGone() {
      return raw.destroyed;
    },
    watch: (onGone) => void raw.once("close", onGone),
    stopWatching: (onGone) => void raw.removeListener("close", onGone),
  };
}
