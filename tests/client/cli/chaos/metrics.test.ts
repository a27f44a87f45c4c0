import { ChaosMetrics } from "../../../../client/cli/chaos/metrics.ts";
import type { FaultRecord } from "../../../../client/cli/chaos/rounds.ts";

const RECORD = { fault: "kill", fromMs: 1_000, wholeMs: 3_000, gapMs: 400 } as FaultRecord;

test("the fault that goes on is there, and only while it does", async () => {
  const metrics = new ChaosMetrics();
  expect(await metrics.text()).toContain('flotilla_chaos_faults_total{fault="kill"} 0');
  metrics.fault({ fault: "kill", target: "replica-1-0", isActive: true });
  expect(await metrics.text()).toContain('flotilla_chaos_fault_active{fault="kill",target="replica-1-0"} 1');
  metrics.fault({ fault: "kill", target: "replica-1-0", isActive: false });
  metrics.record(RECORD);
  const text = await metrics.text();
  expect(text).not.toContain('target="replica-1-0"');
  expect(text).toContain('flotilla_chaos_faults_total{fault="kill"} 1');
  expect(text).toContain('flotilla_chaos_gap_seconds_sum{fault="kill"} 0.4');
  expect(text).toContain('flotilla_chaos_recovery_seconds_sum{fault="kill"} 2');
});

test("metrics are served", async () => {
  const server = await new ChaosMetrics().serve(0);
  const { port } = server.address() as { port: number };
  expect(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).toContain("flotilla_chaos_fault_active");
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(404);
  await new Promise((resolve) => server.close(resolve));
});
