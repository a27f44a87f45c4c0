// Who of the clients waits for an answer of this process. When it ends, their connections break: what they asked for may
// have happened.
import { refused, unknown } from "../../../core/base/outcome.ts";
import type { Outcome } from "../../../core/base/outcome.ts";
import type { Reply } from "../../../core/replica/effects.ts";
import type { RequestId } from "../../../core/replica/events.ts";
import { Violation } from "./violation.ts";
import type { World } from "./world.ts";

type Answer = (outcome: Outcome<Reply>) => void;

/** Nobody waits any more, but the replica may have answered already. */
const IGNORE: Answer = () => undefined;

export class OpenRequests {
  readonly #open = new Map<RequestId, Answer>();
  #last = 0;

  add(answer: Answer): RequestId {
    this.#open.set(++this.#last, answer);
    return this.#last;
  }

  get size(): number {
    return this.#open.size;
  }

  answer(request: RequestId, outcome: Outcome<Reply>): void {
    const answer = this.#open.get(request);
    if (answer === undefined)
      throw new Violation("bug", "every request is answered once", `request ${request} is answered again, or was never asked`);
    this.#open.delete(request);
    answer(outcome);
  }

  /** Turned away before the replica heard of it. */
  refuse(request: RequestId): void {
    this.answer(request, refused("overloaded", "too much is waiting at this member"));
  }

  /** The connection breaks while the answer is still due. False: there is nobody left to abandon. */
  abandon(request: RequestId): boolean {
    const answer = this.#open.get(request);
    this.#open.set(request, IGNORE);
    if (answer === undefined || answer === IGNORE) this.#open.delete(request);
    answer?.(unknown("connectionLost"));
    return answer !== undefined;
  }

  abandonAll(world: World): void {
    for (const answer of this.#open.values()) world.after(0, () => answer(unknown("connectionLost")));
    this.#open.clear();
  }
}
