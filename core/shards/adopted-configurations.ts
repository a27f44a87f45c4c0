// The configurations that a group has adopted: the one in force, and a few before it. The last but one says where the members
// of a group are that is leaving; older ones are for groups that are behind and can't reach the controllers.
import type { GroupId } from "../base/ids.ts";
import type { Configuration, MemberAddress } from "./configuration.ts";
import { FIRST_CONFIGURATION } from "./configuration.ts";
import { decodeCompactly, encodeCompactly } from "./compact-configuration.ts";

export const CONFIGURATIONS_KEPT = 8;

export class AdoptedConfigurations {
  /** The latest last. */
  #kept: readonly Configuration[];
  /** Every snapshot has them, and they hardly ever change. */
  #encoded: readonly Uint8Array[] | null = null;

  constructor(kept: readonly Configuration[] = [FIRST_CONFIGURATION]) {
    this.#kept = kept;
  }

  get current(): Configuration {
    return this.#kept.at(-1) ?? FIRST_CONFIGURATION;
  }

  adopt(configuration: Configuration): void {
    this.#kept = [...this.#kept, configuration].slice(-CONFIGURATIONS_KEPT);
    this.#encoded = null;
  }

  at(number: number): Configuration | null {
    return this.#kept.find((kept) => kept.number === number) ?? null;
  }

  /** Where the group was when it was last heard of; empty: nowhere. */
  membersOf(group: GroupId): readonly MemberAddress[] {
    const latest = this.#kept.findLast(({ groups }) => Object.hasOwn(groups, group));
    return latest?.groups[group] ?? [];
  }

  encode(): readonly Uint8Array[] {
    // The first one is known to everybody.
    this.#encoded ??= this.#kept.filter(({ number }) => number > 0).map(encodeCompactly);
    return this.#encoded;
  }
}

/** Null where one of them is none, or they are not in order. */
export function decodeConfigurations(encoded: readonly Uint8Array[]): AdoptedConfigurations | null {
  const kept = encoded.map(decodeCompactly);
  if (kept.includes(null)) return null;
  if (kept.length === 0) return new AdoptedConfigurations();
  const configurations = kept as readonly Configuration[];
  const areInOrder = configurations.every(({ number }, i) => number > (configurations[i - 1]?.number ?? -1));
  return areInOrder ? new AdoptedConfigurations(configurations) : null;
}
