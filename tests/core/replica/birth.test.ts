import { asCluster, asGroup, asIndex, asMember } from "../../../core/base/ids.ts";
import { Random } from "../../../core/base/random.ts";
import { foundingMembership } from "../../../core/raft/membership.ts";
import { Birth } from "../../../core/replica/birth.ts";
import type { BirthEffect } from "../../../core/replica/birth.ts";
import type { BirthBody, BirthMessage } from "../../../core/replica/birth-messages.ts";
import type { BirthOptions } from "../../../core/replica/birth-state.ts";
import { DEFAULT_BIRTH_TIMING } from "../../../core/replica/birth-state.ts";
import { foundingOf } from "../../../core/replica/identity.ts";
import type { FoundingRecord, Identity } from "../../../core/replica/identity.ts";
import { BirthWorld, GROUP, placeAt } from "./birth-world.ts";
import type { PlaceState, World } from "./birth-world.ts";
import { PartNumbers } from "./part-numbers.ts";

const EAGER = { askEveryTicks: 1, silentTicks: 2, hintTicks: 20 };
const PLACES = [placeAt(0), placeAt(1), placeAt(2)];
const FRESH = { member: asMember("fresh"), cluster: asCluster("fresh-cluster") };
const FOUNDING: FoundingRecord = {
  cluster: asCluster("c"),
  group: GROUP,
  members: PLACES.map((place) => ({ member: asMember(`m${place.ordinal}`), place })),
};

const optionsAt = (ordinal: number, changes: Partial<BirthOptions> = {}): BirthOptions => ({
  group: GROUP,
  self: placeAt(ordinal),
  places: PLACES,
  cluster: null,
  boot: 1,
  timing: DEFAULT_BIRTH_TIMING,
  ...changes,
});

const born = (ordinal: number): Identity => ({ kind: "born", member: asMember(`m${ordinal}`), group: GROUP, ordinal, founding: FOUNDING });
const start = (birth: Birth, identity: Identity | null): readonly BirthEffect[] => birth.step({ kind: "started", identity, fresh: FRESH });
const kinds = (effects: readonly BirthEffect[]): readonly string[] => effects.map(({ kind }) => kind);

const clustersOn = (world: World): readonly string[] => [
  ...new Set(world.places.flatMap(({ disk }) => (disk === null ? [] : [foundingOf(disk)?.cluster ?? "none"]))),
];

describe("one member", () => {
  test("says nothing before its id is durable", () => {
    const birth = new Birth(optionsAt(1), undefined);
    expect(kinds(start(birth, null))).toEqual(["saveIdentity", "wait"]);
    const ask = { asker: asMember("other"), boot: 1, sequence: 1 };
    const asked = { kind: "message", message: { group: GROUP, from: placeAt(0), body: { kind: "ask", ask, places: 3 } } } as const;
    expect(birth.step(asked)).toEqual([]);
    expect(kinds(birth.step({ kind: "identitySaved" }))).toEqual(["send", "send", "wait"]);
    expect(birth.step(asked)[0]).toMatchObject({ kind: "send", message: { body: { kind: "answer", ask, identity: { kind: "unborn" } } } });
  });

  test("of a born group starts at once, without asking leave", () => {
    expect(start(new Birth(optionsAt(1)), born(1))).toContainEqual({
      kind: "become",
      member: "m1",
      founding: FOUNDING,
      membership: foundingMembership(FOUNDING.members),
    });
  });

  test.each([
    {
      name: "another group",
      options: { group: asGroup("2") },
      says: "the data directory belongs to group 1, the configuration says group 2",
    },
    {
      name: "another place",
      options: { self: placeAt(2) },
      says: "the data directory belongs to ordinal 1, the configuration says ordinal 2",
    },
    {
      name: "another cluster",
      options: { cluster: asCluster("d") },
      says: "the data directory belongs to cluster c, the configuration says cluster d",
    },
  ])("refuses the directory of $name", ({ options, says }) => {
    expect(start(new Birth(optionsAt(1, options)), born(1))).toEqual([{ kind: "refuse", message: says }]);
  });

  test("turns away who belongs to another group", () => {
    const birth = new Birth(optionsAt(1));
    start(birth, born(1));
    const ask = { asker: asMember("other"), boot: 1, sequence: 1 };
    const effects = birth.step({
      kind: "message",
      message: { group: asGroup("9"), from: placeAt(0), body: { kind: "ask", ask, places: 3 } },
    });
    expect(effects).toMatchObject([{ kind: "send", message: { body: { kind: "turnedAway", why: "this is group 1, not group 9" } } }]);
  });

  test("alone in its group is born at once", () => {
    const world = new BirthWorld(1, EAGER);
    const settled = world.settle(world.begin(), 3);
    expect(settled.places[0]?.disk).toMatchObject({ kind: "born", founding: { cluster: "c0.0" } });
    expect(settled.served).toEqual(["c0.0"]);
  });
});

