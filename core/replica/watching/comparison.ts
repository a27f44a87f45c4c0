// Whether a member's state at an index is that of its group, by what the members say of theirs there. A digest that a majority
// of the voters has is right; one voter against another proves nothing.
import type { MemberId } from "../../base/ids.ts";
import type { Membership } from "../../raft/membership.ts";
import { isQuorum } from "../../raft/quorum.ts";

export type Verdict =
  /** A majority has what this member has. */
  | "agrees"
  /** A majority has something else. */
  | "differs"
  /** No majority can have the same any more. */
  | "split"
  /** There are several digests, and those who have not spoken yet decide. */
  | "disputed"
  /** Too few have spoken. */
  | "open";

export type Comparison = {
  readonly membership: Membership;
  readonly self: MemberId;
  /** What this member has. It counts only if it votes. */
  readonly own: string;
  readonly digestOf: (peer: MemberId) => string | undefined;
};

export function compare({ membership, self, own, digestOf }: Comparison): Verdict {
  const voters = [...new Set([...membership.voters, ...membership.outgoing])];
  const said = new Map(voters.map((member) => [member, member === self ? own : digestOf(member)]));
  const has = (digest: string): boolean => isQuorum(membership, (member) => said.get(member) === digest);
  const mayHave = (digest: string): boolean => isQuorum(membership, (member) => (said.get(member) ?? digest) === digest);
  const digests = [...new Set([...said.values()])].filter((digest) => digest !== undefined);
  if (has(own)) return "agrees";
  if (digests.some(has)) return "differs";
  if (digests.length > 0 && !digests.some(mayHave)) return "split";
  return digests.some((digest) => digest !== own) ? "disputed" : "open";
}
