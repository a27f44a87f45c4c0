// A cluster as it is found, for tests of what is made of it.
import type { ClusterFacts, MemberFacts } from "../../../../client/cli/status/cluster-facts.ts";

/** Shards 0 to 3 only: two for each group. */
export const OWNERS = ["1", "1", "2", "2"];

export function member(name: string, changes: Partial<MemberFacts> = {}): MemberFacts {
  const [kind = "", group = "", ordinal = ""] = name.startsWith("controller")
    ? ["controller", "controllers", name.split("-")[1]]
    : name.split("-");
  const service = kind === "controller" ? "shard-controller" : "replica";
  const port = service === "replica" ? 7_410 + 3 * (Number(group) - 1) + Number(ordinal) : 7_400 + Number(ordinal);
  const status = { role: Number(ordinal) === 0 ? "leader" : "follower", term: 3, commitIndex: 1_500, appliedIndex: 1_500 };
  const shards = { serving: OWNERS.flatMap((owner, shard) => (owner === group ? [shard] : [])), pulling: [] };
  return {
    ...{
      name,
      service,
      group,
      ordinal: Number(ordinal),
      http: `http://127.0.0.1:${port}`,
      pid: port - 3_000,
      stopped: null,
      unready: null,
    },
    status: service === "replica" ? { ...status, keys: 602, shards } : status,
    ...changes,
  };
}

export function facts(members: readonly MemberFacts[], changes: Partial<ClusterFacts> = {}): ClusterFacts {
  const found = { name: ".flotilla", clusterId: "c", hasLauncher: true, members, silent: [] };
  return { ...found, shards: OWNERS, configNumber: 4, migrations: [], ...changes };
}

export const WHOLE = [
  ...["controller-0", "controller-1", "controller-2"],
  ...["replica-1-0", "replica-1-1", "replica-1-2", "replica-2-0", "replica-2-1", "replica-2-2"],
].map((name) => member(name));

/** `WHOLE`, with one member as it is given. */
export const withMember = (changed: MemberFacts): readonly MemberFacts[] =>
  WHOLE.map((each) => (each.name === changed.name ? changed : each));