describe("a group", () => {
  test("is founded when every place is blank, and only once", () => {
    const world = new BirthWorld(3, EAGER);
    const settled = world.settle(world.begin(), 10);
    expect(settled.places.map(({ disk }) => disk?.kind)).toEqual(["born", "born", "born"]);
    expect(settled.founded).toEqual(["c0.0"]);
    expect([0, 1, 2].map((at) => world.waiting(settled, at)?.reasons)).toEqual([[], [], []]);
  });

  test("waits for a place that does not answer, and says for which", () => {
    const world = new BirthWorld(3, EAGER);
    const waiting = run(world, world.begin(), { places: [0, 1], rounds: 30 });
    expect(waiting.founded).toEqual([]);
    expect(world.waiting(waiting, 0)?.reasons).toEqual(["place 2 (10.0.0.2:7401) does not answer"]);
    expect(world.waiting(waiting, 0)?.recovery).toContain("flotilla group recover 1");
    expect(world.settle(waiting, 10).served).toEqual(["c0.0"]);
  });

  test("takes a wiped member back as a newcomer of its place", () => {
    const world = new BirthWorld(3, EAGER);
    const before = world.settle(world.begin(), 10);
    const after = world.settle(world.wipe(before, 0), 10);
    expect(after.founded).toEqual(["c0.0"]);
    expect(after.places[0]?.disk).toMatchObject({ kind: "adopted", member: "m0.1", founding: { cluster: "c0.0" } });
    expect(world.isMember(after, 0)).toBe(true);
    expect(after.groups["c0.0"]?.voters).toEqual(["m1.0", "m2.0", "m0.1"]);
    expect(after.groups["c0.0"]?.removed).toEqual(["m0.0"]);
  });

  test("two of three wiped while the third is down: none is founded, and the way out is said", () => {
    const world = new BirthWorld(3, EAGER);
    const before = world.crash(world.settle(world.begin(), 10), 2, false);
    const down = run(world, world.wipe(world.wipe(before, 0), 1), { places: [0, 1], rounds: 40 });
    expect(down.founded).toEqual(["c0.0"]);
    expect(down.places.map(({ disk }) => disk?.kind)).toEqual(["unborn", "unborn", "born"]);
    expect(world.waiting(down, 0)?.recovery).toContain("flotilla group recover 1");
    const back = world.settle(down, 20);
    expect(back.founded).toEqual(["c0.0"]);
    expect([0, 1, 2].map((at) => world.isMember(back, at))).toEqual([false, false, true]);
    for (const at of [0, 1, 2]) {
      expect(world.waiting(back, at)?.recovery).toContain("group 1 has no quorum: 2 of 3 voting members are lost or out of reach");
    }
  });

  test("never runs while a place is without the record, so that its loss can't be overlooked", () => {
    const world = new BirthWorld(3, EAGER);
    let now = run(world, world.begin(), { places: [0, 1, 2], rounds: 3, until: (state) => state.founded.length > 0 });
    now = run(world, world.crash(now, 2, false), { places: [0, 1], rounds: 30 });
    expect(now.places.map(({ disk }) => disk?.kind)).toEqual(["adopted", "adopted", "unborn"]);
    expect(now.served).toEqual([]);
    expect(world.waiting(now, 0)?.reasons).toEqual(["founding is not complete", "place 2 (10.0.0.2:7401) does not answer"]);
    expect(world.settle(now, 10).served).toEqual(["c0.0"]);
  });
});

