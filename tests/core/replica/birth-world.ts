// A small world for births: places with a disk each, letters under way, and the group as its members see it (a leader is
// there whenever a majority of the voters runs; a newcomer that it takes in is promoted at once). It keeps the books on
// which clusters were ever founded and which ever served.
import { asCluster, asGroup, asMember } from "../../../core/base/ids.ts";
import type { ClusterId, MemberId } from "../../../core/base/ids.ts";
import { Birth } from "../../../core/replica/birth.ts";
import type { BirthEffect, BirthEvent } from "../../../core/replica/birth.ts";
import type { BirthMessage } from "../../../core/replica/birth-messages.ts";
import type { BirthOptions, BirthState, BirthTiming, Waiting } from "../../../core/replica/birth-state.ts";
import { NOTHING_KNOWN } from "../../../core/replica/birth-state.ts";
import { foundingOf } from "../../../core/replica/identity.ts";
import type { FoundingMember, FoundingRecord, Identity } from "../../../core/replica/identity.ts";
import type { Membership, Place } from "../../../core/raft/membership.ts";
import { begin, finish, isLearner, isVoter } from "../../../core/raft/membership.ts";

type EffectOf<K extends BirthEffect["kind"]> = Extract<BirthEffect, { readonly kind: K }>;

export type Letter = { readonly to: number; readonly message: BirthMessage };

/** A question to the shard controllers, under way. */
export type Question = { readonly at: number; readonly found: readonly FoundingMember[] | null };

/** What their log holds. */
export type ControllersState = { readonly wipes: number; readonly founding: FoundingRecord | null };

export type PlaceState = {
  readonly disk: Identity | null;
  readonly boot: number;
  readonly wipes: number;
  readonly crashes: number;
  readonly ticks: number;
  /** Null while the process is down. */
  readonly birth: BirthState | null;
};

export type World = {
  readonly places: readonly PlaceState[];
  readonly letters: readonly Letter[];
  readonly questions: readonly Question[];
  readonly controllers: ControllersState;
  /** The group's membership by cluster, as its log has it. */
  readonly groups: Readonly<Record<string, Membership>>;
  readonly founded: readonly ClusterId[];
  readonly served: readonly ClusterId[];
};

export const GROUP = asGroup("1");
export const LETTERS_MAX = 40;

export const placeAt = (ordinal: number): Place => ({ ordinal, address: `10.0.0.${ordinal}:7401` });

export class BirthWorld {
  readonly #timing: BirthTiming;
  readonly #size: number;
  readonly #places: readonly Place[];
  readonly #withControllers: boolean;

  constructor(size: number, timing: BirthTiming, withControllers = false) {
    this.#size = size;
    this.#places = Array.from({ length: size }, (_, ordinal) => placeAt(ordinal));
    this.#withControllers = withControllers;
    this.#timing = timing;
  }

