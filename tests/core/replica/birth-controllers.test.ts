import { asCluster, asMember } from "../../../core/base/ids.ts";
import { Random } from "../../../core/base/random.ts";
import { Birth } from "../../../core/replica/birth.ts";
import type { BirthEffect } from "../../../core/replica/birth.ts";
import { questionForControllers, reasonsOfControllers } from "../../../core/replica/birth-controllers.ts";
import type { BirthOptions } from "../../../core/replica/birth-state.ts";
import { DEFAULT_BIRTH_TIMING, NOTHING_KNOWN } from "../../../core/replica/birth-state.ts";
import { foundingOf } from "../../../core/replica/identity.ts";
import type { FoundingRecord, Identity } from "../../../core/replica/identity.ts";
import { BirthWorld, GROUP, placeAt } from "./birth-world.ts";
import type { World } from "./birth-world.ts";

const EAGER = { askEveryTicks: 1, silentTicks: 2, hintTicks: 20 };
const PLACES = [placeAt(0), placeAt(1), placeAt(2)];
const RECORD: FoundingRecord = {
  cluster: asCluster("c"),
  group: GROUP,
  members: PLACES.map((place) => ({ member: asMember(`m${place.ordinal}`), place })),
};
const FRESH = { member: asMember("fresh"), cluster: asCluster("fresh-cluster") };

const optionsAt = (ordinal: number, changes: Partial<BirthOptions> = {}): BirthOptions => ({
  group: GROUP,
  self: placeAt(ordinal),
  places: PLACES,
  cluster: null,
  boot: 1,
  timing: DEFAULT_BIRTH_TIMING,
  withControllers: true,
  ...changes,
});

const unborn = (ordinal: number, member = `m${ordinal}`): Identity => ({ kind: "unborn", member: asMember(member), group: GROUP, ordinal });
const adopted = (ordinal: number, member = `m${ordinal}`): Identity => ({ ...unborn(ordinal, member), kind: "adopted", founding: RECORD });
const kinds = (effects: readonly BirthEffect[]): readonly string[] => effects.map(({ kind }) => kind);

function started(ordinal: number, identity: Identity, changes: Partial<BirthOptions> = {}): Birth {
  const birth = new Birth(optionsAt(ordinal, changes));
  birth.step({ kind: "started", identity, fresh: FRESH });
  return birth;
}

const said = (founding: FoundingRecord | null, cluster = RECORD.cluster) => ({ kind: "controllersSaid", cluster, founding }) as const;

