// All workloads by name. The name is what a plan says.
import type { Random } from "../../../core/base/random.ts";
import { AppendWorkload } from "./append.ts";
import { CounterWorkload } from "./counter.ts";
import { GuardedWorkload } from "./guarded.ts";
import { MixedWorkload } from "./mixed.ts";
import { RegisterWorkload } from "./register.ts";
import type { SeenVersions, Workload } from "./workload.ts";

export type WorkloadKind = "append" | "counter" | "guarded" | "mixed" | "register";

export type WorkloadPorts = {
  readonly random: Random;
  /** One of the few keys that clients of this workload share. */
  readonly key: (workload: WorkloadKind) => string;
  /** Another one every time, unique in the run. */
  readonly value: () => string;
  readonly versions: SeenVersions;
};

export const WORKLOADS = {
  append: (ports: WorkloadPorts) => new AppendWorkload(ports),
  counter: (ports: WorkloadPorts) => new CounterWorkload(ports),
  guarded: (ports: WorkloadPorts) => new GuardedWorkload(ports),
  mixed: (ports: WorkloadPorts) => new MixedWorkload(ports),
  register: (ports: WorkloadPorts) => new RegisterWorkload(ports),
} as const satisfies Record<WorkloadKind, (ports: WorkloadPorts) => Workload>;

export const WORKLOAD_KINDS = Object.keys(WORKLOADS) as readonly WorkloadKind[];
