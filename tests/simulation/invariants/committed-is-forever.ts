// What is committed is the same on all members and never changes (Raft, state machine safety and leader completeness):
// whoever says that an index is committed has the same entry there as the first who said so, and whoever comes to lead
// has everything that was committed in earlier terms.
import { breach } from "./invariant.ts";
import type { Invariant, MemberStatus, MemberView } from "./invariant.ts";
import type { LogImage } from "../world/ledger.ts";

export class CommittedIsForever implements Invariant {
  readonly promise = "what is committed never changes";
  readonly #committed: LogImage;
  /** In which term each index was first known to be committed, or a later one. */
  readonly #committedIn: number[] = [0];
  readonly #checkedUpTo = new WeakMap<MemberView, number>();
  readonly #ledIn = new WeakMap<MemberView, number>();

  constructor(committed: LogImage) {
    this.#committed = committed;
  }

  turnEnded(view: MemberView, { raft }: MemberStatus): void {
    const from = this.#checkedUpTo.get(view) ?? 0;
    if (raft.commitIndex > from) this.#compare(view, { from: from + 1, to: raft.commitIndex, term: raft.term });
    if (raft.role === "leader" && this.#ledIn.get(view) !== raft.term) this.#checkCompleteness(view, raft.term);
  }

  #compare(view: MemberView, range: { readonly from: number; readonly to: number; readonly term: number }): void {
    const { memory } = view.ledger;
    for (let index = range.from; index <= range.to; index++) {
      const own = memory.at(index);
      if (own.term === -1) breach(this, `${view.member} says that ${index} is committed and its log ends at ${memory.lastIndex}`);
      if (index > this.#committed.lastIndex) {
        this.#committed.append(own.term, own.chain);
        this.#committedIn[index] = range.term;
      } else if (this.#committed.at(index).chain !== own.chain) {
        const first = this.#committed.termAt(index);
        breach(this, `${view.member} has an entry of term ${own.term} at ${index}, where one of term ${first} was committed`);
      }
    }
    this.#checkedUpTo.set(view, range.to);
  }

  #checkCompleteness(view: MemberView, term: number): void {
    this.#ledIn.set(view, term);
    const { memory } = view.ledger;
    // With equal terms at an index everything in front is equal too, so the last one that counts decides.
    for (let index = this.#committed.lastIndex; index > 0; index--) {
      if ((this.#committedIn[index] as number) >= term) continue;
      if (memory.termAt(index) === this.#committed.termAt(index)) return;
      breach(this, `${view.member} leads in term ${term} without entry ${index}, which was committed before`);
    }
  }
}
