import fc from "fast-check";
import { asGroup } from "../../../core/base/ids.ts";
import type { Wish } from "../../../core/routing/routes.ts";
import { AVOIDED_MS, Routes } from "../../../core/routing/routes.ts";
import type { RoutedMember, ShardMap } from "../../../core/routing/shard-map.ts";
import { SHARDS } from "../../../core/shards/slots.ts";

const [E, F] = ["http://endpoint:1", "http://endpoint:2"];
const WRITE: Wish = { shard: 0, wants: "leader" };
const READ: Wish = { shard: 0, wants: "anyMember" };

function mapOf(number: number, groups: Readonly<Record<string, readonly RoutedMember[]>>): ShardMap {
  const names = Object.keys(groups);
  const shards = Array.from({ length: SHARDS }, (_, shard) => asGroup(names[shard % names.length] ?? ""));
  return { number, shards, groups: new Map(Object.entries(groups)) };
}

const voter = (http: string): RoutedMember => ({ http, role: "voter" });
const leader = (http: string): RoutedMember => ({ http, role: "leader" });
const GROUP = [voter("http://a:1"), leader("http://b:1"), voter("http://c:1")];

function visits(routes: Routes, wish: Wish, count: number): readonly string[] {
  const tried: string[] = [];
  for (let i = 0; i < count; i++) tried.push(routes.choose(wish, tried, 0));
  return tried;
}

test("without a map goes round the endpoints, in the order in which they were given", () => {
  expect(visits(new Routes([E, `${F}/`, E], 5), WRITE, 5)).toEqual([E, F, E, F, E]);
});

test("writes go to the leader of the shard's group, then to its other members, then to the endpoints", () => {
  const routes = new Routes([E], 0);
  routes.adopt(mapOf(1, { "1": GROUP, "2": [leader("http://z:1")] }));
  expect(visits(routes, WRITE, 5)).toEqual(["http://b:1", "http://a:1", "http://c:1", E, "http://b:1"]);
  expect(routes.choose({ ...WRITE, shard: 1 }, [], 0)).toBe("http://z:1");
});

test("reads of different callers go to different members, and to a learner only if no voter is left", () => {
  const members = [{ http: "http://l:1", role: "learner" as const }, ...GROUP];
  const firsts = [0, 1, 2, 3].map((spread) => {
    const routes = new Routes([E], spread);
    routes.adopt(mapOf(1, { "1": members }));
    expect(visits(routes, READ, 4)[3]).toBe("http://l:1");
    return routes.choose(READ, [], 0);
  });
  expect(firsts).toEqual(["http://a:1", "http://b:1", "http://c:1", "http://a:1"]);
});

test("a shard of nobody, and what belongs to no shard, go to anybody", () => {
  const routes = new Routes([E], 0);
  routes.adopt({ ...mapOf(1, { "1": GROUP }), shards: Array(SHARDS).fill(null) });
  expect(visits(routes, WRITE, 4)).toEqual([E, "http://a:1", "http://b:1", "http://c:1"]);
  expect(visits(routes, { shard: null, wants: "anyMember" }, 2)).toEqual([E, "http://a:1"]);
});

test("a leader that was named is the leader of that group only, with and without a map", () => {
  const routes = new Routes([E], 0);
  routes.leaderNamed(WRITE, "http://named:1");
  expect([routes.choose(WRITE, [], 0), routes.choose(READ, [], 0)]).toEqual(["http://named:1", E]);
  routes.adopt(mapOf(1, { "1": GROUP, "2": [voter("http://y:1"), voter("http://z:1")] }));
  routes.leaderNamed({ ...WRITE, shard: 1 }, "http://z:1");
  expect(routes.choose(WRITE, [], 0)).toBe("http://b:1");
  expect(routes.choose({ ...WRITE, shard: 1 }, [], 0)).toBe("http://z:1");
});

test("a map that doesn't know who leads a group takes nothing back, unless the leader is gone", () => {
  const routes = new Routes([E], 0);
  const members = [voter("http://y:1"), voter("http://z:1")];
  routes.adopt(mapOf(1, { "1": members }));
  routes.leaderNamed(WRITE, "http://z:1");
  routes.adopt(mapOf(2, { "1": members }));
  expect(routes.choose(WRITE, [], 0)).toBe("http://z:1");
  routes.adopt(mapOf(3, { "1": [voter("http://x:1")] }));
  expect(routes.choose(WRITE, [], 0)).toBe("http://x:1");
});