describe("foreign neighbours", () => {
  test("of two clusters around a blank member: it joins neither", () => {
    const birth = new Birth(optionsAt(0), undefined);
    start(birth, null);
    const effects = birth.step({ kind: "identitySaved" });
    const other: Identity = { ...born(2), founding: { ...FOUNDING, cluster: asCluster("d") } } as Identity;
    const replies = effects.flatMap((effect) => answerTo(effect, effect.kind === "send" && effect.to.ordinal === 1 ? born(1) : other));
    const last = replies.flatMap((message) => birth.step({ kind: "message", message }));
    // The first answer alone is enough to adopt: that is why only one record can ever be held.
    expect(last.filter(({ kind }) => kind === "saveIdentity")).toMatchObject([
      { identity: { kind: "adopted", founding: { cluster: "c" } } },
    ]);
    birth.step({ kind: "identitySaved" });
    const waiting = birth.state.waiting.reasons.join("\n");
    expect(waiting).toContain("place 2 (10.0.0.2:7401) belongs to cluster d, this data directory to cluster c");
  });

  test("of an unwanted cluster are not joined", () => {
    const birth = new Birth(optionsAt(0, { cluster: asCluster("wanted") }));
    start(birth, null);
    const replies = birth.step({ kind: "identitySaved" }).flatMap((effect) => answerTo(effect, born(1)));
    const effects = replies.flatMap((message) => birth.step({ kind: "message", message }));
    expect(kinds(effects)).toEqual(["wait"]);
    expect(birth.state.waiting.reasons).toEqual(["the group belongs to cluster c, the configuration says wanted"]);
  });
});

test("a leader's standing is told: the recovery hint ends with the wait", () => {
  const birth = new Birth(optionsAt(0));
  start(birth, born(0));
  for (let tick = 0; tick < DEFAULT_BIRTH_TIMING.hintTicks; tick++) birth.step({ kind: "tick" });
  expect(birth.state.waiting.recovery).toContain("2 of 3 voting members");
  const membership = { ...foundingMembership(FOUNDING.members), index: asIndex(0) };
  const effects = birth.step({ kind: "standing", membership, leader: asMember("m1") });
  expect(effects).toEqual([{ kind: "wait", reasons: [], recovery: null }]);
});

test("a learner that was removed unheard begins anew, once it asked and was told", () => {
  const birth = new Birth(optionsAt(1, { timing: EAGER }));
  start(birth, { kind: "adopted", member: asMember("new"), group: GROUP, ordinal: 1, founding: FOUNDING });
  const membership = { ...foundingMembership(FOUNDING.members), learners: [asMember("new")] };
  const answer = { ...REMOVED, ask: { asker: asMember("new"), boot: 1, sequence: 0 } };
  const told = { kind: "message", message: { group: GROUP, from: placeAt(0), body: answer } } as const;
  birth.step({ kind: "standing", membership, leader: asMember("m0") });
  expect(kinds(birth.step(told))).not.toContain("beginAnew"); // it hears from a leader, so this is an old letter
  birth.step({ kind: "standing", membership, leader: null });
  const asked = birth.step({ kind: "tick" });
  expect(asked).toContainEqual(
    expect.objectContaining({
      message: expect.objectContaining({ body: expect.objectContaining({ kind: "join", member: "new", cluster: "c" }) }),
    }),
  );
  expect(birth.step(told)).toContainEqual({ kind: "beginAnew", message: "removed" });
});

const REMOVED = {
  kind: "joinAnswer",
  member: asMember("new"),
  accepted: false,
  removed: true,
  message: "removed",
  cluster: asCluster("c"),
} as const;
const JOIN_OF_THIS_LIFE = { asker: asMember("new"), boot: 3, sequence: 1 };

test.each<{ name: string; body: BirthBody; expected: boolean }>([
  { name: "to a letter of this life", body: { ...REMOVED, ask: JOIN_OF_THIS_LIFE }, expected: true },
  { name: "to no letter, as older programs give it", body: { ...REMOVED, cluster: null, ask: null }, expected: false },
  { name: "to a letter of an earlier life", body: { ...REMOVED, ask: { ...JOIN_OF_THIS_LIFE, boot: 2 } }, expected: false },
  { name: "to another's letter", body: { ...REMOVED, ask: { ...JOIN_OF_THIS_LIFE, asker: asMember("x") } }, expected: false },
  { name: "to a letter that was never written", body: { ...REMOVED, ask: { ...JOIN_OF_THIS_LIFE, sequence: 99 } }, expected: false },
  { name: "of another cluster", body: { ...REMOVED, ask: JOIN_OF_THIS_LIFE, cluster: asCluster("d") }, expected: false },
])("a newcomer believes that its id was removed only as the answer to its own letter: $name", ({ body, expected }) => {
  const birth = new Birth(optionsAt(1, { timing: EAGER, boot: 3 }));
  start(birth, { kind: "adopted", member: asMember("new"), group: GROUP, ordinal: 1, founding: FOUNDING });
  birth.step({ kind: "tick" });
  const told = birth.step({ kind: "message", message: { group: GROUP, from: placeAt(0), body } });
  expect(kinds(told).includes("beginAnew")).toBe(expected);
});

