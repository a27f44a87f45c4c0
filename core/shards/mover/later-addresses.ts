// Where groups are by configurations that can't be adopted yet, because a move is under way. Without that a move would wait for
// ever for members that have moved to other machines meanwhile: where they are now is said by a configuration that waits for
// the move. Only for whoever wants to reach a group; nothing that is decided depends on it, and no other life knows it.
import type { GroupId } from "../../base/ids.ts";
import type { Configuration, MemberAddress } from "../configuration.ts";

export class LaterAddresses {
  #latest: Configuration | null = null;

  /** Of the latest configuration that was heard of; 0: of none. */
  get number(): number {
    return this.#latest?.number ?? 0;
  }

  learn(configuration: Configuration): void {
    if (configuration.number > this.number) this.#latest = configuration;
  }

  /** By a configuration that is later than this one. Empty: nothing was heard of it. */
  membersOf(group: GroupId, than: number): readonly MemberAddress[] {
    const groups = this.#latest !== null && this.number > than ? this.#latest.groups : {};
    return Object.hasOwn(groups, group) ? (groups[group] ?? []) : [];
  }
}
