// Where the members of groups are reached, and in which order they are asked: who was last known to lead comes first for a
// write, those that did not answer come last for a while.
import type { GroupId } from "../../../core/base/ids.ts";
import type { MemberAddress } from "../../../core/shards/configuration.ts";

export type Asked = { readonly group: GroupId; readonly kind: "read" | "write" };

const AVOIDED_MS = 1_000;
/** Remembered at most: leaders are named by answers. */
const AVOIDED_MAX = 1_024;

export class GroupOrigins {
  readonly #membersOf: (group: GroupId) => readonly MemberAddress[];
  readonly #leaders = new Map<GroupId, string>();
  readonly #avoidedUntilMs = new Map<string, number>();
  #turn = 0;

  constructor(membersOf: (group: GroupId) => readonly MemberAddress[]) {
    this.#membersOf = membersOf;
  }

  /** Who is asked next, after those who were; null: there is nobody left. */
  choose({ group, kind }: Asked, tried: ReadonlySet<string>, nowMs: number): string | null {
    const members = this.#membersOf(group).map(({ http }) => http);
    const first = this.#turn++ % Math.max(1, members.length);
    const rotated = [...members.slice(first), ...members.slice(0, first)];
    const leader = this.#leaders.get(group);
    const ordered = kind === "write" && leader !== undefined ? [leader, ...rotated] : rotated;
    const left = ordered.filter((origin) => !tried.has(origin));
    return left.find((origin) => nowMs >= (this.#avoidedUntilMs.get(origin) ?? 0)) ?? left[0] ?? null;
  }

  leaderOf(group: GroupId): string | null {
    return this.#leaders.get(group) ?? null;
  }

  /** It took a write, or was named by a member of its group. Only members can be: an answer sends nobody anywhere else. */
  leads(group: GroupId, origin: string): void {
    if (this.#membersOf(group).some(({ http }) => http === origin)) this.#leaders.set(group, origin);
  }

  avoid(group: GroupId, origin: string, nowMs: number): void {
    if (this.#leaders.get(group) === origin) this.#leaders.delete(group);
    if (this.#avoidedUntilMs.size >= AVOIDED_MAX) this.#avoidedUntilMs.clear();
    this.#avoidedUntilMs.set(origin, nowMs + AVOIDED_MS);
  }
}
