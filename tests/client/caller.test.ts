import { CallBudget } from "../../client/call-budget.ts";
import { KvClient } from "../../client/kv-client.ts";
import type { AttemptResult, HttpAttempt } from "../../client/http-transport.ts";
import { unknown } from "../../core/base/outcome.ts";
import { inFakeTime } from "./fake-time.ts";
import { answered, lost, mapOf, refusedWith, ScriptedTransport, silent, unreachable } from "./scripted-transport.ts";

const [E, A, B, C, D] = ["http://endpoint:1", "http://a:1", "http://b:1", "http://c:1", "http://d:1"];
const WRITTEN = answered({ version: 1, revision: 5 });
const FOUND = answered({ value: "MQ==", version: 1, revision: 5 });
const GROUPS = { "1": [A, B, C] };

/** Which member a client reads from is left to chance; here it is the first. */
beforeEach(() => void jest.spyOn(Math, "random").mockReturnValue(0));
afterEach(() => void jest.restoreAllMocks());

/** Knows the map before the first call. */
async function clientWith(script: readonly AttemptResult[], maps: readonly AttemptResult[] = [mapOf(1, GROUPS)], deadlineMs = 400) {
  const transport = new ScriptedTransport(script);
  transport.maps = [...maps];
  const client = new KvClient({ endpoints: [E], deadlineMs, transport });
  await client.reach();
  return { client, transport };
}

async function timed<T>(run: () => Promise<T>): Promise<{ readonly result: T; readonly tookMs: number }> {
  const startMs = performance.now();
  return { result: await run(), tookMs: performance.now() - startMs };
}

test("a write goes to the leader of its group, a read to any of its members", async () => {
  const { client, transport } = await clientWith([WRITTEN, FOUND]);
  await client.put("k", "v");
  await client.get("k");
  expect(transport.asked[0]).toBe(A);
  expect([A, B, C]).toContain(transport.asked[1]);
});

test.each<{ name: string; script: readonly AttemptResult[]; asked: readonly string[] }>([
  { name: "another leader is named", script: [refusedWith("notLeader", C), WRITTEN], asked: [A, C] },
  {
    name: "two name each other, and one gives in",
    script: [refusedWith("notLeader", B), refusedWith("notLeader", A), WRITTEN],
    asked: [A, B, A],
  },
  { name: "nobody knows a leader", script: [refusedWith("notLeader"), WRITTEN], asked: [A, B] },
  { name: "the leader names itself", script: [refusedWith("notLeader", A), WRITTEN], asked: [A, B] },
  { name: "the leader can't be reached", script: [unreachable, WRITTEN], asked: [A, B] },
  { name: "the dead leader is named by its followers", script: [unreachable, refusedWith("notLeader", A), WRITTEN], asked: [A, B, C] },
  { name: "the answer is lost", script: [lost, WRITTEN], asked: [A, B] },
  { name: "there is no majority", script: [refusedWith("noQuorum"), WRITTEN], asked: [A, B] },
  { name: "leadership is handed over", script: [refusedWith("transferring"), WRITTEN], asked: [A, B] },
  { name: "the member is overloaded", script: [refusedWith("overloaded"), WRITTEN], asked: [A, A] },
  { name: "no member can be reached", script: [unreachable, unreachable, unreachable, WRITTEN], asked: [A, B, C, E] },
])("a write when $name", async ({ script, asked }) => {
  const { client, transport } = await clientWith(script);
  expect((await client.put("k", "v")).kind).toBe("done");
  expect(transport.asked).toEqual(asked);
  expect(new Set(transport.attempts.map(({ headers }) => headers["flotilla-serial"]))).toEqual(new Set(["1"]));
});

test("a leader that was named is remembered for later writes", async () => {
  const { client, transport } = await clientWith([refusedWith("notLeader", C), WRITTEN, WRITTEN]);
  await client.put("k", "v");
  await client.put("k", "w");
  expect(transport.asked).toEqual([A, C, C]);
});

test("who can't be reached is not asked again by the next calls", async () => {
  const { client, transport } = await clientWith([unreachable, WRITTEN, WRITTEN]);
  await client.put("k", "v");
  await client.put("k", "w");
  expect(transport.asked).toEqual([A, B, B]);
});

test.each(["wrongShard", "shardMoving"] as const)("after %s the map is asked for again, and the owner that it names", async (code) => {
  const { client, transport } = await clientWith([refusedWith(code), WRITTEN], [mapOf(1, GROUPS), mapOf(2, { "2": [D] })], 2_000);
  // The map was asked for a moment ago; it is not asked for again at once.
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect((await client.put("k", "v")).kind).toBe("done");
  expect(transport.asked).toEqual([A, D]);
  expect(transport.mapsAsked).toBe(2);
});

