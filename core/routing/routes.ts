// Where the next attempt goes. By the shard map if there is one: writes to the leader of the shard's group, reads to one
// of its members; what can't be reached for the moment comes last, and the endpoints that the caller began with are
// always an alternative, because any replica takes any request.
import type { RoutedMember, ShardMap } from "./shard-map.ts";
import { originIn } from "./shard-map.ts";

export type Wish = {
  /** Null for what belongs to no shard. */
  readonly shard: number | null;
  readonly wants: "leader" | "anyMember";
};

/** What an answer says about the one who gave it. */
export type AnswerStamp = { readonly group: string | null; readonly term: number | null; readonly configNumber: number | null };

/** How long one that gave no answer is asked only if nobody else is left: longer each time, until it answers again. */
export const AVOIDED_MS = { first: 1_000, longest: 16_000 };
/** Remembered at most; addresses come from answers, too. */
const AVOIDED_MAX = 1_024;

export class Routes {
  readonly #endpoints: readonly string[];
  readonly #spread: number;
  #map: ShardMap | null = null;
  /** The newest configuration that anybody answered by. */
  #heardOf = -1;
  /** By group; "" where no map tells groups apart. */
  readonly #leaders = new Map<string, string>();
  readonly #terms = new Map<string, number>();
  readonly #avoided = new Map<string, { readonly forMs: number; readonly untilMs: number }>();

  /** `spread`: any whole number; callers with different ones read from different members. */
  constructor(endpoints: readonly string[], spread: number) {
    const origins = endpoints.map((endpoint) => {
      const origin = originIn(endpoint);
      if (origin === null) throw new RangeError(`${JSON.stringify(endpoint)} is no http://host:port`);
      return origin;
    });
    if (origins.length === 0) throw new RangeError("a client needs at least one endpoint");
    this.#endpoints = [...new Set(origins)];
    this.#spread = spread;
  }

  get map(): ShardMap | null {
    return this.#map;
  }

  /** Somebody answers by a newer configuration than that of the map. */
  get isMapOld(): boolean {
    return this.#heardOf > (this.#map?.number ?? -1);
  }

  /** Takes over who serves what, unless it is older than what is known. */
  adopt(map: ShardMap): boolean {
    if (this.#map !== null && map.number < this.#map.number) return false;
    this.#map = map;
    for (const group of this.#leaders.keys()) if (!map.groups.has(group)) this.#leaders.delete(group);
    for (const [group, members] of map.groups) {
      const leader = members.find(({ role }) => role === "leader")?.http;
      const isStillMember = members.some(({ http }) => http === this.#leaders.get(group));
      // Members know who leads their own group; of the others' leaders a map may know nothing.
      if (leader !== undefined) this.#leaders.set(group, leader);
      else if (!isStillMember) this.#leaders.delete(group);
    }
    return true;
  }

  /** `tried`: whom this call has asked, in order. Who was asked longest ago is next. */
  choose(wish: Wish, tried: readonly string[], nowMs: number): string {
    const candidates = this.#candidates(wish);
    const rank = (origin: string): number => tried.lastIndexOf(origin) + (this.isAvoided(origin, nowMs) ? tried.length + 1 : 0);
    return candidates.reduce((best, origin) => (rank(origin) < rank(best) ? origin : best));
  }

  /** A refusal named this leader. */
  leaderNamed({ shard }: Wish, leader: string): void {
    this.#leaders.set(this.#groupOf(shard), leader);
  }

  avoid(origin: string, nowMs: number): void {
    if (this.isAvoided(origin, nowMs)) return;
    const before = this.#avoided.get(origin);
    const forMs = before === undefined ? AVOIDED_MS.first : Math.min(2 * before.forMs, AVOIDED_MS.longest);
    if (this.#avoided.size >= AVOIDED_MAX) this.#avoided.clear();
    this.#avoided.set(origin, { forMs, untilMs: nowMs + forMs });
  }

  isAvoided(origin: string, nowMs: number): boolean {
    return nowMs < (this.#avoided.get(origin)?.untilMs ?? -Infinity);
  }

  /** Whether what is known is out of date: there is a newer configuration, or another leader. */
  answered(origin: string, { group, term, configNumber }: AnswerStamp): "current" | "outdated" {
    this.#avoided.delete(origin);
    this.#heardOf = Math.max(this.#heardOf, configNumber ?? -1);
    const isNewConfiguration = configNumber !== null && configNumber > (this.#map?.number ?? -1);
    if (group === null || term === null) return isNewConfiguration ? "outdated" : "current";
    const knownTerm = this.#terms.get(group);
    if (knownTerm === undefined || term > knownTerm) this.#terms.set(group, term);
    const isNewTerm = knownTerm !== undefined && term > knownTerm;
    if (isNewTerm) this.#leaders.delete(this.#map === null ? "" : group);
    return isNewConfiguration || isNewTerm ? "outdated" : "current";
  }

  #candidates({ shard, wants }: Wish): readonly string[] {
    const group = this.#groupOf(shard);
    const leader = wants === "leader" ? this.#leaders.get(group) : undefined;
    const members = this.#rotated(this.#map?.groups.get(group) ?? []);
    // Of no group in particular: the endpoints first, and every member as their stand-in.
    const others = shard === null || members.length === 0 ? this.#everybody() : [];
    return [...new Set([...(leader === undefined ? [] : [leader]), ...members, ...this.#endpoints, ...others])];
  }

  /** Who votes comes before who is still learning. */
  #rotated(members: readonly RoutedMember[]): readonly string[] {
    const voters = members.filter(({ role }) => role !== "learner");
    const first = voters.length === 0 ? 0 : this.#spread % voters.length;
    const learners = members.filter(({ role }) => role === "learner");
    return [...voters.slice(first), ...voters.slice(0, first), ...learners].map(({ http }) => http);
  }

  #everybody(): readonly string[] {
    return [...(this.#map?.groups.values() ?? [])].flatMap((members) => members.map(({ http }) => http));
  }

  #groupOf(shard: number | null): string {
    return shard === null ? "" : (this.#map?.shards[shard] ?? "");
  }
}
