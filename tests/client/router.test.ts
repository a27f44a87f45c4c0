import type { AttemptResult, Transport } from "../../client/http-transport.ts";
import { Router } from "../../client/router.ts";
import { answered, lost, mapOf, refusedWith, ScriptedTransport } from "./scripted-transport.ts";

const [E, F] = ["http://endpoint:1", "http://endpoint:2"];
const ASKED = { origin: E, wish: { shard: 0, wants: "leader" }, tookMs: 1_000 } as const;

function routerOf(maps: readonly AttemptResult[]): { router: Router; transport: ScriptedTransport } {
  const transport = new ScriptedTransport([]);
  transport.maps = [...maps];
  return { router: new Router({ endpoints: [E, F], transport, headers: {} }), transport };
}

const GROUPS = { "1": ["http://a:1"] };

test("one question at a time, for all who need the answer", async () => {
  const { router, transport } = routerOf([mapOf(3, GROUPS)]);
  const outcomes = await Promise.all([router.refresh(), router.refresh(), router.refresh()]);
  expect(outcomes.map(({ kind }) => kind)).toEqual(["done", "done", "done"]);
  expect(transport.mapsAsked).toBe(1);
  router.begin();
  expect(transport.mapsAsked).toBe(1);
});

test("goes on to the next endpoint when one gives no answer, or one that makes no sense", async () => {
  const { router, transport } = routerOf([lost, mapOf(3, GROUPS)]);
  expect((await router.refresh()).kind).toBe("done");
  expect(transport.mapsAsked).toBe(2);
  expect((await routerOf([answered({ number: "three" })]).router.refresh()).kind).toBe("unknown");
});

test("a definite no is not asked again elsewhere", async () => {
  const { router, transport } = routerOf([refusedWith("forbidden")]);
  expect((await router.refresh()).kind).toBe("refused");
  expect(transport.mapsAsked).toBe(1);
});

test.each<{ name: string; result: AttemptResult; tookMs: number; isAvoided: boolean }>([
  { name: "a connection that broke", result: lost, tookMs: 1, isAvoided: true },
  { name: "no majority", result: refusedWith("noQuorum"), tookMs: 1, isAvoided: true },
  { name: "silence for a second", result: { ...lost, outcome: { kind: "unknown", after: "deadline" } }, tookMs: 1_000, isAvoided: true },
  { name: "silence for a moment", result: { ...lost, outcome: { kind: "unknown", after: "deadline" } }, tookMs: 20, isAvoided: false },
  { name: "a shard that moves", result: refusedWith("shardMoving"), tookMs: 1, isAvoided: false },
  { name: "an answer", result: answered({}), tookMs: 1, isAvoided: false },
])("after $name it is avoided: $isAvoided", ({ result, tookMs, isAvoided }) => {
  const { router } = routerOf([]);
  router.learn({ ...ASKED, tookMs }, result);
  expect(router.routes.isAvoided(E, performance.now())).toBe(isAvoided);
});

test("asks for a map when nobody knows the leader", () => {
  const { router, transport } = routerOf([mapOf(3, GROUPS)]);
  router.learn(ASKED, refusedWith("notLeader", F));
  expect(transport.mapsAsked).toBe(0);
  router.learn(ASKED, refusedWith("notLeader"));
  expect(transport.mapsAsked).toBe(1);
});

test("where one member lags behind, another one is asked for the map", async () => {
  const asked: string[] = [];
  const transport: Transport = {
    attempt: ({ endpoint }) => {
      asked.push(endpoint);
      return Promise.resolve(mapOf(endpoint === E ? 3 : 4, GROUPS));
    },
    close: () => Promise.resolve(),
  };
  const router = new Router({ endpoints: [E, F], transport, headers: {} });
  for (let i = 0; i < 2; i++) {
    router.learn(ASKED, answered({}, { configNumber: 4 }));
    await router.refresh();
    await new Promise((resolve) => setTimeout(resolve, 120));
  }
  expect(router.routes.map?.number).toBe(4);
  expect(asked).toEqual([E, F]);
});
