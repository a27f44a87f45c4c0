import type { Outcome } from "../../../../core/base/outcome.ts";
import { done } from "../../../../core/base/outcome.ts";
import type { KvInput, KvOutput } from "../../../../core/linearizability/kv-operations.ts";
import { shardOf, SHARDS } from "../../../../core/shards/slots.ts";
import { Pulse } from "../../../../client/cli/chaos/pulse.ts";
import { Timeline } from "../../../../client/cli/chaos/timeline.ts";
import { pause } from "../../../../client/waiting.ts";
import { inFakeTime } from "../../fake-time.ts";

const REST_MS = 200;

const ownersAmong = (groups: number): readonly string[] => Array.from({ length: SHARDS }, (_, shard) => String(shard % groups));

type Asking = { readonly owners: readonly (string | null)[] | null; readonly answer: (input: KvInput) => Promise<Outcome<KvOutput>> };

function pulseOn({ owners, answer }: Asking): { readonly pulse: Pulse; readonly timeline: Timeline } {
  const timeline = new Timeline(performance.now(), () => owners);
  const door = { hasGuards: false, perform: answer, close: () => Promise.resolve() };
  const pulse = new Pulse({ door, prefix: "run/", restMs: REST_MS, owners: () => owners, onTold: (told) => timeline.note(told) });
  return { pulse, timeline };
}

const answered = (): Promise<Outcome<KvOutput>> => Promise.resolve(done({ kind: "absent" }));

test.each([1, 16, 64])("of %i groups each is answered soon after any moment", async (groups) => {
  const silent = await inFakeTime(async () => {
    const { pulse, timeline } = pulseOn({ owners: ownersAmong(groups), answer: answered });
    pulse.start();
    const missing: string[] = [];
    for (let moment = 0; moment < 20; moment++) {
      const sinceMs = performance.now();
      await pause(REST_MS + 77);
      for (const group of new Set(ownersAmong(groups))) if (!timeline.hasServed(group, sinceMs)) missing.push(group);
    }
    await pulse.finish();
    return missing;
  });
  expect(silent).toEqual([]);
});

test("a group that does not answer is asked one question at a time, and the others are asked on", async () => {
  const asked: string[] = [];
  await inFakeTime(async () => {
    let giveUp: (outcome: Outcome<KvOutput>) => void = () => undefined;
    const never = new Promise<Outcome<KvOutput>>((resolve) => (giveUp = resolve));
    const { pulse } = pulseOn({
      owners: ownersAmong(2),
      answer: ({ key }) => {
        const group = String(shardOf(Buffer.from(key)) % 2);
        asked.push(group);
        return group === "1" ? never : answered();
      },
    });
    pulse.start();
    await pause(10 * REST_MS);
    giveUp({ kind: "unknown", after: "deadline" });
    await pulse.finish();
  });
  expect(asked.filter((group) => group === "1")).toHaveLength(1);
  expect(asked.filter((group) => group === "0").length).toBeGreaterThan(5);
});

test("a group's shards are asked by turns, as one of them may be on its way; whoever owns none is not asked", async () => {
  const shards = new Set<number>();
  await inFakeTime(async () => {
    const owners = Array.from({ length: SHARDS }, (_, shard) => (shard < 3 ? "1" : null));
    const { pulse } = pulseOn({ owners, answer: ({ key }) => (shards.add(shardOf(Buffer.from(key))), answered()) });
    pulse.start();
    await pause(10 * REST_MS);
    await pulse.finish();
  });
  expect([...shards].sort()).toEqual([0, 1, 2]);
});

test("as long as nobody knows who owns what, nobody is asked", async () => {
  let asked = 0;
  await inFakeTime(async () => {
    const { pulse } = pulseOn({ owners: null, answer: () => (asked++, answered()) });
    pulse.start();
    await pause(3 * REST_MS);
    await pulse.finish();
  });
  expect(asked).toBe(0);
});
