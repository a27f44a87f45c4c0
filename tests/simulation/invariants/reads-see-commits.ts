// A linearizable read sees all that was committed anywhere when it was asked, whoever answers it. This is what ReadIndex
// promises (thesis §6.4): the majority that confirms the leader afterwards can't have followed a later one before. It asks
// for more than what clients can notice, who see only what was acknowledged to them, so a reader of old state is found at
// the first entry that it misses and not only when two clients happen to look at the same key.
import type { RequestId } from "../../../core/replica/events.ts";
import type { LogImage } from "../world/ledger.ts";
import { breach } from "./invariant.ts";
import type { Invariant, MemberView } from "./invariant.ts";

export class ReadsSeeCommits implements Invariant {
  readonly promise = "a read sees what was committed when it was asked";
  readonly #committed: LogImage;
  /** Up to where all was committed when each open read was asked. */
  readonly #open = new WeakMap<MemberView, Map<RequestId, number>>();

  constructor(committed: LogImage) {
    this.#committed = committed;
  }

  readAsked(view: MemberView, request: RequestId): void {
    let open = this.#open.get(view);
    if (open === undefined) {
      open = new Map();
      this.#open.set(view, open);
    }
    open.set(request, this.#committed.lastIndex);
  }

  readAnswered(view: MemberView, request: RequestId, index: number | null): void {
    const open = this.#open.get(view);
    const committed = open?.get(request);
    if (committed === undefined) return;
    open?.delete(request);
    if (index === null || index >= committed) return;
    breach(this, `${view.member} answers a read by its state at ${index}; ${committed} was committed before it was asked`);
  }
}
