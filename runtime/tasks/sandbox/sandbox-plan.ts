// What a sandbox is started for; plain JSON.
import type { MapPlan } from "../map/mapper-of.ts";
import type { WatchLimits } from "./watch.ts";

export type ReducePlan = {
  readonly kind: "reduce";
  readonly parameters: Readonly<Record<string, string>>;
  readonly skip: readonly number[];
};

export type SandboxPlan = WatchLimits & ({ readonly kind: "map"; readonly map: MapPlan } | ReducePlan);
