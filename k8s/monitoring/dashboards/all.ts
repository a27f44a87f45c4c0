// Every dashboard, by the name of its file. One more is one more line.
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { chaos } from "./chaos.ts";
import { jobs } from "./jobs.ts";
import { nodeRuntime } from "./node-runtime.ts";
import { overview } from "./overview.ts";
import { raft } from "./raft.ts";
import { store } from "./store.ts";

export const DASHBOARDS: Readonly<Record<string, Dashboard>> = { overview, raft, store, jobs, "node-runtime": nodeRuntime, chaos };

/** As it lies in the chart. */
export function fileOf(dashboard: Dashboard): string {
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}
