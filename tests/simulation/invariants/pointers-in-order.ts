// Within one life a member never takes anything back, and never runs ahead of itself: applied is committed and durable,
// committed is in the log, and terms, commits and applications only rise.
import { breach } from "./invariant.ts";
import type { Applied, Invariant, MemberStatus, MemberView } from "./invariant.ts";

type Marks = { term: number; commit: number; applied: number; appliedService: number; stampMs: number };

export class PointersInOrder implements Invariant {
  readonly promise = "applied is durable and committed, and nothing goes backwards";
  readonly #marks = new WeakMap<MemberView, Marks>();
  readonly #rebuilding = new WeakSet<MemberView>();

  /** Once, and all the way: to where its snapshot ends, or to the beginning. */
  rebuilding(view: MemberView): void {
    this.#rebuilding.add(view);
  }

  applied(view: MemberView, { index, serviceIndex, stampMs }: Applied): void {
    const marks = this.#of(view);
    this.#mayGoBack(view, index <= marks.applied);
    if (index <= marks.applied) breach(this, `${view.member} applies ${index} after ${marks.applied}`);
    if (index > view.ledger.lastDurableIndex) breach(this, `${view.member} applies ${index} before its disk holds it`);
    if (serviceIndex <= marks.appliedService)
      breach(this, `${view.member} applies service index ${serviceIndex} after ${marks.appliedService}`);
    if (stampMs < marks.stampMs) breach(this, `log time goes back from ${marks.stampMs} to ${stampMs} at ${index}`);
    marks.appliedService = serviceIndex;
    marks.stampMs = stampMs;
  }

  turnEnded(view: MemberView, { raft, appliedIndex }: MemberStatus): void {
    const marks = this.#of(view);
    if (raft.term < marks.term) breach(this, `${view.member} goes back from term ${marks.term} to ${raft.term}`);
    if (raft.commitIndex < marks.commit) breach(this, `${view.member} takes back commits from ${marks.commit} to ${raft.commitIndex}`);
    this.#mayGoBack(view, appliedIndex < marks.applied);
    if (appliedIndex < marks.applied) breach(this, `${view.member} takes back what it applied from ${marks.applied} to ${appliedIndex}`);
    if (appliedIndex > raft.commitIndex) breach(this, `${view.member} applied ${appliedIndex} and committed only ${raft.commitIndex}`);
    const { lastDurableIndex } = view.ledger;
    if (raft.durableIndex > lastDurableIndex)
      breach(this, `${view.member} believes ${raft.durableIndex} durable; its disk holds ${lastDurableIndex}`);
    marks.term = raft.term;
    marks.commit = raft.commitIndex;
    marks.applied = appliedIndex;
  }

  #mayGoBack(view: MemberView, goesBack: boolean): void {
    if (!goesBack || !this.#rebuilding.delete(view)) return;
    const marks = this.#of(view);
    [marks.applied, marks.appliedService, marks.stampMs] = [0, 0, 0];
  }

  #of(view: MemberView): Marks {
    let marks = this.#marks.get(view);
    if (marks === undefined) {
      marks = { term: 0, commit: 0, applied: 0, appliedService: 0, stampMs: 0 };
      this.#marks.set(view, marks);
    }
    return marks;
  }
}
