// A release is broken only if whoever installed it said that it may be: on a cluster that is shared it may be somebody else's.
import { Trouble } from "../../trouble.ts";
import { EXIT_CODE_OF_VERDICT } from "../verdict.ts";
import type { PodsApi } from "./pods-api.ts";

/** `configMap`: that of the release's chart, which says so. */
export async function demandOptIn(api: Pick<PodsApi, "namespace" | "release" | "isAllowedBy">, configMap: string): Promise<void> {
  if (await api.isAllowedBy(configMap)) return;
  throw new Trouble(
    `release ${api.release} in namespace ${api.namespace} does not allow chaos runs`,
    "if it is yours to break: helm upgrade --reset-then-reuse-values --set chaos.enabled=true; or --without-opt-in",
    EXIT_CODE_OF_VERDICT.unchecked,
  );
}
