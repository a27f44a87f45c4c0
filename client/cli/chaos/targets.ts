// From a role to the process that has it now, and whether it may be struck: never more than a minority of a group is down at
// once, unless that was asked for. Pure.
import type { ClusterView, GroupView, MemberView } from "../status/cluster-view.ts";
import type { Role } from "./faults.ts";
import { SERVICE_OF } from "./faults.ts";
import type { Round } from "./schedule.ts";

export type Targeted =
  | { readonly kind: "found"; readonly group: GroupView; readonly name: string }
  /** Why nothing is done in this round. */
  | { readonly kind: "none"; readonly why: string };

const isVoting = (role: Role): boolean => role !== "coordinator" && role !== "worker";

export function findTarget(view: ClusterView, { fault, role, choice }: Round, mayTakeQuorum: boolean): Targeted {
  const groups = view.groups.filter(({ service }) => service === SERVICE_OF[role]);
  const group = at(groups, choice.group);
  if (group === undefined) return { kind: "none", why: `there is no ${SERVICE_OF[role]}` };
  const who = isVoting(role) ? `group ${group.group}` : group.group;
  const down = group.members.filter(({ isWell }) => !isWell).length;
  const most = isVoting(role) ? Math.floor((group.members.length - 1) / 2) : group.members.length - 1;
  if (!mayTakeQuorum && down + 1 > most)
    return { kind: "none", why: most < 1 ? `${who} can spare nobody` : `${who} has ${down} down already, and can spare ${most}` };
  if (fault === "wipe" && down > 0) return { kind: "none", why: `${who} is not whole` };
  const member = at(membersIn(group, role), choice.member);
  return member === undefined ? { kind: "none", why: `${who} has no ${role} now` } : { kind: "found", group, name: member.name };
}

function membersIn({ members, leader }: GroupView, role: Role): readonly MemberView[] {
  const running = members.filter(({ role }) => role !== "down" && role !== "stopped");
  if (role === "leader" || role === "controllerLeader") return running.filter(({ name }) => name === leader);
  if (role === "follower") return running.filter(({ name }) => name !== leader);
  return running;
}

const at = <T>(items: readonly T[], fraction: number): T | undefined =>
  items[Math.min(items.length - 1, Math.floor(fraction * items.length))];
