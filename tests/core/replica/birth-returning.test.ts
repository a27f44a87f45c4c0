// Who comes back after a long time, and who answers at an address that belonged to somebody else: what a birth believes then.
import { asCluster, asMember } from "../../../core/base/ids.ts";
import { foundingMembership } from "../../../core/raft/membership.ts";
import { Birth } from "../../../core/replica/birth.ts";
import type { BirthEffect } from "../../../core/replica/birth.ts";
import type { AskId, BirthBody } from "../../../core/replica/birth-messages.ts";
import type { BirthOptions } from "../../../core/replica/birth-state.ts";
import type { FoundingRecord, Identity } from "../../../core/replica/identity.ts";
import { GROUP, placeAt } from "./birth-world.ts";

const TIMING = { askEveryTicks: 1, silentTicks: 2, hintTicks: 20 };
const PLACES = [placeAt(0), placeAt(1), placeAt(2)];
const FRESH = { member: asMember("fresh"), cluster: asCluster("fresh-cluster") };

const foundingIn = (cluster: string): FoundingRecord => ({
  cluster: asCluster(cluster),
  group: GROUP,
  members: PLACES.map((place) => ({ member: asMember(`m${place.ordinal}`), place })),
});
const FOUNDING = foundingIn("c");
const born = (ordinal: number, founding = FOUNDING): Identity => ({
  kind: "born",
  member: asMember(`m${ordinal}`),
  group: GROUP,
  ordinal,
  founding,
});
const adopted = (ordinal: number): Identity => ({ ...born(ordinal), kind: "adopted", founding: FOUNDING });
const unborn = (ordinal: number, member: string): Identity => ({ kind: "unborn", member: asMember(member), group: GROUP, ordinal });

function started(ordinal: number, identity: Identity, changes: Partial<BirthOptions> = {}): { birth: Birth; sent: readonly BirthEffect[] } {
  const birth = new Birth({ group: GROUP, self: placeAt(ordinal), places: PLACES, cluster: null, boot: 4, timing: TIMING, ...changes });
  return { birth, sent: birth.step({ kind: "started", identity, fresh: FRESH }) };
}

const bodiesTo = (effects: readonly BirthEffect[], ordinal: number): readonly BirthBody[] =>
  effects.flatMap((effect) => (effect.kind === "send" && effect.to.ordinal === ordinal ? [effect.message.body] : []));

const kinds = (effects: readonly BirthEffect[]): readonly string[] => effects.map(({ kind }) => kind);

/** Ticks, each with everything that is sent then. */
const wait = (birth: Birth, ticks: number): readonly BirthEffect[] =>
  Array.from({ length: ticks }, () => birth.step({ kind: "tick" })).flat();

describe("a voter by its own log that finds no leader", () => {
  const membership = foundingMembership(FOUNDING.members);
  const removed = (ask: AskId): BirthBody => ({
    kind: "joinAnswer",
    member: asMember("m2"),
    accepted: false,
    removed: true,
    message: "m2 was removed",
    cluster: asCluster("c"),
    ask,
  });
  const OF_THIS_LIFE = { asker: asMember("m2"), boot: 4, sequence: 1 };
  const tell = (birth: Birth, body: BirthBody): readonly BirthEffect[] =>
    birth.step({ kind: "message", message: { group: GROUP, from: placeAt(0), body } });

  test("F38: asks after a while whether it was removed, because all whom it knows may have been replaced, too", () => {
    const { birth } = started(2, born(2));
    birth.step({ kind: "standing", membership, leader: null });
    const before = wait(birth, TIMING.hintTicks - 1);
    expect(bodiesTo(before, 0).map(({ kind }) => kind)).not.toContain("join");
    // What is said unasked, or while this may be a mere election, ends nobody.
    expect(kinds(tell(birth, removed(OF_THIS_LIFE)))).not.toContain("beginAnew");
    const joins = bodiesTo(wait(birth, 1), 0).filter(({ kind }) => kind === "join");
    expect(joins).toMatchObject([{ member: "m2", cluster: "c" }]);
    expect(tell(birth, removed(OF_THIS_LIFE))).toContainEqual({ kind: "beginAnew", message: "m2 was removed" });
  });

  test("asks also those who came after it was started", () => {
    const { birth } = started(2, born(2));
    const places = { ...membership.places, m3: placeAt(3) };
    birth.step({ kind: "standing", membership: { ...membership, learners: [asMember("m3")], places }, leader: null });
    const letters = bodiesTo(wait(birth, TIMING.hintTicks), 3).map(({ kind }) => kind);
    expect(new Set(letters)).toEqual(new Set(["ask", "join"]));
  });

  test("asks no more once it has one", () => {
    const { birth } = started(2, born(2));
    birth.step({ kind: "standing", membership, leader: null });
    wait(birth, TIMING.hintTicks);
    birth.step({ kind: "standing", membership, leader: asMember("m0") });
    expect(kinds(tell(birth, removed(OF_THIS_LIFE)))).not.toContain("beginAnew");
    birth.step({ kind: "standing", membership, leader: null });
    expect(bodiesTo(wait(birth, TIMING.hintTicks - 1), 0).map(({ kind }) => kind)).not.toContain("join");
  });
});

describe("an address that leads to another group's place of the same number", () => {
  const answerOf = (identity: Identity, address: string, ask: AskId) =>
    ({
      kind: "message",
      message: { group: GROUP, from: { ordinal: identity.ordinal, address }, body: { kind: "answer", ask, identity, places: 3 } },
    }) as const;
  const asked = (effects: readonly BirthEffect[], ordinal: number): AskId => {
    const ask = bodiesTo(effects, ordinal).find((body) => body.kind === "ask");
    if (ask?.kind !== "ask") throw new Error(`place ${ordinal} was not asked`);
    return ask.ask;
  };

  test("F32: a blank member adopts nothing from there", () => {
    const { birth, sent } = started(0, unborn(0, "blank"));
    const effects = birth.step(answerOf(born(1, foundingIn("d")), "10.9.9.9:7401", asked(sent, 1)));
    expect(kinds(effects)).toEqual(["wait"]);
    expect(birth.state.waiting.reasons).toEqual([
      "at place 1 (10.0.0.1:7401) somebody answers whose address is 10.9.9.9:7401",
      "place 2 (10.0.0.2:7401) does not answer",
    ]);
    // The member of that place is asked again, and believed.
    const again = wait(birth, TIMING.silentTicks);
    const believed = birth.step(answerOf(born(1), placeAt(1).address, asked(again, 1)));
    expect(believed).toContainEqual({ kind: "saveIdentity", identity: { ...unborn(0, "blank"), kind: "adopted", founding: FOUNDING } });
  });

  test("F31: nobody who is somewhere else is named by a founding", () => {
    const { birth, sent } = started(0, unborn(0, "blank"));
    birth.step(answerOf(unborn(1, "stranger"), "10.9.9.9:7401", asked(sent, 1)));
    const effects = birth.step(answerOf(unborn(2, "m2"), placeAt(2).address, asked(sent, 2)));
    expect(kinds(effects)).not.toContain("saveIdentity");
  });

  test("F31: nor does it count as a place that holds the founding", () => {
    const { birth, sent } = started(1, adopted(1));
    birth.step(answerOf(adopted(0), placeAt(0).address, asked(sent, 0)));
    const effects = birth.step(answerOf(adopted(2), "10.9.9.9:7401", asked(sent, 2)));
    expect(kinds(effects)).not.toContain("saveIdentity");
  });
});