test("a shard that moves for longer than the deadline is refused: it certainly did not happen", async () => {
  const { client, transport } = await clientWith(Array<AttemptResult>(1_000).fill(refusedWith("shardMoving")));
  expect(await client.put("k", "v")).toMatchObject({ kind: "refused", refusal: { code: "shardMoving" } });
  expect(transport.attempts.length).toBeGreaterThan(2);
  expect(transport.attempts.length).toBeLessThan(20);
});

test("once without an answer, a shard that moves leaves it unknown", async () => {
  const { client } = await clientWith([lost, ...Array<AttemptResult>(1_000).fill(refusedWith("shardMoving"))]);
  expect(await client.put("k", "v")).toEqual(unknown("deadline"));
});

test("an answer with a newer configuration or a newer term brings a new map, and nobody waits for it", async () => {
  const moved = [answered({ version: 1, revision: 1 }, { configNumber: 2 }), WRITTEN];
  const { client, transport } = await clientWith(moved, [mapOf(1, GROUPS), mapOf(2, { "2": [D] })]);
  await new Promise((resolve) => setTimeout(resolve, 150));
  await client.put("k", "v");
  await new Promise((resolve) => setTimeout(resolve, 5));
  await client.put("k", "w");
  expect(transport.asked).toEqual([A, D]);
});

test("an overloaded member is given the time that it asks for", async () => {
  const { client } = await clientWith([refusedWith("overloaded", null, 200), WRITTEN], [mapOf(1, GROUPS)], 2_000);
  const { tookMs } = await timed(() => client.put("k", "v"));
  expect(tookMs).toBeGreaterThanOrEqual(195);
});

test("a redirect costs no pause", async () => {
  const { client } = await clientWith([refusedWith("notLeader", B), refusedWith("notLeader", C), WRITTEN]);
  const pauses = jest.spyOn(CallBudget.prototype, "pause");
  expect((await client.put("k", "v")).kind).toBe("done");
  expect(pauses).not.toHaveBeenCalled();
});

test("a broken cluster is not asked at full speed, however many calls there are", async () => {
  const { client, transport } = await clientWith(Array<AttemptResult>(100_000).fill(refusedWith("noQuorum")));
  await Promise.all(Array.from({ length: 200 }, (_, i) => client.put(`k${i}`, "v", { deadlineMs: 1_000 })));
  // First attempts, a burst of retries, and what the budget allows in a second.
  expect(transport.attempts.length).toBeLessThanOrEqual(200 + 500 + 550);
});

test("the server is told a shorter deadline than the one who waits keeps, and never a longer one than the call has", async () => {
  const { client, transport } = await clientWith([FOUND, FOUND]);
  await client.get("k", { deadlineMs: 30_000 });
  await client.get("k", { deadlineMs: 100 });
  expect(transport.attempts[0]).toMatchObject({ timeoutMs: 1_000, headers: { "flotilla-deadline-ms": "900" } });
  expect(transport.attempts[1]?.timeoutMs).toBeLessThanOrEqual(100);
});

/** Over a link on which an answer takes so long to come. */
class SlowTransport extends ScriptedTransport {
  readonly #neededMs: number;

  constructor(neededMs: number, script: readonly AttemptResult[]) {
    super(script);
    this.#neededMs = neededMs;
  }

  override async attempt(attempt: HttpAttempt): Promise<AttemptResult> {
    await new Promise((resolve) => setTimeout(resolve, Math.min(this.#neededMs, attempt.timeoutMs)));
    return attempt.timeoutMs < this.#neededMs ? silent : super.attempt(attempt);
  }
}

test("what takes longer than an attempt is given more time, and comes", async () => {
  const { result, tookMs } = await inFakeTime(async () => {
    const client = new KvClient({ endpoints: [A, B, C], deadlineMs: 10_000, transport: new SlowTransport(1_500, [FOUND]) });
    const found = await timed(() => client.get("k"));
    await client.close();
    return found;
  });
  expect(result.kind).toBe("done");
  expect(tookMs).toBeLessThan(4_000);
});

test.each<{ name: string; script: readonly AttemptResult[]; timeouts: readonly number[] }>([
  { name: "one that is silent may be gone, so the next has no more time", script: [silent, FOUND], timeouts: [1_000, 1_000] },
  { name: "after each more it is twice the time", script: [silent, silent, silent, FOUND], timeouts: [1_000, 1_000, 2_000, 4_000] },
  {
    name: "whoever says that it was out of time is not silent",
    script: [silent, { ...refusedWith("noQuorum"), outcome: unknown("deadline") }, refusedWith("noQuorum"), FOUND],
    timeouts: [1_000, 1_000, 1_000, 1_000],
  },
  { name: "a connection that is lost says nothing about time", script: [lost, lost, lost, FOUND], timeouts: [1_000, 1_000, 1_000, 1_000] },
])("$name", async ({ script, timeouts }) => {
  const { client, transport } = await clientWith(script, [mapOf(1, GROUPS)], 30_000);
  expect((await client.get("k")).kind).toBe("done");
  expect(transport.attempts.map(({ timeoutMs }) => timeoutMs)).toEqual(timeouts);
});
