// Builds that must not pass: each has a bug that a real system has shipped, and the faults under which it shows. The table in
// docs/chaos.md names them all.
import type { FaultName, Role } from "../../../client/cli/chaos/faults.ts";
import { ELECTION_MUTANTS } from "../../mutants/catalogue/elections.ts";
import { READ_MUTANTS } from "../../mutants/catalogue/reads.ts";
import { SERVICE_MUTANTS } from "../../mutants/catalogue/service.ts";
import { SHARD_MUTANTS } from "../../mutants/catalogue/shards.ts";
import type { Mutant } from "../../mutants/mutant.ts";

/** `honoured`: what was not synced is lost at a kill. `firstOnly`: the same, and syncs do nothing. `slow`: honoured, and syncs begin late. */
export type Layer = "product" | "honoured" | "firstOnly" | "slow";

export type Build = {
  readonly name: string;
  readonly layer: Layer;
  readonly mutant: Mutant | null;
  readonly groups: number;
  /** Of each group. Some bugs need many groups rather than many members. */
  readonly replicas: number;
  readonly faults: readonly FaultName[];
  readonly roles: readonly Role[];
  readonly mayTakeQuorum: boolean;
  /** The checks that show it. That such a build is slow to come back, as any may be on a busy machine, proves nothing. */
  readonly shownBy: readonly string[];
};

const named = (mutants: readonly Mutant[], name: string): Mutant => {
  const found = mutants.find((mutant) => mutant.name === name);
  if (found === undefined) throw new RangeError(`there is no mutant ${name}`);
  return found;
};

export const WITHOUT_FSYNC: Build = {
  ...{ name: "no fsync", layer: "firstOnly", mutant: null, groups: 1, replicas: 3 },
  ...{ faults: ["powerLoss"], roles: ["leader"], mayTakeQuorum: true, shownBy: ["linearizable", "exactly once", "members"] },
};

/** The same faults over the same files, whose syncs are honoured. */
export const SOUND: Build = {
  ...WITHOUT_FSYNC,
  name: "sound",
  layer: "honoured",
  faults: ["powerLoss", "kill", "pause", "depose", "cutOff", "lostElection"],
};

export const BROKEN_BUILDS: readonly Build[] = [
  WITHOUT_FSYNC,
  {
    ...{ name: "stale reads after a pause", layer: "product", groups: 1, replicas: 3 },
    mutant: named(READ_MUTANTS, "a leader answers reads without asking whether it still leads"),
    ...{ faults: ["cutOff"], roles: ["leader"], mayTakeQuorum: true, shownBy: ["linearizable"] },
  },
  {
    ...{ name: "lost session table", layer: "product", groups: 1, replicas: 3 },
    mutant: named(SERVICE_MUTANTS, "a request that comes again is executed again"),
    ...{ faults: ["depose", "kill"], roles: ["leader"], mayTakeQuorum: false, shownBy: ["linearizable", "exactly once"] },
  },
  {
    ...{ name: "early shard deletion", layer: "product", groups: 2, replicas: 1 },
    mutant: named(SHARD_MUTANTS, "the old copy goes before the receiver serves"),
    ...{ faults: ["move"], roles: ["leader"], mayTakeQuorum: true, shownBy: ["linearizable", "exactly once", "recovery"] },
  },
  {
    ...{ name: "vote not persisted", layer: "slow", groups: 1, replicas: 3 },
    mutant: named(ELECTION_MUTANTS, "a term is written down, the vote in it is not"),
    ...{ faults: ["lostElection"], roles: ["leader"], mayTakeQuorum: true, shownBy: ["linearizable", "exactly once", "members"] },
  },
];
