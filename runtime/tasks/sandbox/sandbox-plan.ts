// What a sandbox is started for; plain JSON.
import type { MapPlan } from "../map/mapper-of.ts";

export type ReducePlan = {
  readonly kind: "reduce";
  readonly parameters: Readonly<Record<string, string>>;
  readonly skip: readonly number[];
};

export type SandboxPlan = { readonly kind: "map"; readonly map: MapPlan } | ReducePlan;
