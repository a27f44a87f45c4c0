// All workloads by name. The name is what a plan says.
import type { Random } from "../../../core/base/random.ts";
import { AppendWorkload } from "./append.ts";
import { CounterWorkload } from "./counter.ts";
import { GuardedWorkload } from "./guarded.ts";
import { MixedWorkload } from "./mixed.ts";
import { RegisterWorkload } from "./register.ts";
import type { SeenVersions, Workload } from "./workload.ts";

export type WorkloadPorts = {
  readonly random: Random;
  /** How many keys the clients of this workload share. */
  readonly keys: number;
  /** Another one every time, unique in the run. */
  readonly value: () => string;
  readonly versions: SeenVersions;
};

export const WORKLOADS = {
  append: (ports) => new AppendWorkload(ports),
  counter: (ports) => new CounterWorkload(ports),
  guarded: (ports) => new GuardedWorkload(ports),
  mixed: (ports) => new MixedWorkload(ports),
  register: (ports) => new RegisterWorkload(ports),
} as const satisfies Record<string, (ports: WorkloadPorts) => Workload>;

export type WorkloadKind = keyof typeof WORKLOADS;

export const WORKLOAD_KINDS = Object.keys(WORKLOADS) as readonly WorkloadKind[];
