// What the shard controllers know: the numbered configurations, of which the newest are kept, and the founding of each
// group. A founding is never changed and never forgotten, even when its group leaves: a group is born once.
import { assert, present } from "../base/assert.ts";
import { utf8 } from "../base/bytes.ts";
import { crc32c } from "../base/checksum.ts";
import type { GroupId } from "../base/ids.ts";
import type { Configuration } from "../shards/configuration.ts";
import { encodeConfiguration, FIRST_CONFIGURATION } from "../shards/configuration.ts";
import type { GoneGroups } from "./rebalance.ts";
import { byName, NOBODY_GONE } from "./rebalance.ts";
import type { Founding } from "./results.ts";
import { foundingAsJson } from "./results.ts";

/** Decided when a command is applied, so they are the same on all members; a change of one is a new version. */
export const CONFIGURATIONS_KEPT = 1_000;
/** It has to go into one answer between processes; and a thousand of them into memory. */
export const CONFIGURATION_BYTES_MAX = 131_072;
export const FOUNDINGS_MAX = 4_096;

/** What was added, besides what it is. */
type Added = { readonly digest: number; readonly settlements: ReadonlyMap<number, readonly GroupId[]>; readonly gone: GoneGroups };

const NOTHING: Added = { digest: 0, settlements: new Map(), gone: NOBODY_GONE };

export class ControllerState {
  /** Oldest first, without a gap. Replaced when it changes: whoever takes a snapshot keeps the one that there was. */
  #configurations: readonly Configuration[];
  readonly #foundings: Map<GroupId, Founding>;
  /** Which of the configurations are settlements, and for whom a shard may stand still by them. */
  #settlements: ReadonlyMap<number, readonly GroupId[]>;
  #gone: GoneGroups;
  /** Of everything that was ever added, in its order. */
  #digest: number;

  constructor(
    configurations: readonly Configuration[] = [FIRST_CONFIGURATION],
    foundings: readonly (readonly [GroupId, Founding])[] = [],
    { digest, settlements, gone }: Added = NOTHING,
  ) {
    this.#configurations = configurations;
    this.#foundings = new Map(foundings);
    this.#digest = digest;
    this.#settlements = settlements;
    this.#gone = gone;
  }

  get latest(): Configuration {
    return present(this.#configurations.at(-1), "there is always a configuration");
  }

  get oldest(): Configuration {
    return present(this.#configurations[0], "there is always a configuration");
  }

  get configurations(): readonly Configuration[] {
    return this.#configurations;
  }

  get foundings(): ReadonlyMap<GroupId, Founding> {
    return this.#foundings;
  }

  get settlements(): ReadonlyMap<number, readonly GroupId[]> {
    return this.#settlements;
  }

  /** Those of the latest configuration that were said to be gone for good, and have not joined since. */
  get gone(): GoneGroups {
    return this.#gone;
  }

  get digest(): number {
    return this.#digest;
  }

  configuration(number: number): Configuration | null {
    return this.#configurations[number - this.oldest.number] ?? null;
  }

  /** False: it is too large, and nothing has changed. */
  add(next: Configuration): boolean {
    assert(next.number === this.latest.number + 1, "configurations follow each other without a gap");
    const bytes = encodeConfiguration(next);
    if (bytes.length > CONFIGURATION_BYTES_MAX) return false;
    this.#digest = crc32c(bytes, this.#digest);
    this.#configurations = [...this.#configurations, next].slice(-CONFIGURATIONS_KEPT);
    return true;
  }

  /** False: it is too large, and nothing has changed. */
  addSettlement(next: Configuration, frozenTo: readonly GroupId[]): boolean {
    if (!this.add(next)) return false;
    this.#digest = crc32c(utf8(JSON.stringify(frozenTo)), this.#digest);
    const all = [...this.#settlements, [next.number, frozenTo] as const];
    this.#settlements = new Map(all.filter(([number]) => number >= this.oldest.number));
    return true;
  }

  /** Members of an earlier version have nobody. */
  setGone(gone: GoneGroups): void {
    const [before, after] = [this.#gone, gone].map((groups) => JSON.stringify([...groups].sort(byName)));
    if (before === after) return;
    this.#gone = gone;
    this.#digest = crc32c(utf8(present(after, "two were written")), this.#digest);
  }

  /** The founding members are those of the first record, for ever; only where they are may change. */
  setFounding(group: GroupId, founding: Founding): void {
    const earlier = this.#foundings.get(group);
    assert(earlier === undefined || earlier.members === founding.members, "a group is founded once");
    this.#foundings.set(group, founding);
    this.#digest = crc32c(utf8(JSON.stringify([group, foundingAsJson(founding)])), this.#digest);
  }
}
