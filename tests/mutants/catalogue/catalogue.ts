// Every mutant there is, by what it gets wrong.
import type { Mutant } from "../mutant.ts";
import { ELECTION_MUTANTS } from "./elections.ts";
import { REPLICATION_MUTANTS } from "./replication.ts";

export const CATALOGUE: readonly Mutant[] = [...ELECTION_MUTANTS, ...REPLICATION_MUTANTS];
