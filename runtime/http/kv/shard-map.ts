// `GET /v1/shard-map`: who serves what by the configuration that this member has adopted, and who leads as far as it knows:
// in its own group from its membership, in others from who took the last write.
import type { GroupId } from "../../../core/base/ids.ts";
import { isLearner } from "../../../core/raft/membership.ts";
import type { Membership } from "../../../core/raft/membership.ts";
import type { Configuration, MemberAddress } from "../../../core/shards/configuration.ts";

export type OwnGroup = { readonly group: GroupId; readonly membership: Membership; readonly leader: string | null };
type Role = "leader" | "voter" | "learner";
type MapMember = { readonly http: string; readonly redis: string | null; readonly role: Role };

export type ShardMapAnswer = {
  readonly number: number;
  readonly shards: readonly (GroupId | null)[];
  readonly groups: Readonly<Record<string, { readonly members: readonly MapMember[] }>>;
};

/** `leaderOf`: the origin of a group's leader, where that is known. */
export function shardMap(
  { number, shards, groups }: Configuration,
  own: OwnGroup,
  leaderOf: (group: GroupId) => string | null,
): ShardMapAnswer {
  const described = (Object.entries(groups) as [GroupId, readonly MemberAddress[]][]).map(([group, members]) => {
    const leader = group === own.group ? own.leader : leaderOf(group);
    const roleOf = ({ peer, http }: MemberAddress): Role =>
      http === leader ? "leader" : group === own.group && isLearnerAt(own.membership, peer) ? "learner" : "voter";
    return [group, { members: members.map((each) => ({ http: each.http, redis: each.redis, role: roleOf(each) })) }] as const;
  });
  return { number, shards, groups: Object.fromEntries(described) };
}

/** Whoever is at a place of nobody's is a newcomer. */
function isLearnerAt(membership: Membership, peer: string): boolean {
  const [member] = Object.entries(membership.places).find(([, { address }]) => address === peer) ?? [];
  return member !== undefined && isLearner(membership, member as Parameters<typeof isLearner>[1]);
}
