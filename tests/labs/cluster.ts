// Members at their places, and what is done to them: disconnect, crash, restart. Two leaders in one term and a member
// that is taken for wiped are failures at once, whatever the lab is about.
import { present } from "../../core/base/assert.ts";
import { asCluster, asGroup, asMember } from "../../core/base/ids.ts";
import type { MemberId, Term } from "../../core/base/ids.ts";
import type { Random } from "../../core/base/random.ts";
import { foundingMembership } from "../../core/raft/membership.ts";
import type { MessageKind } from "../../core/raft/messages.ts";
import type { RaftObservation } from "../../core/raft/ready.ts";
import type { PeerMessage } from "../../core/replica/peer-message.ts";
import { encodeMessage } from "../../runtime/peers/message-codec.ts";
import type { Bench } from "./lab.ts";
import { LabNetwork } from "./lab-network.ts";
import type { Parcel } from "./lab-network.ts";
import { MemberDisk } from "./member-disk.ts";
import type { OpenedDisk } from "./member-disk.ts";
import { ProcessLife } from "./process-life.ts";
import type { Member } from "./process-life.ts";
import { demand } from "./script.ts";

export const CLUSTER = asCluster("labs");
export const GROUP = asGroup("1");

export type ClusterOptions = { readonly size: number; readonly isReliable: boolean };

/** What a member is made of in one life. */
export type MemberParts<M extends Member> = {
  readonly place: number;
  readonly self: MemberId;
  readonly random: Random;
  readonly opened: OpenedDisk;
  readonly life: ProcessLife<M>;
};

type Place<M extends Member> = { readonly disk: MemberDisk; life: ProcessLife<M> | null; lives: number };

export abstract class Cluster<M extends Member> {
  readonly bench: Bench;
  /** For the tester: when it looks, whom it picks, what it submits. */
  readonly random: Random;
  readonly network: LabNetwork;
  readonly #names: readonly MemberId[];
  readonly #places: readonly Place<M>[];
  readonly #leaders = new Map<Term, MemberId>();

  /** Nobody runs yet. */
  constructor(bench: Bench, { size, isReliable }: ClusterOptions) {
    this.bench = bench;
    this.random = bench.random.child("tester");
    this.#names = Array.from({ length: size }, (_, place) => asMember(`n${place}`));
    this.network = new LabNetwork(size, isReliable, {
      time: bench.time,
      random: bench.random.child("network"),
      lifeAt: (place) => this.#at(place).life,
      deliver: ({ to, bytes }) => this.#at(to).life?.receive(bytes),
    });
    const founding = foundingMembership(this.#names.map((member, ordinal) => ({ member, place: { ordinal, address: member } })));
    this.#places = this.#names.map((member) => {
      const disk = new MemberDisk({ time: bench.time, random: bench.random.child(`disk of ${member}`), member, founding });
      return { disk, life: null, lives: 0 };
    });
  }

  get size(): number {
    return this.#names.length;
  }

  get places(): readonly number[] {
    return this.#names.map((_, place) => place);
  }

  /** The place `steps` behind this one, around the circle. */
  after(place: number, steps: number): number {
    return (place + steps) % this.size;
  }

  isUp(place: number): boolean {
    return this.#at(place).life !== null;
  }

  /** Null: none runs there, or it is still opening its disk. */
  memberAt(place: number): M | null {
    return this.#at(place).life?.member ?? null;
  }

  /** The process that runs there now. */
  lifeAt(place: number): object | null {
    return this.#at(place).life;
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
      place.disk.crash();
    }
  }

  /** A new life from what the disk holds, connected again. */
  restart(...places: readonly number[]): void {
    for (const index of places) {
      const place = this.#at(index);
      demand(place.life === null, () => `n${index} is started while it runs`);
      place.lives++;
      place.life = this.#newLife(index, place);
      this.connect(index);
    }
  }

  /** The largest state that any member's disk holds besides its snapshot. */
  get stateBytes(): number {
    return Math.max(...this.#places.map(({ disk }) => disk.stateBytes));
  }

  /** The largest snapshot that any member's disk holds. */
  get snapshotBytes(): number {
    return Math.max(...this.snapshotBytesOfEach);
  }

  get snapshotBytesOfEach(): readonly number[] {
    return this.#places.map(({ disk }) => disk.snapshotBytes);
  }

  get stateBytesOfEach(): readonly number[] {
    return this.#places.map(({ disk }) => disk.stateBytes);
  }

  protected abstract makeMember(parts: MemberParts<M>): M;

  protected send(message: PeerMessage): void {
    const [from, to] = [this.#names.indexOf(message.from), this.#names.indexOf(message.to)];
    this.network.send({ from, to, kind: parcelKindOf(message), bytes: encodeMessage(message) });
  }

  protected observe(self: MemberId, observation: RaftObservation): void {
    demand(observation.kind !== "memberWiped", () => `${self} takes a member for wiped, whose disk is whole`);
    if (observation.kind !== "roleChanged" || observation.role !== "leader") return;
    const other = this.#leaders.get(observation.term) ?? self;
    demand(other === self, () => `${self} and ${other} both lead in term ${observation.term}`);
    this.#leaders.set(observation.term, self);
  }

  #newLife(place: number, { disk, lives }: Place<M>): ProcessLife<M> {
    const { time } = this.bench;
    const self = present(this.#names[place], "the place has a name");
    const random = this.bench.random.child(`${self} in life ${lives}`);
    return new ProcessLife<M>({
      time,
      random,
      disk,
      makeMember: (opened, life) => this.makeMember({ place, self, random, opened, life }),
    });
  }

  #at(place: number): Place<M> {
    return present(this.#places[place], "the place exists");
  }
}

function parcelKindOf({ body }: PeerMessage): Parcel["kind"] {
  return body.kind === "raft" ? PARCEL_KINDS[body.message.kind] : "reply";
}

/** Who asks makes a call; the answer to it is none. */
const PARCEL_KINDS: { readonly [K in MessageKind]: Parcel["kind"] } = {
  preVote: "request",
  preVoteReply: "reply",
  vote: "request",
  voteReply: "reply",
  append: "request",
  appendReply: "reply",
  snapshotChunk: "request",
  snapshotReply: "reply",
  readIndex: "request",
  readIndexReply: "reply",
  campaignNow: "request",
};
