// Builds that must not pass: each has a bug that a real system has shipped. The table in docs/chaos.md names them all.
import { ELECTION_MUTANTS } from "../../mutants/catalogue/elections.ts";
import { READ_MUTANTS } from "../../mutants/catalogue/reads.ts";
import { SERVICE_MUTANTS } from "../../mutants/catalogue/service.ts";
import { SHARD_MUTANTS } from "../../mutants/catalogue/shards.ts";
import type { Mutant } from "../../mutants/mutant.ts";

/** `honoured`: what was not synced is lost at a kill. `firstOnly`: the same, and syncs do nothing. */
export type Layer = "product" | "honoured" | "firstOnly";

export type Build = {
  readonly name: string;
  readonly layer: Layer;
  readonly mutant: Mutant | null;
  /** The checks that show it. That such a build is slow to come back, as any may be on a busy machine, proves nothing. */
  readonly shownBy: readonly string[];
};

const named = (mutants: readonly Mutant[], name: string): Mutant => {
  const found = mutants.find((mutant) => mutant.name === name);
  if (found === undefined) throw new RangeError(`there is no mutant ${name}`);
  return found;
};

/** Over files that lose at a kill what was not synced. */
export const SOUND: Build = { name: "sound", layer: "honoured", mutant: null, shownBy: [] };

export const BROKEN_BUILDS: readonly Build[] = [
  { name: "no fsync", layer: "firstOnly", mutant: null, shownBy: ["linearizable", "exactly once", "members"] },
  {
    ...{ name: "stale reads after a pause", layer: "product", shownBy: ["linearizable"] },
    mutant: named(READ_MUTANTS, "a leader answers reads without asking whether it still leads"),
  },
  {
    ...{ name: "lost session table", layer: "product", shownBy: ["linearizable", "exactly once"] },
    mutant: named(SERVICE_MUTANTS, "a request that comes again is executed again"),
  },
  {
    // The shard never arrives, and its keys can't be read.
    ...{ name: "early shard deletion", layer: "product", shownBy: ["linearizable", "exactly once", "recovery"] },
    mutant: named(SHARD_MUTANTS, "the old copy goes before the receiver serves"),
  },
  {
    ...{ name: "vote not persisted", layer: "honoured", shownBy: ["linearizable", "exactly once", "members"] },
    mutant: named(ELECTION_MUTANTS, "a term is written down, the vote in it is not"),
  },
];
