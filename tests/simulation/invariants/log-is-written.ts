// At the end of a turn a member's log ends where what it gave its disk ends: nothing is appended or kept that a restart
// couldn't find, such as a tail that a snapshot has replaced.
import { breach } from "./invariant.ts";
import type { Invariant, MemberStatus, MemberView } from "./invariant.ts";

export class LogIsWritten implements Invariant {
  readonly promise = "a log holds what its disk was given, and no more";

  turnEnded({ member, ledger: { memory } }: MemberView, { raft: { lastIndex } }: MemberStatus): void {
    if (lastIndex !== memory.lastIndex)
      breach(this, `${member} has a log up to ${lastIndex}; its disk was given one up to ${memory.lastIndex}`);
  }
}