describe("one member", () => {
  test("whom the record names begins as soon as it holds it, without hearing from anybody else", () => {
    const birth = started(1, unborn(1));
    expect(birth.step(said(RECORD))).toContainEqual({ kind: "saveIdentity", identity: adopted(1) });
    expect(birth.step({ kind: "identitySaved" })).toContainEqual({ kind: "saveIdentity", identity: { ...adopted(1), kind: "born" } });
    expect(kinds(birth.step({ kind: "identitySaved" }))).toContain("become");
  });

  test("whom the record does not name is a newcomer", () => {
    const birth = started(1, unborn(1, "other"));
    birth.step(said(RECORD));
    const effects = birth.step({ kind: "identitySaved" });
    expect(effects.find(({ kind }) => kind === "become")).toMatchObject({ member: "other", founding: RECORD });
  });

  test("that was stopped between adopting and beginning asks again", () => {
    const birth = new Birth(optionsAt(1));
    const effects = birth.step({ kind: "started", identity: adopted(1), fresh: FRESH });
    expect(effects).toContainEqual({ kind: "askControllers", found: null });
    expect(kinds(birth.step(said(null)))).not.toContain("saveIdentity");
    // A record of another founding than the one that this disk holds lets nobody begin.
    const other = { ...RECORD, members: [{ member: asMember("x"), place: placeAt(1) }] };
    expect(kinds(birth.step(said(other)))).not.toContain("saveIdentity");
    expect(birth.step(said(RECORD))).toContainEqual({ kind: "saveIdentity", identity: { ...adopted(1), kind: "born" } });
  });

  test("never makes a record of its own, and asks nobody once it runs", () => {
    const alone = { places: [placeAt(0)] };
    const birth = started(0, unborn(0), alone);
    expect(birth.state.saving).toBeNull();
    const own = { ...RECORD, members: [{ member: asMember("m0"), place: placeAt(0) }] };
    expect(questionForControllers(optionsAt(0, alone), birth.state)).toEqual({ found: own.members });
    birth.step(said(own));
    birth.step({ kind: "identitySaved" });
    birth.step({ kind: "identitySaved" });
    expect(birth.state.became).toBe(true);
    expect(questionForControllers(optionsAt(0, alone), birth.state)).toBeNull();
  });

  test("adopts no record of another group", () => {
    const birth = started(1, unborn(1));
    expect(birth.step(said({ ...RECORD, group: "2" as typeof GROUP }))).toEqual([]);
  });

  test.each<{
    name: string;
    changes: Partial<BirthOptions>;
    controllers: ReturnType<typeof said> | null;
    known: readonly FoundingRecord[];
    says: readonly string[];
  }>([
    { name: "there are none", changes: { withControllers: false }, controllers: null, known: [], says: [] },
    { name: "they are silent", changes: {}, controllers: null, known: [], says: ["the shard controllers do not answer"] },
    { name: "they are silent, but places know", changes: {}, controllers: null, known: [RECORD], says: [] },
    { name: "they answer", changes: {}, controllers: said(null), known: [], says: [] },
    {
      name: "they are of another cluster than the group",
      changes: {},
      controllers: said(null, asCluster("d")),
      known: [RECORD],
      says: ["the shard controllers belong to cluster d, the group to cluster c"],
    },
    {
      name: "they are not of the cluster that is wanted",
      changes: { cluster: asCluster("c") },
      controllers: said(null, asCluster("d")),
      known: [],
      says: ["the shard controllers belong to cluster d, the configuration says c"],
    },
  ])("what is said when $name", ({ changes, controllers, known, says }) => {
    expect(reasonsOfControllers(optionsAt(0, changes), { ...NOTHING_KNOWN, controllers }, known)).toEqual(says);
  });

  test("names nobody to controllers of another cluster than its configuration wants", () => {
    const state = { ...NOTHING_KNOWN, identity: unborn(0), controllers: said(null) };
    const alone = optionsAt(0, { places: [placeAt(0)] });
    expect(questionForControllers(alone, state)?.found).toHaveLength(1);
    expect(questionForControllers({ ...alone, cluster: asCluster("d") }, state)).toEqual({ found: null });
  });
});

