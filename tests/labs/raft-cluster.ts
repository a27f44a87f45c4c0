// The members of a Raft lab and what is done to them: disconnect, crash, restart. It watches everything that is applied:
// two members that apply different commands at one index, an index out of its order, and two leaders in one term are
// failures at once, whatever the lab is about.
import { asBoot, asMember } from "../../core/base/ids.ts";
import type { MemberId, Term } from "../../core/base/ids.ts";
import { present } from "../../core/base/assert.ts";
import { utf8 } from "../../core/base/bytes.ts";
import type { Random } from "../../core/base/random.ts";
import { DEFAULT_LIMITS } from "../../core/raft/inputs.ts";
import type { RaftLimits, RaftStatus } from "../../core/raft/inputs.ts";
import { foundingMembership } from "../../core/raft/membership.ts";
import type { RaftObservation } from "../../core/raft/ready.ts";
import type { Bench } from "./lab.ts";
import { LabNetwork } from "./lab-network.ts";
import { ListService } from "./list-service.ts";
import { RaftLife } from "./raft-life.ts";
import { demand } from "./script.ts";
import { StableStore } from "./stable-store.ts";

export type RaftClusterOptions = {
  readonly size: number;
  readonly isReliable: boolean;
  readonly takesSnapshots: boolean;
};

export type Started = { readonly index: number; readonly term: Term };

type Place = { readonly store: StableStore; service: ListService; life: RaftLife | null; lives: number };

/** The labs demand that everything a snapshot covers leaves the log at once. */
const SNAPSHOT_LIMITS: RaftLimits = { ...DEFAULT_LIMITS, trailingEntries: 0, trailingBytes: 0 };

export class RaftCluster {
  readonly bench: Bench;
  /** For the tester: when it looks, whom it picks, what it submits. */
  readonly random: Random;
  readonly network: LabNetwork;
  readonly #options: RaftClusterOptions;
  readonly #members: readonly MemberId[];
  readonly #places: readonly Place[];
  /** The first command that anybody applied at each index. */
  readonly #agreed: string[] = [];
  readonly #leaders = new Map<Term, MemberId>();
  #snapshotsInstalled = 0;

  constructor(bench: Bench, options: RaftClusterOptions) {
    this.bench = bench;
    this.#options = options;
    this.random = bench.random.child("tester");
    this.#members = Array.from({ length: options.size }, (_, place) => asMember(`n${String(place)}`));
    this.network = new LabNetwork(options.size, options.isReliable, {
      time: bench.time,
      random: bench.random.child("network"),
      lifeAt: (place) => this.#at(place).life,
      deliver: ({ to, bytes }) => this.#at(to).life?.receive(bytes),
    });
    this.#places = this.#members.map((member, place) => this.#newPlace(member, place));
    for (const place of this.places) this.restart(place);
  }

  get size(): number {
    return this.#members.length;
  }

  get places(): readonly number[] {
    return this.#members.map((_, place) => place);
  }

  get snapshotsInstalled(): number {
    return this.#snapshotsInstalled;
  }

  /** The place `steps` behind this one, around the circle. */
  after(place: number, steps: number): number {
    return (place + steps) % this.size;
  }

  isUp(place: number): boolean {
    return this.#at(place).life !== null;
  }

  isConnected(place: number): boolean {
    return this.network.isConnected(place);
  }

  connect(...places: readonly number[]): void {
    for (const place of places) this.network.connect(place);
  }

  disconnect(...places: readonly number[]): void {
    for (const place of places) this.network.disconnect(place);
  }

  crash(...places: readonly number[]): void {
    for (const index of places) {
      const place = this.#at(index);
      this.disconnect(index);
      place.life?.end();
      place.life = null;
      place.store.crash();
    }
  }

  /** A new life from what the disk holds, connected again. */
  restart(...places: readonly number[]): void {
    for (const index of places) {
      const place = this.#at(index);
      demand(place.life === null, () => `n${String(index)} is restarted while it runs`);
      place.lives++;
      place.service = this.#newService(index);
      place.life = this.#newLife(index, place);
      this.connect(index);
    }
  }

  /** Null: this member doesn't lead, or doesn't run. */
  start(place: number, command: string): Started | null {
    const { life } = this.#at(place);
    const result = life?.propose(utf8(command));
    return result?.kind === "proposed" ? { index: result.serviceIndex, term: result.id.term } : null;
  }

  /** Null: it doesn't run. */
  status(place: number): RaftStatus | null {
    return this.#at(place).life?.status ?? null;
  }

  /** What this member, or its last life, has applied at the index; null: nothing yet. */
  appliedAt(place: number, index: number): string | null {
    return this.#at(place).service.commandAt(index);
  }

  /** The largest state that any member's disk holds besides its snapshot. */
  get stateBytes(): number {
    return Math.max(...this.#places.map(({ store }) => store.stateBytes));
  }

  /** A command like no other, as long as the labs' random integers. */
  freshCommand(): string {
    return `${String(this.random.uint32())}${String(this.random.uint32())}`;
  }

  #at(place: number): Place {
    return present(this.#places[place], "the place exists");
  }

  #newPlace(member: MemberId, place: number): Place {
    const founding = foundingMembership(this.#members.map((each, ordinal) => ({ member: each, place: { ordinal, address: each } })));
    const { time, random } = this.bench;
    const store = new StableStore({ time, random: random.child(`disk of ${member}`), founding });
    return { store, service: this.#newService(place), life: null, lives: 0 };
  }

  #newService(place: number): ListService {
    return new ListService(this.#options.takesSnapshots, (index, command) => {
      const agreed = (this.#agreed[index - 1] ??= command);
      demand(agreed === command, () => `n${String(place)} applies ${command} at index ${String(index)}, where ${agreed} was applied`);
    });
  }

  #newLife(index: number, { store, service, lives }: Place): RaftLife {
    const self = present(this.#members[index], "the member has a name");
    const { time, random, makeRaft } = this.bench;
    return new RaftLife({
      self,
      boot: asBoot(lives),
      time,
      random: random.child(`${self} in life ${String(lives)}`),
      limits: this.#options.takesSnapshots ? SNAPSHOT_LIMITS : DEFAULT_LIMITS,
      store,
      service,
      makeRaft,
      send: (to, kind, bytes) => this.network.send({ from: index, to: this.#members.indexOf(to), kind, bytes }),
      observe: (observation) => this.#observe(self, observation),
    });
  }

  #observe(self: MemberId, observation: RaftObservation): void {
    if (observation.kind === "snapshotInstalled") this.#snapshotsInstalled++;
    demand(observation.kind !== "memberWiped", () => `${self} takes a member for wiped, whose disk is whole`);
    if (observation.kind !== "roleChanged" || observation.role !== "leader") return;
    const other = this.#leaders.get(observation.term) ?? self;
    demand(other === self, () => `${self} and ${other} both lead in term ${String(observation.term)}`);
    this.#leaders.set(observation.term, self);
  }
}
