// What alerts say of a cluster that is well and of which nobody wants anything: nothing, not even for much less long than they wait
// before they fire.
import { sleep } from "../integration/test-case.ts";
import type { Prometheus } from "./prometheus.ts";

/** Several of the polls that workers make when there is nothing to do: each is held for five seconds. */
const IDLE_MS = 45_000;
/** A scrape that a busy machine was too slow for is no state of the cluster. */
const AT_A_STRETCH_S = 15;
const POLLS = 'increase(flotilla_http_requests_total{route="/v1/workers/poll"}[30s]) > 0';

/** Call it once the cluster is up, and before anything is asked of it. */
export async function alertsOnIdleCluster(prometheus: Prometheus): Promise<readonly string[]> {
  await sleep(IDLE_MS);
  if ((await prometheus.ask(POLLS, AT_A_STRETCH_S)).length === 0) return ["no worker polls, so that this says nothing of an idle cluster"];
  const alerts = await prometheus.alerts();
  const said = await Promise.all(alerts.map(async ({ name, expr }) => ({ name, series: await prometheus.ask(expr, AT_A_STRETCH_S) })));
  return said.flatMap(({ name, series }) =>
    series
      .filter(({ values }) => values.length > AT_A_STRETCH_S)
      .map(({ labels, values }) => `${name}, on a cluster that is idle and well: ${JSON.stringify(labels)} ${values.at(-1) ?? ""}`),
  );
}