describe("a group", () => {
  const world = new BirthWorld(3, EAGER, true);

  test("is founded by the record, of the controllers' cluster, and only when every place is blank", () => {
    const two = [0, 1].reduce((now, at) => world.start(now, at), world.begin());
    let waiting = two;
    for (let i = 0; i < 30; i++) waiting = pump(world, world.tick(world.tick(waiting, 0), 1), [0, 1]);
    expect(waiting.controllers.founding).toBeNull();
    expect(world.waiting(waiting, 0)?.reasons).toContain("place 2 (10.0.0.2:7401) does not answer");
    const settled = world.settle(waiting, 10);
    expect(settled.served).toEqual(["controllers.0"]);
    expect(settled.places.map(({ disk }) => disk?.kind)).toEqual(["born", "born", "born"]);
  });

  test("waits for the controllers, and says so", () => {
    let now = [0, 1, 2].reduce((so, at) => world.start(so, at), world.begin());
    for (let i = 0; i < 30; i++) {
      for (const at of [0, 1, 2]) now = world.tick(now, at);
      now = pump(world, { ...now, questions: [] }, [0, 1, 2]);
      now = { ...now, questions: [] };
    }
    expect(now.founded).toEqual([]);
    expect(world.waiting(now, 0)?.reasons).toEqual(["the shard controllers do not answer"]);
    expect(world.settle(now, 10).served).toEqual(["controllers.0"]);
  });

  test("two members of one place that both see to the founding: the first record counts, the other member joins", () => {
    let now = [0, 1, 2].reduce((so, at) => world.start(so, at), world.begin());
    for (let i = 0; i < 6; i++) {
      for (const at of [0, 1, 2]) now = world.tick(now, at);
      now = pump(world, now, [0, 1, 2]);
    }
    expect(now.questions.some(({ found }) => found !== null)).toBe(true);
    const early = now.questions;
    now = world.start(world.wipe({ ...now, questions: [] }, 0), 0);
    for (let i = 0; i < 6; i++) {
      for (const at of [0, 1, 2]) now = world.tick(now, at);
      now = pump(world, now, [0, 1, 2]);
    }
    // The successor's question is under way as well; the one that was sent before it arrives first.
    now = { ...now, questions: [...early, ...now.questions] };
    const settled = world.settle(now, 20);
    expect(settled.served).toEqual(["controllers.0"]);
    expect(settled.controllers.founding?.members.map(({ member }) => member)).toEqual(["m0.0", "m1.0", "m2.0"]);
    expect(settled.places[0]?.disk).toMatchObject({ kind: "adopted", member: "m0.1" });
    expect(world.isMember(settled, 0)).toBe(true);
  });

  test.each([
    { name: "is lost", isAnswerLost: true, crash: false },
    { name: "is lost, and the founder with all that it knew", isAnswerLost: true, crash: true },
    { name: "arrives, and the founder stops before its disk has it", isAnswerLost: false, crash: true },
  ])("when the answer $name, the record is there and is found again", ({ isAnswerLost, crash }) => {
    let now = [0, 1, 2].reduce((so, at) => world.start(so, at), world.begin());
    for (let i = 0; i < 6; i++) {
      for (const at of [0, 1, 2]) now = world.tick(now, at);
      now = pump(world, now, [0, 1, 2]);
    }
    now = { ...now, questions: now.questions.filter(({ found }) => found !== null).slice(0, 1) };
    now = world.answerQuestion(now, 0, isAnswerLost);
    const record = now.controllers.founding;
    expect(record?.members).toHaveLength(3);
    if (crash) now = world.crash(now, 0, false);
    const settled = world.settle(now, 20);
    expect(settled.controllers.founding).toEqual(record);
    expect(settled.places.map(({ disk }) => disk?.kind)).toEqual(["born", "born", "born"]);
    expect(settled.served).toEqual(["controllers.0"]);
  });

  test("whose disks are lost, all of them, founds no other: it says what a person can do", () => {
    const served = world.settle(world.begin(), 10);
    const wiped = [0, 1, 2].reduce((now, at) => world.wipe(now, at), served);
    const after = world.settle(wiped, 60);
    expect(after.served).toEqual(["controllers.0"]);
    expect(after.founded).toEqual(["controllers.0"]);
    for (const at of [0, 1, 2]) expect(world.waiting(after, at)?.recovery).toContain("has no quorum");
  });

  test("refuses controllers that were wiped: who serves goes on, who is blank waits and says for what", () => {
    const served = world.settle(world.begin(), 10);
    const after = world.settle(world.wipe(world.wipeControllers(served), 2), 20);
    expect(after.served).toEqual(["controllers.0"]);
    expect(after.founded).toEqual(["controllers.0"]);
    expect(after.places[2]?.disk?.kind).toBe("unborn");
    expect(world.waiting(after, 2)?.reasons).toEqual([
      "the shard controllers belong to cluster controllers.1, the group to cluster controllers.0",
    ]);
    expect(world.waiting(after, 0)?.reasons).toEqual([]);
  });

  test("brings a wiped member back while the controllers are down", () => {
    let now = world.wipe(world.settle(world.begin(), 10), 1);
    for (let i = 0; i < 20; i++) {
      now = now.places[1]?.birth === null ? world.start(now, 1) : world.tick(now, 1);
      now = pump(world, { ...now, questions: [] }, [0, 1, 2]);
    }
    expect(now.places[1]?.disk).toMatchObject({ kind: "adopted", member: "m1.1" });
    expect(world.isMember(now, 1)).toBe(true);
  });
});

