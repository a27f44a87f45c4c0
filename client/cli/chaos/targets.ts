// From a role to the processes that have it now, and whether it may be struck: never more than a minority of a group is down at
// once, unless that was asked for. Pure.
import type { ClusterView, GroupView, MemberView } from "../status/cluster-view.ts";
import type { FaultName, Role } from "./faults.ts";
import { rowOf, serviceOf } from "./faults.ts";
import type { Round } from "./schedule.ts";

export type Targeted =
  | { readonly kind: "found"; readonly group: GroupView; readonly names: readonly [string, ...string[]] }
  /** Why nothing is done in this round. `isForGood`: to wait would change nothing. */
  | { readonly kind: "none"; readonly why: string; readonly isForGood?: true };

/** The same, but nobody whom the fault would strike may be too young for it. */
export function unlessTooYoung(target: Targeted, { groups }: ClusterView, young: Youth): Targeted {
  if (target.kind === "none") return target;
  const { alsoStrikes } = rowOf(young.fault);
  const leaders = groups.filter(({ service }) => service === "replica").flatMap(({ leader }) => leader ?? []);
  const others = { group: target.group.members.map(({ name }) => name), leaders };
  const struck = [...target.names, ...(alsoStrikes === undefined ? [] : others[alsoStrikes])];
  const found = struck.find(young.isTooYoung);
  return found === undefined ? target : { kind: "none", why: `${found} has not run for long enough` };
}

export type Youth = { readonly fault: FaultName; readonly isTooYoung: (name: string) => boolean };

const isVoting = (role: Role): boolean => role !== "coordinator" && role !== "worker";

export function findTarget(view: ClusterView, { fault, role, choice }: Round, mayTakeQuorum: boolean): Targeted {
  const groups = view.groups.filter(({ service }) => service === serviceOf(role));
  const group = at(groups, choice.group);
  if (group === undefined) return { kind: "none", why: `there is no ${serviceOf(role)}`, isForGood: true };
  const who = isVoting(role) ? `group ${group.group}` : group.group;
  const down = group.members.filter(({ isWell }) => !isWell).length;
  const most = isVoting(role) ? minorityOf(group) : group.members.length - 1;
  const [first, ...rest] = membersIn(group, role, choice.member).map(({ name }) => name);
  if (!mayTakeQuorum && down + 1 + rest.length > most)
    return { kind: "none", why: most < 1 ? `${who} can spare nobody` : `${who} has ${down} down already, and can spare ${most}` };
  // The only copy, or one of two, would be lost for good, whatever else is allowed.
  if (fault === "wipe" && most < 1) return { kind: "none", why: `${who} can spare no disk`, isForGood: true };
  if (fault === "wipe" && down > 0) return { kind: "none", why: `${who} is not whole` };
  return first === undefined ? { kind: "none", why: `${who} has no ${role} now` } : { kind: "found", group, names: [first, ...rest] };
}

const minorityOf = ({ members }: GroupView): number => Math.floor((members.length - 1) / 2);

/** `choice`, from 0 to 1: of those that fit. Several are neighbours, so that each is struck as often as each other. */
function membersIn(group: GroupView, role: Role, choice: number): readonly MemberView[] {
  const running = group.members.filter(({ role }) => role !== "down" && role !== "stopped");
  if (role === "leader" || role === "controllerLeader") return running.filter(({ name }) => name === group.leader);
  if (role.startsWith("ordinal:")) return running.filter(({ name }) => name.endsWith(`-${numberOf(role)}`));
  const fitting = role === "follower" ? running.filter(({ name }) => name !== group.leader) : running;
  const first = Math.min(fitting.length - 1, Math.floor(choice * fitting.length));
  return fitting.length === 0 ? [] : [...fitting.slice(first), ...fitting.slice(0, first)].slice(0, countOf(group, role));
}

/** How many of a group a role means. */
function countOf(group: GroupView, role: Role): number {
  if (role === "minority") return Math.max(1, minorityOf(group));
  if (role === "majority") return Math.floor(group.members.length / 2) + 1;
  if (role.startsWith("fixed:")) return numberOf(role);
  return role.startsWith("percent:") ? Math.max(1, Math.round((numberOf(role) / 100) * group.members.length)) : 1;
}

const numberOf = (role: Role): number => Number(role.slice(role.indexOf(":") + 1));

const at = <T>(items: readonly T[], fraction: number): T | undefined =>
  items[Math.min(items.length - 1, Math.floor(fraction * items.length))];
