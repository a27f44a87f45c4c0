// Who of this process waits for which answer of the replica. Bounded by number and by bytes, because what was taken in stays in
// memory until it is answered. Every request ends exactly once, at the latest when the host does.
import { refused, unknown } from "../../core/base/outcome.ts";
import type { Outcome } from "../../core/base/outcome.ts";
import type { Reply } from "../../core/replica/effects.ts";
import type { ClientOperation, RequestId } from "../../core/replica/events.ts";

export type Answer = (outcome: Outcome<Reply>) => void;

export type AnswerLimits = { readonly requestsMax: number; readonly bytesMax: number };

export const DEFAULT_ANSWER_LIMITS: AnswerLimits = { requestsMax: 50_000, bytesMax: 134_217_728 };

type Pending = {
  /**
   * Null once it was taken. A map that grows and shrinks leaves old tables behind, each with what it held last and a reference to the
   * next: the collector takes all of that for alive until it next looks at the whole heap, and with it whatever an answer goes to.
   */
  answer: Answer | null;
  readonly bytes: number;
};

export class PendingAnswers {
  readonly #limits: AnswerLimits;
  readonly #pending = new Map<RequestId, Pending>();
  #bytes = 0;
  #lastId: RequestId = 0;

  constructor(limits: AnswerLimits = DEFAULT_ANSWER_LIMITS) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Null: no room, and the answer was called already. */
  add(operation: ClientOperation, answer: Answer): RequestId | null {
    const bytes = bytesOf(operation);
    if (this.#pending.size >= this.#limits.requestsMax || this.#bytes + bytes > this.#limits.bytesMax) {
      answer(refused("overloaded", "too many requests are waiting in this member"));
      return null;
    }
    const id = ++this.#lastId;
    this.#pending.set(id, { answer, bytes });
    this.#bytes += bytes;
    return id;
  }

  /** Nothing, if nobody waits for it any more. */
  settle(id: RequestId, outcome: Outcome<Reply>): void {
    this.#take(id)?.(outcome);
  }

  /** Without calling back. */
  forget(id: RequestId): void {
    this.#take(id);
  }

  /** What the replica will never answer now. */
  endAll(): void {
    for (const id of [...this.#pending.keys()]) this.settle(id, unknown("shutdown"));
  }

  #take(id: RequestId): Answer | null {
    const pending = this.#pending.get(id);
    if (pending === undefined) return null;
    this.#pending.delete(id);
    this.#bytes -= pending.bytes;
    const { answer } = pending;
    pending.answer = null;
    return answer;
  }
}

function bytesOf(operation: ClientOperation): number {
  if (operation.kind === "write") return operation.command.length;
  return operation.kind === "read" ? operation.query.length : 0;
}