test("random orders of several places, with lost disks, questions and answers: one group at most, and it heals while it has a quorum", () => {
  const outcomes = { whole: 0, lost: 0 };
  for (let seed = 1; seed <= 400; seed++) {
    const world = new BirthWorld(seed % 4 === 0 ? 5 : 3, EAGER, true);
    const random = new Random(seed).child("controllers");
    let now = world.begin();
    for (let step = 0; step < 250; step++) {
      now = randomMove(world, now, random);
      checkSafety(now);
    }
    const healed = world.settle(now, 40);
    checkSafety(healed);
    const isWhole = healed.places.every((_, at) => world.waiting(healed, at)?.reasons.length === 0);
    outcomes[isWhole ? "whole" : "lost"]++;
    if (isWhole) continue;
    const record = healed.controllers.founding;
    const voters = healed.groups["controllers.0"]?.voters ?? record?.members.map(({ member }) => member) ?? [];
    const alive = healed.places.filter(({ disk }) => disk !== null && voters.includes(disk.member)).length;
    expect(record).not.toBeNull();
    expect(2 * alive).toBeLessThanOrEqual(voters.length);
  }
  expect(outcomes.whole).toBeGreaterThan(100);
  expect(outcomes.lost).toBeGreaterThan(0);
});

/** Nobody holds another founding than the one that the controllers recorded. */
function checkSafety({ served, places, controllers }: World): void {
  const recorded = controllers.founding?.members.map(({ member }) => member).join() ?? "nothing";
  const held = places.flatMap(({ disk }) =>
    disk === null
      ? []
      : (foundingOf(disk)
          ?.members.map(({ member }) => member)
          .join() ?? []),
  );
  if (held.some((each) => each !== recorded) || served.length > 1) throw new Error(`recorded ${recorded}, held ${held.join("; ")}`);
}

/** Delivers what is under way between these places; questions to the controllers stay where they are. */
function pump(world: BirthWorld, from: World, places: readonly number[]): World {
  let now = from;
  for (let step = 0; step < 200; step++) {
    for (const at of places) if (world.placeOf(now, at).birth?.saving) now = world.save(now, at);
    const to = now.letters[0]?.to;
    if (to !== undefined) now = places.includes(to) ? world.deliver(now, 0, false) : world.drop(now, 0);
  }
  return now;
}

function randomMove(world: BirthWorld, from: World, random: Random): World {
  const at = random.between(0, from.places.length - 1);
  const place = world.placeOf(from, at);
  if (place.birth === null) return random.chance(0.4) ? world.start(from, at) : from;
  if (random.chance(0.03)) return world.crash(from, at, random.chance(0.5));
  if (random.chance(0.02)) return world.wipe(from, at);
  if (random.chance(0.2)) return world.tick(from, at);
  if (place.birth.saving !== null && random.chance(0.4)) return world.save(from, at);
  if (from.questions.length > 0 && random.chance(0.2)) {
    const index = random.between(0, from.questions.length - 1);
    return random.chance(0.2) ? world.dropQuestion(from, index) : world.answerQuestion(from, index, random.chance(0.3));
  }
  if (from.letters.length === 0) return world.tick(from, at);
  const index = random.between(0, from.letters.length - 1);
  return random.chance(0.1) ? world.drop(from, index) : world.deliver(from, index, random.chance(0.1));
}
