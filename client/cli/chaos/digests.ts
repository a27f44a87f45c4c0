// What members of a group hold, compared: whoever reports the same index reports the same digest. They are asked at slightly different
// moments while somebody may still write, so one look may find no two of them at one index: what they said is kept, look by look.
import type { ClusterFacts, MemberFacts } from "../status/cluster-facts.ts";
import { fieldsOf, numberOf, textOf } from "../json.ts";

/** `byIndex`: who has reported which digest there. */
type Group = { names: readonly string[]; readonly byIndex: Map<number, Map<string, string>> };

/** All others hold nothing that is replicated. */
const REPLICATED = ["replica", "shard-controller"];

export class Digests {
  readonly #groups = new Map<string, Group>();
  readonly #differing = new Set<string>();

  note({ members }: Pick<ClusterFacts, "members">): void {
    const replicated = members.filter(({ service }) => REPLICATED.includes(service));
    for (const label of new Set(replicated.map(labelOf))) {
      const places = replicated.filter((each) => labelOf(each) === label);
      const group = this.#groups.get(label) ?? { names: [], byIndex: new Map() };
      group.names = places.map(({ name }) => name);
      this.#groups.set(label, group);
      for (const place of places) this.#noteOne(group, place);
    }
  }

  /** Members that were at one index and had not the same there. */
  get differing(): readonly string[] {
    return [...this.#differing];
  }

  /** Groups of which never all members were seen at one index. */
  get uncompared(): readonly string[] {
    const isCompared = ({ names, byIndex }: Group): boolean => [...byIndex.values()].some((held) => names.every((name) => held.has(name)));
    return [...this.#groups].filter(([, group]) => !isCompared(group)).map(([label]) => label);
  }

  #noteOne({ byIndex }: Group, { name, status }: MemberFacts): void {
    const fields = fieldsOf(status?.["stateDigest"]);
    const [index, digest] = [numberOf(fields["index"]), textOf(fields["digest"])];
    if (index === null || digest === null) return;
    const held = byIndex.get(index) ?? new Map<string, string>();
    const other = [...held].find(([, each]) => each !== digest);
    if (other !== undefined) this.#differing.add(`${other[0]} and ${name} hold different things at index ${index}`);
    byIndex.set(index, held.set(name, digest));
  }
}

const labelOf = ({ service, group }: Pick<MemberFacts, "service" | "group">): string =>
  service === "replica" ? `group ${group}` : `the ${group}`;
