// How much may be destroyed. A group promises to serve again while a majority of its disks is undamaged, in each membership
// that may be in force; the simulator asks for no more than that. What was lost counts as lost until whoever took its
// place is a voter.
import type { MemberId } from "../../../core/base/ids.ts";
import type { Process } from "./process.ts";
import type { World } from "./world.ts";

export class FaultBudget {
  readonly #world: World;
  /** Members whose disk is lost or may be damaged. */
  readonly #destroyed = new Set<MemberId>();
  /** Members whose removal was asked for: it may still come into force, long after it was asked. */
  readonly #leaving = new Set<MemberId>();

  constructor(world: World) {
    this.#world = world;
  }

  mayDestroy({ member }: Process): boolean {
    if (member === null) return true;
    // Who does not vote yet may be given a vote before anybody notices the damage.
    const sets = this.#voterSets().map((voters) => (voters.includes(member) ? voters : [...voters, member]));
    return sets.length > 0 && sets.every((voters) => 2 * this.#sound(voters, member) > voters.length);
  }

  destroyed({ member }: Process): void {
    if (member !== null) this.#destroyed.add(member);
  }

  /** Whether the group could still decide without this member, and would be left with a majority. */
  mayRemove({ member }: Process): boolean {
    if (member === null) return false;
    return this.#voterSets().every((voters) => {
      const staying = voters.filter((voter) => voter !== member);
      return staying.length > 1 && 2 * this.#sound(staying, null) > staying.length && 2 * this.#sound(voters, null) > voters.length;
    });
  }

  leaving({ member }: Process): void {
    if (member !== null) this.#leaving.add(member);
  }

  isDestroyed(member: MemberId | null): boolean {
    return member !== null && this.#destroyed.has(member);
  }

  /** Every set of voters whose majority may be needed: those in force anywhere, and those that only some log holds. */
  #voterSets(): readonly (readonly MemberId[])[] {
    const sets = new Map<string, readonly MemberId[]>();
    for (const { memberships } of this.#world.processes) {
      for (const { voters, outgoing } of memberships) {
        for (const members of [voters, outgoing]) this.#addWithoutLeaving(sets, members);
      }
    }
    return [...sets.values()];
  }

  #addWithoutLeaving(sets: Map<string, readonly MemberId[]>, members: readonly MemberId[]): void {
    const leaving = members.filter((member) => this.#leaving.has(member));
    const without = (gone: readonly MemberId[]): readonly MemberId[] => members.filter((member) => !gone.includes(member));
    for (const each of [members, without(leaving), ...leaving.map((member) => without([member]))]) {
      if (each.length > 0) sets.set(each.join(" "), each);
    }
  }

  #sound(voters: readonly MemberId[], without: MemberId | null): number {
    const present = new Set(this.#world.processes.map(({ member }) => member));
    return voters.filter((voter) => voter !== without && present.has(voter) && !this.#destroyed.has(voter)).length;
  }
}