test("an older map is not taken over, one of the same number is", () => {
  const routes = new Routes([E], 0);
  expect(routes.adopt(mapOf(5, { "1": [leader("http://a:1")] }))).toBe(true);
  expect(routes.adopt(mapOf(4, { "1": [leader("http://b:1")] }))).toBe(false);
  expect(routes.choose(WRITE, [], 0)).toBe("http://a:1");
  expect(routes.adopt(mapOf(5, { "1": [leader("http://b:1")] }))).toBe(true);
  expect(routes.choose(WRITE, [], 0)).toBe("http://b:1");
});

test("who gave no answer comes last for a while, longer each time, until it answers", () => {
  const routes = new Routes([E, F], 0);
  routes.avoid(E, 0);
  routes.avoid(E, 1); // the same silence, seen by another call
  expect(routes.choose(WRITE, [], AVOIDED_MS.first - 1)).toBe(F);
  expect(routes.choose(WRITE, [F], AVOIDED_MS.first - 1)).toBe(F);
  expect(routes.choose(WRITE, [], AVOIDED_MS.first)).toBe(E);
  routes.avoid(E, 5_000);
  expect(routes.isAvoided(E, 5_000 + 2 * AVOIDED_MS.first - 1)).toBe(true);
  for (let i = 1; i < 10; i++) routes.avoid(E, 100_000 * i);
  expect(routes.isAvoided(E, 900_000 + AVOIDED_MS.longest)).toBe(false);
  routes.answered(E, { group: null, term: null, configNumber: null });
  routes.avoid(E, 2_000_000);
  expect(routes.isAvoided(E, 2_000_000 + AVOIDED_MS.first)).toBe(false);
});

test("if nobody answers, everybody is asked in turn", () => {
  const routes = new Routes([E, F], 0);
  routes.avoid(E, 0);
  routes.avoid(F, 0);
  expect(visits(routes, WRITE, 4)).toEqual([E, F, E, F]);
});

test("answers tell when what is known is out of date: a newer configuration, or a new term of a group", () => {
  const routes = new Routes([E], 0);
  routes.adopt(mapOf(2, { "1": GROUP }));
  const answer = (term: number | null, configNumber: number | null): string => routes.answered(E, { group: "1", term, configNumber });
  expect(answer(4, 2)).toBe("current");
  expect(answer(4, 3)).toBe("outdated");
  expect(answer(null, null)).toBe("current");
  expect(answer(3, 1)).toBe("current");
  expect(answer(5, 2)).toBe("outdated");
  expect(routes.choose(WRITE, [], 0)).toBe("http://a:1"); // who leads the new term is not known
  expect(answer(5, 2)).toBe("current");
});

test.each([{ endpoints: [] }, { endpoints: ["nonsense"] }, { endpoints: ["ftp://a"] }])(
  "$endpoints is nowhere to begin",
  ({ endpoints }) => {
    expect(() => new Routes(endpoints, 0)).toThrow(RangeError);
  },
);

const host = fc.integer({ min: 0, max: 9 }).map((n) => `http://host-${n}:1`);
const step = fc.oneof(
  fc.record({ kind: fc.constant("avoid" as const), origin: host }),
  fc.record({ kind: fc.constant("answered" as const), origin: host, term: fc.nat(5), configNumber: fc.nat(5) }),
  fc.record({ kind: fc.constant("leader" as const), origin: host }),
  fc.record({ kind: fc.constant("map" as const), number: fc.nat(5), origins: fc.uniqueArray(host, { minLength: 1, maxLength: 5 }) }),
);

test("whatever was learnt, an endpoint is asked before anybody is asked twice who answers, and the map never gets older", () => {
  const history = fc.array(step, { maxLength: 30 });
  fc.assert(
    fc.property(history, fc.nat(20), (steps, spread) => {
      const routes = new Routes([E], spread);
      let [nowMs, newest] = [0, -1];
      for (const each of steps) {
        nowMs += 100;
        if (each.kind === "avoid") routes.avoid(each.origin, nowMs);
        else if (each.kind === "answered") routes.answered(each.origin, { group: "1", ...each });
        else if (each.kind === "leader") routes.leaderNamed(WRITE, each.origin);
        else routes.adopt(mapOf(each.number, { "1": each.origins.map(voter) }));
        if (each.kind === "map") newest = Math.max(newest, each.number);
        expect(routes.map?.number ?? -1).toBe(newest);
      }
      const tried: string[] = [];
      while (!tried.includes(E)) {
        const next = routes.choose(WRITE, tried, nowMs);
        expect(tried).not.toContain(next);
        tried.push(next);
      }
    }),
  );
});