test.each([
  { name: "of another cluster", cluster: "d", place: placeAt(2), says: "this is cluster c, not cluster d" },
  {
    name: "at another address",
    cluster: "c",
    place: { ...placeAt(2), address: "10.0.0.9:7401" },
    says: "place 2 is at 10.0.0.2:7401, not at 10.0.0.9:7401",
  },
  { name: "at a place that no group has", cluster: "c", place: placeAt(4_000), says: "place 4000: a group has at most 15 places" },
])("who asks to join $name is told so, and nobody considers it", ({ cluster, place, says }) => {
  const birth = new Birth(optionsAt(1));
  start(birth, born(1));
  const ask = { asker: asMember("new"), boot: 1, sequence: 1 };
  const body = { kind: "join", member: asMember("new"), cluster: asCluster(cluster), ask } as const;
  const effects = birth.step({ kind: "message", message: { group: GROUP, from: place, body } });
  const answer = { kind: "joinAnswer", member: "new", accepted: false, removed: false, message: says, cluster: "c", ask };
  expect(effects).toEqual([{ kind: "send", to: place, message: { group: GROUP, from: placeAt(1), body: answer } }]);
});

test.each([null, asCluster("c")])("who asks to join and says %s of its cluster is considered", (cluster) => {
  const birth = new Birth(optionsAt(1));
  start(birth, born(1));
  const body = { kind: "join", member: asMember("new"), cluster, ask: null } as const;
  const effects = birth.step({ kind: "message", message: { group: GROUP, from: placeAt(2), body } });
  expect(effects).toEqual([{ kind: "considerJoin", member: "new", place: placeAt(2), ask: null }]);
});

describe("interleavings", () => {
  test("every order of the steps of two places, with lost and repeated letters and one crash: one group at most, and it heals", () => {
    const world = new BirthWorld(2, { askEveryTicks: 1, silentTicks: 1, hintTicks: 50 });
    const seen = new Set<string>();
    const numbers = new PartNumbers();
    const queue: World[] = [world.start(world.start(world.begin(), 0), 1)];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const key = keyOf(next, numbers);
      if (seen.has(key)) continue;
      seen.add(key);
      checkSafety(next);
      if (seen.size % 300 === 0) expect(checkHealing(world, next)).toBe("whole");
      queue.push(...movesOf(world, next));
    }
    expect(seen.size).toBeGreaterThan(10_000);
  });

  test.each([3, 5])("random orders of %i places: one group at most, and it heals while it has a quorum", (size) => {
    const outcomes = { whole: 0, lost: 0 };
    for (let seed = 1; seed <= 300; seed++) {
      const world = new BirthWorld(size, EAGER);
      const random = new Random(seed).child(`birth-${size}`);
      let now = world.begin();
      for (let step = 0; step < 250; step++) {
        now = randomMove(world, now, random);
        checkSafety(now);
      }
      outcomes[checkHealing(world, now)]++;
    }
    expect(outcomes.whole).toBeGreaterThan(50);
    expect(outcomes.lost).toBeGreaterThan(0);
  });
});

/** At most one group ever serves, and no other is founded once it does. */
function checkSafety({ served, founded }: World): void {
  const first = served[0];
  const isSafe = first === undefined || (served.length === 1 && founded.at(-1) === first);
  if (!isSafe) throw new Error(`served: ${served.join(", ")}; founded: ${founded.join(", ")}`);
}

