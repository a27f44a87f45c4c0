// From facts to answers: is it healthy, who leads, what lags, what moves. Pure.
import type { Fields } from "../json.ts";
import { fieldsOf, listOf, numberOf, textOf } from "../json.ts";
import type { ClusterFacts, MemberFacts } from "./cluster-facts.ts";

export type Health = "healthy" | "degraded" | "down";

export type MemberView = {
  readonly name: string;
  readonly pid: number | null | undefined;
  readonly http: string;
  /** leader, follower, candidate, learner; or what it is instead. */
  readonly role: string;
  readonly isWell: boolean;
  readonly term: number | null;
  /** Entries that its leader has committed and it has not applied. */
  readonly lag: number | null;
  readonly keys: number | null;
  readonly shards: number | null;
  /** Why it is not well. */
  readonly note: string | null;
};

export type GroupView = {
  readonly service: string;
  readonly group: string;
  readonly health: Health;
  readonly leader: string | null;
  readonly term: number | null;
  readonly keys: number | null;
  /** That it owns by the newest configuration; null: nobody knows one. */
  readonly shards: number | null;
  /** The shards that its leader serves. */
  readonly serving: readonly number[];
  readonly members: readonly MemberView[];
};

export type MoveView = { readonly shard: number; readonly from: string | null; readonly to: string; readonly state: string };

export type ClusterView = {
  readonly name: string;
  readonly clusterId: string | null;
  readonly health: Health;
  /** In the order in which a person should look. */
  readonly problems: readonly string[];
  readonly configNumber: number | null;
  /** Of each shard, by the newest configuration; null: nobody knows one. */
  readonly owners: readonly (string | null)[] | null;
  readonly keys: number;
  readonly groups: readonly GroupView[];
  readonly moves: readonly MoveView[];
};

export function viewOf(facts: ClusterFacts): ClusterView {
  const names = [...new Set(facts.members.map(({ service, group }) => `${service} ${group}`))];
  const groups = names.map((name) =>
    groupView(
      facts.members.filter(({ service, group }) => `${service} ${group}` === name),
      facts.shards,
    ),
  );
  const unseen = unseenControllers(facts);
  const health = unseen.length > 0 ? "down" : healthOf(groups, facts.shards);
  return {
    ...{ name: facts.name, clusterId: facts.clusterId, configNumber: facts.configNumber, health, groups },
    problems: [...nobodyRuns(facts), ...unseen, ...groups.flatMap(problemsOf), ...unowned(facts.shards)],
    owners: facts.shards,
    keys: groups.reduce((sum, { service, keys }) => sum + (service === "replica" ? (keys ?? 0) : 0), 0),
    moves: movesOf(facts),
  };
}

/** Down: some key has nobody who could serve it. */
function healthOf(groups: readonly GroupView[], shards: readonly (string | null)[] | null): Health {
  if (groups.length === 0 || groups.some(({ health }) => health === "down") || unownedIn(shards) > 0) return "down";
  return groups.every(({ health }) => health === "healthy") ? "healthy" : "degraded";
}

function groupView(facts: readonly MemberFacts[], shards: readonly (string | null)[] | null): GroupView {
  const [{ service, group } = { service: "", group: "" }] = facts;
  const leading = facts.filter(({ status }) => status?.["role"] === "leader");
  const newest = leading.reduce<MemberFacts | null>((best, each) => (termOf(each) >= termOf(best) ? each : best), null);
  const members = facts.map((each) => memberView(each, newest));
  const well = members.filter(({ isWell }) => isWell).length;
  const serves = isVoting(service) ? newest !== null && well >= Math.floor(facts.length / 2) + 1 : well > 0;
  return {
    ...{
      service,
      group,
      members,
      leader: (newest ?? facts.find(({ status }) => status?.["role"] === "active"))?.name ?? null,
      term: numberOf(newest?.status?.["term"]),
    },
    health: !serves ? "down" : well === members.length ? "healthy" : "degraded",
    keys: numberOf(newest?.status?.["keys"]),
    serving: servedBy(newest),
    shards: shards === null || service !== "replica" ? null : shards.filter((owner) => owner === group).length,
  };
}

