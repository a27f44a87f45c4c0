// Every mutant there is, by what it gets wrong.
import type { Mutant } from "../mutant.ts";
import { BIRTH_MUTANTS } from "./birth.ts";
import { CONTROLLER_MUTANTS } from "./controllers.ts";
import { ELECTION_MUTANTS } from "./elections.ts";
import { JOB_MUTANTS } from "./jobs.ts";
import { MEMBERSHIP_MUTANTS } from "./membership.ts";
import { READ_MUTANTS } from "./reads.ts";
import { REPLICATION_MUTANTS } from "./replication.ts";
import { SERVICE_MUTANTS } from "./service.ts";
import { SHARD_MUTANTS } from "./shards.ts";
import { SNAPSHOT_MUTANTS } from "./snapshots.ts";
import { STORAGE_MUTANTS } from "./storage.ts";
import { STORE_MUTANTS } from "./store.ts";
import { STRAIN_MUTANTS } from "./strain.ts";

export const CATALOGUE: readonly Mutant[] = [
  ...ELECTION_MUTANTS,
  ...REPLICATION_MUTANTS,
  ...READ_MUTANTS,
  ...SNAPSHOT_MUTANTS,
  ...STORAGE_MUTANTS,
  ...MEMBERSHIP_MUTANTS,
  ...BIRTH_MUTANTS,
  ...CONTROLLER_MUTANTS,
  ...SERVICE_MUTANTS,
  ...SHARD_MUTANTS,
  ...STORE_MUTANTS,
  ...STRAIN_MUTANTS,
  ...JOB_MUTANTS,
];
