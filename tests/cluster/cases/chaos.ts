// `flotilla chaos run` as people run it in a cluster: from the Job's template of the chart, with its account and no more rights
// than that has. The verdict is its own.
import { check, eventually } from "../../integration/test-case.ts";
import type { ClusterCase } from "../cluster-case.ts";
import { Release } from "../release.ts";
import { createClaim, FOLDER } from "../shared-claim.ts";

const JOB = "chaos-1";
/** Its five minutes, the load before and the checks behind them, and the start of its pod. */
const DEADLINE_MS = 600_000;

export const chaos: ClusterCase = {
  name: "flotilla chaos run passes, from the Job's template of the chart",
  run: async ({ namespace, say }) => {
    const values = { "chaos.enabled": "true", ...FOLDER };
    const release = await Release.install({ namespace, values, before: createClaim });
    await release.kubectl(["create", "job", JOB, "--from", `cronjob/${Release.fullname}-chaos`]);
    const ended = await eventually("the run ends", () => endOf(release), { deadlineMs: DEADLINE_MS, everyMs: 2_000 });
    const log = await release.kubectl(["logs", `job/${JOB}`, "--tail", "40"]);
    check(ended === "Complete", `it passes:\n${log}`);
    say(log.split("\n").find((line) => line.includes("Passed")) ?? "its log is gone");
    // As the run itself says that one gets it.
    const shown = 'go-template={{ index .data "report.html" }}';
    const page = await release.kubectl(["get", "configmap", `${Release.fullname}-chaos`, "--output", shown]);
    check(page.startsWith("<!doctype html>"), `its page is in the ConfigMap: ${page.slice(0, 200)}`);
    await release.uninstall();
    await release.forget();
  },
};

async function endOf(release: Release): Promise<string | null> {
  const path = `jsonpath={range .status.conditions[?(@.status=="True")]}{.type} {end}`;
  const conditions = (await release.kubectl(["get", "job", JOB, "--output", path])).split(" ");
  return conditions.find((type) => type === "Complete" || type === "Failed") ?? null;
}
