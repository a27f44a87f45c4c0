// A bit of a value in one member's memory flips. That member finds it, serves nobody, says so wherever one would look, and comes
// back with the right value; the others never notice. Once for a follower, once for the leader.
import { KvClient } from "../../../client/kv-client.ts";
import { ALTERABLE_KEY } from "../replica-with-alterable-memory.ts";
import type { TestCase } from "../test-case.ts";
import { check, eventually } from "../test-case.ts";
import { TestCluster } from "../test-cluster.ts";

const VALUE = "as it was put";
const FOUND_MS = 10_000;
const REBUILT_MS = 15_000;

export const alteredMemory: TestCase = {
  name: "a value that is altered in one member's memory is found, told and mended",
  run: async ({ directory, say }) => {
    const cluster = await TestCluster.create({ directory, layer: "alterableMemory" });
    const client = new KvClient({ endpoints: cluster.group.origins, deadlineMs: 20_000 });
    try {
      cluster.startAll();
      check((await client.put(ALTERABLE_KEY, VALUE)).kind === "done", "the value is written");
      await cluster.untilWhole();
      const leader = await cluster.untilLeader();
      const follower = cluster.ordinals.find((ordinal) => ordinal !== leader.ordinal) ?? 0;
      for (const ordinal of [follower, leader.ordinal]) say(`replica ${ordinal}: ${await alterAndSeeMended(cluster, ordinal)}`);
      check((await client.put("more", "x")).kind === "done", "the group serves");
      cluster.checkNobodyEnded();
    } finally {
      await client.close();
      await cluster.stop();
    }
  },
};

async function alterAndSeeMended(cluster: TestCluster, ordinal: number): Promise<string> {
  const { origin } = cluster.replica(ordinal);
  await eventually("it is ready", async () => (await textAt(origin, "/readyz")).ok || null, { deadlineMs: REBUILT_MS });
  const startMs = performance.now();
  cluster.replica(ordinal).signal("SIGUSR2");
  const unready = await eventually(
    `/readyz of replica ${ordinal} says that its state differs`,
    async () => {
      const { ok, text } = await textAt(origin, "/readyz");
      return !ok && text.includes("altered in memory") ? text : null;
    },
    { deadlineMs: FOUND_MS },
  );
  const foundMs = Math.round(performance.now() - startMs);
  check(unready.includes("diverged"), `/readyz names the state: ${unready}`);
  const read = await textAt(origin, `/v1/kv/${ALTERABLE_KEY}?consistency=stale`);
  check(!read.ok || read.text.includes(VALUE), `what was found is not served, not even stale: ${read.text}`);
  const metrics = (await textAt(origin, "/metrics")).text;
  check(/flotilla_failures_total\{cause="divergence"\} 1\b/.test(metrics), "the metrics count the failure");
  check((await cluster.untilLogged(ordinal, "divergenceFound")).length === 1, "the log says so, once");
  await eventually("it serves again", async () => (await textAt(origin, "/readyz")).ok || null, { deadlineMs: REBUILT_MS });
  const again = await textAt(origin, `/v1/kv/${ALTERABLE_KEY}?consistency=stale`);
  check(again.ok && again.text.includes(VALUE), `it has the right value again: ${again.text}`);
  check((await cluster.untilLogged(ordinal, "divergenceEnded")).length === 1, "the log says that it is over");
  return `found after ${foundMs} ms, serves again after ${Math.round(performance.now() - startMs)} ms`;
}

async function textAt(origin: string, path: string): Promise<{ readonly ok: boolean; readonly text: string }> {
  const response = await fetch(`${origin}${path}`);
  return { ok: response.ok, text: await response.text() };
}
