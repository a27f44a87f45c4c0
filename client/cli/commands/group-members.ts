// Who belongs to the groups of a cluster that grows or shrinks. Members beyond the wanted number leave: first their places are closed,
// so that a process that begins anew does not come back as a newcomer, then the highest go first, so that what remains is a group at
// every moment. Those that came are told to everybody.
import type { LiveCluster } from "../cluster/live-cluster.ts";
import type { Fields } from "../json.ts";
import { fieldsOf, listOf, numberOf, textOf } from "../json.ts";
import type { ClusterFacts } from "../status/cluster-facts.ts";
import { Trouble } from "../trouble.ts";

export type Announcing = { readonly replicas: number; readonly deadlineMs: number };
export type Removing = { readonly from: number; readonly deadlineMs: number };
/** As many members as there are to be; `Infinity`: whoever comes is wanted. */
export type Opening = { readonly wanted: number; readonly deadlineMs: number };

/** What a member says of who belongs to its group. */
export type MembersOfGroup = { readonly members: readonly MemberOfGroup[]; readonly closedFrom: number | null };
export type MemberOfGroup = { readonly member: string; readonly ordinal: number; readonly address: string; readonly http: string };

/** Answers with those that left, as `group/ordinal`. */
export async function removeBeyond(cluster: LiveCluster, groups: readonly string[], removing: Removing): Promise<readonly string[]> {
  const removed = new Set<string>();
  for (const group of groups) {
    const what = `members ${removing.from} and beyond leave group ${group}`;
    // Where one of them is away another one may have to stay until that one has left: the group would have no majority.
    let refusals = 0;
    await untilItTakesIt(cluster, { what, deadlineMs: removing.deadlineMs }, async () => {
      const found = membersIn(await cluster.membersOf(group));
      const leaving = surplus(found, removing.from);
      const next = leaving[refusals % leaving.length];
      if (next === undefined) return true;
      if (found.closedFrom !== removing.from)
        await cluster.leader(group, "POST", { path: "/v1/places/close", body: { from: removing.from } });
      else {
        refusals += 1;
        await cluster.leader(group, "DELETE", { path: `/v1/members/${encodeURIComponent(next.member)}` });
        refusals = 0;
        removed.add(`${group}/${next.ordinal}`);
      }
      return null;
    });
  }
  return [...removed];
}

/** Where they were closed, and somebody is to be there. Members don't know how many are wanted, so none of them does it. */
export async function openPlaces(cluster: LiveCluster, groups: readonly string[], { wanted, deadlineMs }: Opening): Promise<void> {
  for (const group of groups)
    await untilItTakesIt(cluster, { what: `the places of group ${group} are open`, deadlineMs }, async () => {
      const { closedFrom } = membersIn(await cluster.membersOf(group));
      if (closedFrom === null || closedFrom >= wanted) return true;
      await cluster.leader(group, "POST", { path: "/v1/places/close", body: { from: null } });
      return null;
    });
}

/** Pure. Versions before places could be closed say nothing of them. */
export function membersIn(fields: Fields): MembersOfGroup {
  const members = listOf(fields["members"])
    .map(fieldsOf)
    .flatMap((each) => {
      const [member, ordinal] = [textOf(each["member"]), numberOf(each["ordinal"])];
      if (member === null || ordinal === null) return [];
      return [{ member, ordinal, address: textOf(each["address"]) ?? "", http: textOf(each["http"]) ?? "" }];
    });
  return { members, closedFrom: numberOf(fields["closedFrom"]) };
}

/** Pure: the highest places first. */
export function surplus({ members }: MembersOfGroup, from: number): readonly MemberOfGroup[] {
  return members.filter(({ ordinal }) => ordinal >= from).toSorted((a, b) => b.ordinal - a.ordinal);
}

/** Pure: places of a group beyond the wanted number, as the configuration names them or any of its members does. */
export function knownBeyond({ members }: ClusterFacts, group: string, from: number): readonly number[] {
  const own = members.filter((member) => member.group === group);
  const told = own.flatMap(({ status }) => listOf(status?.["members"]).map((member) => numberOf(fieldsOf(member)["ordinal"])));
  const known = [...own.map(({ ordinal }) => ordinal), ...told].flatMap((ordinal) => ordinal ?? []);
  return [...new Set(known)].filter((ordinal) => ordinal >= from).toSorted((a, b) => a - b);
}

/** Those who are there now, in the configuration by which groups and clients find each other: whoever left is not asked any more. */
export async function announceMembers(
  cluster: LiveCluster,
  groups: readonly string[],
  { replicas, deadlineMs }: Announcing,
): Promise<void> {
  for (const group of groups)
    await untilItTakesIt(cluster, { what: `group ${group} is known with ${replicas} members`, deadlineMs }, async () => {
      const { members } = membersIn(await cluster.membersOf(group));
      const wanted = members.filter(({ ordinal }) => ordinal < replicas).toSorted((a, b) => a.ordinal - b.ordinal);
      const known = listOf(fieldsOf((await cluster.configuration())["members"])[group]).map((each) => textOf(fieldsOf(each)["peer"]));
      if (wanted.length < replicas) return null;
      if (known.join() === wanted.map(({ address }) => address).join()) return true;
      await cluster.controllers("POST", "/v1/groups/join", { groups: { [group]: wanted.map(({ http }) => http) } });
      return null;
    });
}

/** A leader that changes, or a change that is still under way, is no reason to give up. */
async function untilItTakesIt(
  cluster: LiveCluster,
  { what, deadlineMs }: { readonly what: string; readonly deadlineMs: number },
  attempt: () => Promise<true | null>,
): Promise<void> {
  let last = "";
  await cluster.until(
    () => `${what}${last === "" ? "" : ` (${last})`}`,
    deadlineMs,
    async () => {
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof Trouble)) throw error;
        last = error.message;
        return null;
      }
    },
  );
}