function servedBy(member: MemberFacts | null): readonly number[] {
  return listOf(fieldsOf(member?.status?.["shards"])["serving"]).flatMap((shard) => numberOf(shard) ?? []);
}

/** Members of these have a leader among them; of others any one is enough. */
const isVoting = (service: string): boolean => service !== "coordinator" && service !== "worker";

const termOf = (member: MemberFacts | null): number => numberOf(member?.status?.["term"]) ?? -1;

function memberView(facts: MemberFacts, leader: MemberFacts | null): MemberView {
  const { name, pid, http, stopped, status, unready } = facts;
  const committed = numberOf(leader?.status?.["commitIndex"]);
  const applied = numberOf(status?.["appliedIndex"]);
  // A former leader that has not heard of the next one yet still says that it leads.
  const role = status?.["role"] === "leader" && facts !== leader ? "follower" : textOf(status?.["role"]);
  return {
    ...{ name, pid, http },
    role: stopped !== null ? "stopped" : pid === null ? "down" : status === null ? "silent" : role === "unborn" ? "waiting" : (role ?? "?"),
    isWell: stopped === null && status !== null && unready === null,
    term: numberOf(status?.["term"]),
    lag: committed === null || applied === null ? null : Math.max(0, committed - applied),
    keys: numberOf(status?.["keys"]),
    shards: status?.["shards"] === undefined ? null : servedBy(facts).length,
    note: stopped ?? (pid === null ? null : unready),
  };
}

function nobodyRuns({ hasLauncher, members }: ClusterFacts): readonly string[] {
  if (members.length === 0) return ["nobody answers"];
  if (hasLauncher !== false) return [];
  return members.every(({ pid }) => pid === null)
    ? ["it does not run: flotilla up starts it"]
    : ["its launcher is gone, so nobody starts again what ends: flotilla up takes over"];
}

/** Replicas serve without them, and don't tell where they are: whoever was named and is silent may be all of them. */
function unseenControllers({ silent, members }: ClusterFacts): readonly string[] {
  const areKnown = members.some(({ service }) => service === "shard-controller");
  return areKnown || silent.length === 0 ? [] : [`no shard controllers are known, and nobody answers at ${silent.join(", ")}`];
}

function problemsOf({ service, group, health, members, leader }: GroupView): readonly string[] {
  if (health === "healthy" || members.every(({ pid }) => pid === null)) return [];
  if (health === "down" && !isVoting(service)) return [`none of the ${group} is well`];
  const who = service === "replica" ? `group ${group}` : `the ${group}`;
  const well = members.filter(({ isWell }) => isWell).length;
  if (health === "degraded") return [`${who}: ${well} of ${members.length} members are well`];
  return [
    `${who} ${service === "replica" ? "has" : "have"} ${leader === null ? "no leader" : "no majority"}: ${well} of ${members.length} members are well`,
  ];
}

const unownedIn = (shards: readonly (string | null)[] | null): number => shards?.filter((owner) => owner === null).length ?? 0;

function unowned(shards: readonly (string | null)[] | null): readonly string[] {
  const count = unownedIn(shards);
  return count === 0 ? [] : [`${count} shards belong to no group`];
}

/** As the controllers tell it; without them, what the receiving leaders say. */
function movesOf({ members, migrations, shards }: ClusterFacts): readonly MoveView[] {
  if (migrations.length > 0) return migrations.flatMap(moveIn);
  return members
    .filter(({ status }) => status?.["role"] === "leader")
    .flatMap(({ group, status }) =>
      listOf(fieldsOf(status?.["shards"])["pulling"]).flatMap((shard) => {
        const number = numberOf(shard) ?? numberOf(fieldsOf(shard)["shard"]);
        return number === null
          ? []
          : [{ shard: number, from: shards?.[number] === group ? null : (shards?.[number] ?? null), to: group, state: "copying" }];
      }),
    );
}

function moveIn(fields: Fields): readonly MoveView[] {
  const [shard, to] = [numberOf(fields["shard"]), textOf(fields["to"])];
  if (shard === null || to === null) return [];
  return [{ shard, from: textOf(fields["from"]), to, state: textOf(fields["state"]) ?? "moving" }];
}
