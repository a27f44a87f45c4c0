// Memory, queues and log have limits, and the limits hold, whatever is out of order.
import { breach } from "./invariant.ts";
import type { Invariant, MemberStatus, MemberView } from "./invariant.ts";

export class EverythingBounded implements Invariant {
  readonly promise = "queues, memory and log are bounded";

  turnEnded({ member }: MemberView, { queues }: MemberStatus): void {
    for (const { name, length, max } of queues) {
      if (length > max) breach(this, `${member} holds ${length} ${name}; the limit is ${max}`);
    }
  }
}