/** Left alone, the places agree on one group, and it serves unless most of its founding disks are gone; then all say so. */
function checkHealing(world: BirthWorld, from: World): "whole" | "lost" {
  const healed = world.settle(from, 40);
  const clusters = clustersOn(healed);
  expect(clusters).toHaveLength(1);
  expect(clusters).not.toEqual(["none"]);
  checkSafety(healed);
  const waiting = healed.places.map((_, at) => world.waiting(healed, at));
  const isWhole = waiting.every((wait) => wait?.reasons.length === 0);
  if (isWhole) return "whole";
  const group = healed.groups[clusters[0] ?? ""];
  const voters =
    group?.voters ??
    healed.places.flatMap(({ disk }) => (disk === null ? [] : (foundingOf(disk)?.members ?? []).map(({ member }) => member)));
  const alive = healed.places.filter(({ disk }) => disk !== null && voters.includes(disk.member)).length;
  expect(2 * alive).toBeLessThanOrEqual(group?.voters.length ?? healed.places.length);
  for (const wait of waiting) expect(wait?.recovery).toContain("has no quorum");
  return "lost";
}

/** Worlds that differ in nothing that matters have the same key. Most of a world is what it was a step before, so each part gets its number once. */
function keyOf({ places, letters, groups }: World, numbers: PartNumbers): string {
  const ofPlaces = places.map((place) => numbers.of(place, textOfPlace));
  const ofLetters = letters.map((letter) => numbers.of(letter, JSON.stringify)).sort();
  return `${ofPlaces.join()};${ofLetters.join()};${numbers.of(groups, JSON.stringify)}`;
}

function textOfPlace({ birth, ...rest }: PlaceState): string {
  return JSON.stringify({ ...rest, birth: birth === null ? null : { ...birth, waiting: null, withoutLeaderSince: 0 } });
}

function movesOf(world: BirthWorld, from: World): readonly World[] {
  const moves: World[] = [];
  const isFull = from.letters.length > 1;
  const hasCrashed = from.places.some(({ crashes }) => crashes > 0);
  from.places.forEach((place, at) => {
    if (place.birth === null) return void moves.push(world.start(from, at));
    if (place.birth.saving !== null) moves.push(world.save(from, at));
    if (place.ticks < 1 && !isFull) moves.push(world.tick(from, at));
    // A crash between two steps is the same as one before the second; so it is tried where a write is under way.
    if (!hasCrashed && place.birth.saving?.kind === "adopted") moves.push(world.crash(from, at, true), world.crash(from, at, false));
  });
  from.letters.forEach((_, index) => {
    moves.push(world.deliver(from, index, false));
    // Every letter is the oldest at some time: losing and repeating that one is losing and repeating any.
    if (index === 0) moves.push(world.drop(from, index));
    if (index === 0 && from.letters.length === 1) moves.push(world.deliver(from, index, true));
  });
  return moves;
}

function randomMove(world: BirthWorld, from: World, random: Random): World {
  const at = random.between(0, from.places.length - 1);
  const place = world.placeOf(from, at);
  if (place.birth === null) return random.chance(0.4) ? world.start(from, at) : from;
  if (random.chance(0.03)) return world.crash(from, at, random.chance(0.5));
  if (random.chance(0.02)) return world.wipe(from, at);
  if (random.chance(0.2)) return world.tick(from, at);
  if (place.birth.saving !== null && random.chance(0.4)) return world.save(from, at);
  if (from.letters.length === 0) return world.tick(from, at);
  const index = random.between(0, from.letters.length - 1);
  return random.chance(0.1) ? world.drop(from, index) : world.deliver(from, index, random.chance(0.1));
}

type Run = { readonly places: readonly number[]; readonly rounds: number; readonly until?: (world: World) => boolean };

/** Some places run undisturbed; letters to the others are lost. */
function run(world: BirthWorld, from: World, { places, rounds, until = () => false }: Run): World {
  let now = from;
  for (let round = 0; round < rounds; round++) {
    for (const at of places) now = world.placeOf(now, at).birth === null ? world.start(now, at) : world.tick(now, at);
    for (let step = 0; step < 200 && !until(now); step++) {
      for (const at of places) if (world.placeOf(now, at).birth?.saving) now = world.save(now, at);
      const to = now.letters[0]?.to;
      if (to !== undefined) now = places.includes(to) ? world.deliver(now, 0, false) : world.drop(now, 0);
    }
    if (until(now)) return now;
  }
  return now;
}

function answerTo(effect: BirthEffect, identity: Identity): readonly BirthMessage[] {
  return effect.kind === "send" && effect.message.body.kind === "ask"
    ? [
        {
          group: GROUP,
          from: effect.to,
          body: { kind: "answer", ask: effect.message.body.ask, identity: { ...identity, ordinal: effect.to.ordinal }, places: 3 },
        },
      ]
    : [];
}
