// Builds that must not pass: each has a bug that a real system has shipped. The table in docs/chaos.md names them all.
import { DEFAULT_SIZE } from "../../../client/cli/local/local-plan.ts";
import { ELECTION_MUTANTS } from "../../mutants/catalogue/elections.ts";
import { READ_MUTANTS } from "../../mutants/catalogue/reads.ts";
import { SERVICE_MUTANTS } from "../../mutants/catalogue/service.ts";
import { SHARD_MUTANTS } from "../../mutants/catalogue/shards.ts";
import type { Mutant } from "../../mutants/mutant.ts";

/** `honoured`: what was not synced is lost at a kill. `firstOnly`: the same, and syncs do nothing. */
export type Layer = "product" | "honoured" | "firstOnly";

/** Groups are two of three members each, as `flotilla up` makes them. What else there is besides. */
export type Beside = { readonly controllers: number; readonly coordinators: number; readonly workers: number };

export type Build = {
  readonly name: string;
  readonly layer: Layer;
  readonly mutant: Mutant | null;
  readonly beside: Beside;
  /** The checks that show it. That such a build is slow to come back, as any may be on a busy machine, proves nothing. */
  readonly shownBy: readonly string[];
};

const named = (mutants: readonly Mutant[], name: string): Mutant => {
  const found = mutants.find((mutant) => mutant.name === name);
  if (found === undefined) throw new RangeError(`there is no mutant ${name}`);
  return found;
};

/** The bugs are in replicas: with fewer processes beside them a machine gets to more faults in the same time. */
const FEW: Beside = { controllers: 1, coordinators: 0, workers: 0 };

/** All that `flotilla up` starts, over files that lose at a kill what was not synced. */
export const SOUND: Build = { name: "sound", layer: "honoured", mutant: null, beside: DEFAULT_SIZE, shownBy: [] };

export const BROKEN_BUILDS: readonly Build[] = [
  { name: "no fsync", layer: "firstOnly", mutant: null, beside: FEW, shownBy: ["linearizable", "exactly once", "members"] },
  {
    ...{ name: "stale reads after a pause", layer: "product", beside: FEW, shownBy: ["linearizable"] },
    mutant: named(READ_MUTANTS, "a leader answers reads without asking whether it still leads"),
  },
  {
    ...{ name: "lost session table", layer: "product", beside: FEW, shownBy: ["linearizable", "exactly once"] },
    mutant: named(SERVICE_MUTANTS, "a request that comes again is executed again"),
  },
  {
    // The shard never arrives, and its keys can't be read.
    ...{ name: "early shard deletion", layer: "product", beside: FEW, shownBy: ["linearizable", "exactly once", "recovery"] },
    mutant: named(SHARD_MUTANTS, "the old copy goes before the receiver serves"),
  },
  {
    ...{ name: "vote not persisted", layer: "honoured", beside: FEW, shownBy: ["linearizable", "exactly once", "members"] },
    mutant: named(ELECTION_MUTANTS, "a term is written down, the vote in it is not"),
  },
];
