import type { Check } from "../../../runtime/http/health.ts";
import { Metrics } from "../../../runtime/metrics.ts";
import { rolloutMetrics } from "../../../runtime/replica/rollout-metrics.ts";

test("each check that is not ok keeps a rollout waiting, and so does a hold; all reasons are there from the start", async () => {
  const metrics = new Metrics({ service: "replica", version: "0" });
  let checks: readonly Check[] = [
    { name: "group", ok: true, message: "" },
    { name: "vote", ok: false, message: "still catching up" },
  ];
  const tellHeld = rolloutMetrics(metrics, () => checks);
  const blocked = async (): Promise<readonly string[]> => {
    const said = (await metrics.text()).matchAll(/^flotilla_rollout_blocked\{reason="(\w+)"\} (\d)$/gm);
    return [...said].map(([, reason, value]) => `${reason} ${value}`);
  };
  expect(await blocked()).toEqual(["hold 0", "group 0", "vote 1"]);
  checks = checks.map((check) => ({ ...check, ok: true }));
  tellHeld(true);
  expect(await blocked()).toEqual(["hold 1", "group 0", "vote 0"]);
  tellHeld(false);
  expect(await blocked()).toEqual(["hold 0", "group 0", "vote 0"]);
});