  begin(): World {
    const blank: PlaceState = { disk: null, boot: 0, wipes: 0, crashes: 0, ticks: 0, birth: null };
    const places = Array.from({ length: this.#size }, () => blank);
    return { places, letters: [], questions: [], controllers: { wipes: 0, founding: null }, groups: {}, founded: [], served: [] };
  }

  start(world: World, at: number): World {
    const place = this.placeOf(world, at);
    const booted = this.#put(world, at, { ...place, boot: place.boot + 1, birth: NOTHING_KNOWN });
    const fresh = { member: asMember(`m${at}.${place.wipes}`), cluster: asCluster(`c${at}.${place.wipes}`) };
    return this.#step(booted, at, { kind: "started", identity: place.disk, fresh });
  }

  /** Kill -9: what was under way to the disk may or may not have reached it. */
  crash(world: World, at: number, isSaved: boolean): World {
    const place = this.placeOf(world, at);
    const disk = isSaved ? (place.birth?.saving ?? place.disk) : place.disk;
    return this.#put(world, at, { ...place, disk, birth: null, crashes: place.crashes + 1, ticks: 0 });
  }

  wipe(world: World, at: number): World {
    const place = this.placeOf(world, at);
    return this.#put(world, at, { ...place, disk: null, boot: 0, birth: null, wipes: place.wipes + 1, ticks: 0 });
  }

  tick(world: World, at: number): World {
    const place = this.placeOf(world, at);
    return this.#step(this.#put(world, at, { ...place, ticks: place.ticks + 1 }), at, { kind: "tick" });
  }

  save(world: World, at: number): World {
    const place = this.placeOf(world, at);
    const disk = place.birth?.saving ?? place.disk;
    const cluster = disk === null ? undefined : foundingOf(disk)?.cluster;
    const founded = cluster === undefined || world.founded.includes(cluster) ? world.founded : [...world.founded, cluster];
    return this.#step({ ...this.#put(world, at, { ...place, disk }), founded }, at, { kind: "identitySaved" });
  }

  deliver(world: World, index: number, isRepeated: boolean): World {
    const letter = world.letters[index];
    if (letter === undefined) return world;
    const letters = isRepeated ? world.letters : world.letters.filter((_, other) => other !== index);
    const rest = { ...world, letters };
    return this.#step(rest, letter.to, { kind: "message", message: letter.message });
  }

  drop(world: World, index: number): World {
    return { ...world, letters: world.letters.filter((_, other) => other !== index) };
  }

  /** The controllers take one question: the first founding that they hear of is the one that counts. */
  answerQuestion(world: World, index: number, isAnswerLost: boolean): World {
    const question = world.questions[index];
    if (question === undefined) return world;
    const rest = { ...world, questions: world.questions.filter((_, other) => other !== index) };
    const { wipes } = world.controllers;
    const cluster = asCluster(`controllers.${wipes}`);
    const asked = question.found === null ? null : { cluster, group: GROUP, members: question.found };
    const founding = world.controllers.founding ?? asked;
    const recorded = { ...rest, controllers: { wipes, founding } };
    return isAnswerLost ? recorded : this.#step(recorded, question.at, { kind: "controllersSaid", cluster, founding });
  }

  dropQuestion(world: World, index: number): World {
    return { ...world, questions: world.questions.filter((_, other) => other !== index) };
  }

  /** All their disks are lost, and they begin anew, as another cluster. */
  wipeControllers(world: World): World {
    return { ...world, controllers: { wipes: world.controllers.wipes + 1, founding: null } };
  }

  placeOf(world: World, at: number): PlaceState {
    const place = world.places[at];
    if (place === undefined) throw new RangeError(`no place ${at}`);
    return place;
  }

  waiting(world: World, at: number): Waiting | null {
    return this.placeOf(world, at).birth?.waiting ?? null;
  }

  /** Everybody up, nothing lost any more, until nothing changes for a while. */
  settle(world: World, rounds: number): World {
    let now = world;
    for (let round = 0; round < rounds; round++) {
      for (const cluster of Object.keys(now.groups)) now = this.#tellStanding(now, asCluster(cluster));
      for (let at = 0; at < this.#size; at++) now = this.placeOf(now, at).birth === null ? this.start(now, at) : this.tick(now, at);
      for (let steps = 0; steps < 1_000 && this.#isBusy(now); steps++) {
        for (let at = 0; at < this.#size; at++) if (this.placeOf(now, at).birth?.saving) now = this.save(now, at);
        if (now.letters.length > 0) now = this.deliver(now, 0, false);
        if (now.questions.length > 0) now = this.answerQuestion(now, 0, false);
      }
    }
    return now;
  }

  #isBusy(world: World): boolean {
    return (
      world.letters.length + world.questions.length > 0 || world.places.some((place) => place.birth !== null && place.birth.saving !== null)
    );
  }

  #step(world: World, at: number, event: BirthEvent): World {
    const { birth: state, boot } = this.placeOf(world, at);
    if (state === null) return world;
    const birth = new Birth(this.#options(at, boot), state);
    const effects = birth.step(event);
    let now = this.#put(world, at, { ...this.placeOf(world, at), birth: birth.state });
    for (const effect of effects) now = this.#perform(now, at, effect);
    return now;
  }

  #perform(world: World, at: number, effect: BirthEffect): World {
    switch (effect.kind) {
      case "send": {
        const letter = { to: effect.to.ordinal, message: effect.message };
        return world.letters.length >= LETTERS_MAX ? world : { ...world, letters: [...world.letters, letter] };
      }
      case "askControllers": {
        const question = { at, found: effect.found };
        return world.questions.length >= LETTERS_MAX ? world : { ...world, questions: [...world.questions, question] };
      }
      case "become": {
        const { cluster } = effect.founding;
        const groups = cluster in world.groups ? world.groups : { ...world.groups, [cluster]: effect.membership };
        return this.#tellStanding({ ...world, groups }, cluster);
      }
      case "considerJoin":
        return this.#considerJoin(world, at, effect);
      case "beginAnew":
        throw new Error(`nobody is removed here: ${effect.message}`);
      case "refuse":
        throw new Error(`refused: ${effect.message}`);
      case "saveIdentity":
      case "wait":
        return world;
    }
  }

  #considerJoin(world: World, at: number, { member, place, ask }: EffectOf<"considerJoin">): World {
    const cluster = this.#clusterAt(world, at);
    const membership = cluster === null ? undefined : world.groups[cluster];
    const leader = cluster === null ? null : this.#leaderOf(world, cluster);
    if (cluster === null || membership === undefined || leader !== this.placeOf(world, at).disk?.member) {
      return this.#step(world, at, {
        kind: "joinConsidered",
        member,
        place,
        ask,
        accepted: false,
        removed: false,
        message: "not the leader",
      });
    }
    const learning = begin(membership, { kind: "addLearner", member, place });
    if (typeof learning === "string") {
      const answer = { accepted: learning === "alreadyMember", removed: learning === "removedBefore", message: learning };
      return this.#step(world, at, { kind: "joinConsidered", member, place, ask, ...answer });
    }
    const promoted = begin(learning, { kind: "promote", member });
    if (typeof promoted === "string") throw new Error(`not promoted: ${promoted}`);
    const told = this.#tellStanding({ ...world, groups: { ...world.groups, [cluster]: finish(promoted) } }, cluster);
    return this.#step(told, at, { kind: "joinConsidered", member, place, ask, accepted: true, removed: false, message: "added" });
  }

  #tellStanding(world: World, cluster: ClusterId): World {
    const membership = world.groups[cluster];
    if (membership === undefined) return world;
    const leader = this.#leaderOf(world, cluster);
    let now = leader === null || world.served.includes(cluster) ? world : { ...world, served: [...world.served, cluster] };
    for (let at = 0; at < this.#size; at++) {
      if (this.#clusterAt(now, at) !== cluster || this.placeOf(now, at).birth?.became !== true) continue;
      now = this.#step(now, at, { kind: "standing", membership, leader });
    }
    return now;
  }

  /** The first running voter, when a majority of the voters runs. */
  #leaderOf(world: World, cluster: ClusterId): MemberId | null {
    const membership = world.groups[cluster];
    if (membership === undefined) return null;
    const running = world.places.flatMap(({ disk, birth }) =>
      birth?.became === true && disk !== null && isVoter(membership, disk.member) ? [disk.member] : [],
    );
    return 2 * running.length > membership.voters.length ? (running[0] ?? null) : null;
  }

  #clusterAt(world: World, at: number): ClusterId | null {
    const { disk } = this.placeOf(world, at);
    return disk === null ? null : (foundingOf(disk)?.cluster ?? null);
  }

  isMember(world: World, at: number): boolean {
    const { disk } = this.placeOf(world, at);
    const cluster = this.#clusterAt(world, at);
    const membership = cluster === null ? undefined : world.groups[cluster];
    return disk !== null && membership !== undefined && (isVoter(membership, disk.member) || isLearner(membership, disk.member));
  }

  #options(at: number, boot: number): BirthOptions {
    const places = this.#places;
    return { group: GROUP, self: placeAt(at), places, cluster: null, boot, timing: this.#timing, withControllers: this.#withControllers };
  }

  #put(world: World, at: number, place: PlaceState): World {
    return { ...world, places: world.places.map((other, ordinal) => (ordinal === at ? place : other)) };
  }
}
