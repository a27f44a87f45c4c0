// At most one member leads in a term (Raft, election safety).
import type { MemberId } from "../../../core/base/ids.ts";
import { breach } from "./invariant.ts";
import type { Invariant, MemberStatus, MemberView } from "./invariant.ts";

export class OneLeaderPerTerm implements Invariant {
  readonly promise = "one leader per term";
  readonly #leaders = new Map<number, MemberId>();

  turnEnded({ member }: MemberView, { raft: { role, term } }: MemberStatus): void {
    if (role !== "leader") return;
    const other = this.#leaders.get(term);
    if (other === member) return;
    if (other !== undefined) breach(this, `${member} and ${other} both lead in term ${term}`);
    this.#leaders.set(term, member);
  }
}
