// One place: a machine with a disk and a clock, and the process that runs on it, if one does. A start builds everything anew
// from what the disk holds; nothing else outlives a process.
import { textOf } from "../../../core/base/bytes.ts";
import type { Outcome } from "../../../core/base/outcome.ts";
import { refused } from "../../../core/base/outcome.ts";
import type { MemberId } from "../../../core/base/ids.ts";
import { everyone, isJoint } from "../../../core/raft/membership.ts";
import type { Membership, Place } from "../../../core/raft/membership.ts";
import type { Reply } from "../../../core/replica/effects.ts";
import type { ReplicaStatus } from "../../../core/replica/status.ts";
import type { ClientOperation } from "../../../core/replica/events.ts";
import { FIRST_VERSION } from "../../../core/replica/options.ts";
import type { DiskImage } from "./disk/simulated-disk.ts";
import type { Ledger } from "./ledger.ts";
import { Clock } from "./clock.ts";
import { Life } from "./life.ts";
import type { Ending } from "./life.ts";
import { MachineDisk } from "./machine-disk.ts";
import type { World } from "./world.ts";

export type ProcessRequest = {
  readonly operation: ClientOperation;
  readonly deadlineMs: number;
  /** When the one who asks goes away, if it does. */
  readonly abandonAfterMs?: number;
};
export type Answer = (outcome: Outcome<Reply>) => void;

const ADMIN_DEADLINE_MS = 1_000;
const WALL_OFFSET_MS_MAX = 200;

export class Process {
  readonly place: number;
  readonly name: string;
  readonly address: Place;
  readonly clock: Clock;
  readonly disk: MachineDisk;
  /** Whether the place is to have a member. */
  isWanted = false;
  /** The highest group version that the binary at this place knows. */
  version = FIRST_VERSION;
  /** Why the last process ended by itself; null when it runs, or when somebody ended it. */
  ending: Ending | null = null;
  /** What it said of it. */
  lastWords = "";
  readonly #world: World;
  #life: Life | null = null;
  #starts = 0;
  /** As far as is known from the last life. */
  #member: MemberId | null = null;
  #membershipsAtEnd: readonly Membership[] = [];
  /** Its disk was lost, and the place has no voter since. */
  #isComingBack = false;

  constructor(world: World, place: number) {
    this.#world = world;
    this.place = place;
    this.name = `place ${place}`;
    this.address = { ordinal: place, address: `place-${place}:1` };
    const random = world.random.child(this.name);
    this.clock = new Clock(() => world.nowUs, random.between(-WALL_OFFSET_MS_MAX, WALL_OFFSET_MS_MAX));
    this.disk = new MachineDisk({
      profile: world.plan.disk,
      random: random.child("disk"),
      effects: world.effects,
      schedule: (delayUs, run) => {
        const life = this.#life;
        if (life !== null) life.loop.runAfter(delayUs, run);
      },
    });
  }

  get isRunning(): boolean {
    return this.#life !== null;
  }

  get isPaused(): boolean {
    return this.#life?.loop.isPaused === true;
  }

  get member(): MemberId | null {
    return this.#life?.member ?? this.#member;
  }

  /** Whether it takes part in a group, as far as is known. */
  get hasGroup(): boolean {
    return this.memberships.length > 0;
  }

  get isLeader(): boolean {
    return this.#life?.status?.role === "leader";
  }

  /** Whom it takes for the leader. */
  get follows(): MemberId | null {
    return this.#life?.status?.leader ?? null;
  }

  /** Null until it belongs to a group. */
  get ledger(): Ledger | null {
    return this.member === null || !this.hasGroup ? null : this.#world.ledgerOf(this.member);
  }

  get term(): number {
    return this.#life?.status?.term ?? 0;
  }

  get lastIndex(): number {
    return this.#life?.status?.lastIndex ?? 0;
  }

  get commitIndex(): number {
    return this.#life?.status?.commitIndex ?? 0;
  }

  /** In front of the first entry of its log. */
  get baseIndex(): number {
    return this.#life?.status?.baseIndex ?? 0;
  }

  /** Of this leader's followers. */
  acknowledgedBy(member: MemberId): number {
    return this.#life?.status?.followers.find((follower) => follower.member === member)?.matchIndex ?? 0;
  }

  /** The last entry that the present life found at its start; null while it doesn't know. */
  get foundLastIndex(): number | null {
    return this.#life?.foundLastIndex ?? null;
  }

  /** Of the member that runs here. */
  get stage(): ReplicaStatus["stage"] | null {
    return this.#life?.stage ?? null;
  }

  /** Another one after every start; to be compared only. */
  get life(): unknown {
    return this.#life;
  }

  /** That the event loop of this life came to. */
  get ticks(): number {
    return this.#life?.ticks ?? 0;
  }

  valueInMemory(key: Uint8Array): string | null {
    const value = this.#life?.valueInMemory(key) ?? null;
    return value === null ? null : textOf(value);
  }

  /** Flips a bit of what this key has in memory. False: it has nothing there. */
  alterMemory(key: Uint8Array): boolean {
    const value = this.#life?.valueInMemory(key) ?? null;
    if (value === null || value.length === 0) return false;
    value[0] = (value[0] as number) ^ 1;
    return true;
  }

  get appliedIndex(): number {
    return this.#life?.appliedIndex ?? 0;
  }

  /** Waits to be let in, and can't know every place where it could ask. */
  get isOutdated(): boolean {
    const life = this.#life;
    if (life === null || life.member === null || life.placesConfigured === this.#world.configuredPlaces.length) return false;
    return life.status === null || !everyone(life.status.membership).includes(life.member);
  }

  /** Those that may be in force, as this member knows. */
  get memberships(): readonly Membership[] {
    const now = this.#life?.memberships ?? [];
    return now.length > 0 ? now : this.#membershipsAtEnd;
  }

  /** By a committed membership, as this member knows it; an uncommitted one may be taken back. */
  hasAsVoter(member: MemberId | null): boolean {
    return member !== null && this.#settledMembership?.voters.includes(member) === true;
  }

  hasRemoved(member: MemberId | null): boolean {
    return member !== null && this.#settledMembership?.removed.includes(member) === true;
  }

  get #settledMembership(): Membership | null {
    const status = this.#life?.status ?? null;
    if (status === null || status.membership.index > status.commitIndex || isJoint(status.membership)) return null;
    return status.membership;
  }

  start(): void {
    if (this.#life !== null || !this.isWanted) return;
    this.ending = null;
    this.#starts++;
    const life = new Life({
      world: this.#world,
      process: this,
      random: this.#world.random.child(`${this.name} life ${this.#starts}`),
      onEnd: (ending, words) => this.#end(ending, words),
    });
    this.#life = life;
    life.begin(this.disk.boot());
  }

  kill(): void {
    if (this.#life === null) return;
    this.#endLife();
    this.disk.crash("process");
  }

  losePower(): void {
    if (this.#life === null) return;
    this.#endLife();
    this.disk.crash("power");
  }

  /** Another machine with a blank disk takes this place. */
  wipe(): void {
    if (this.#life !== null) this.losePower();
    if (this.#member !== null) this.#world.watch.wiped(this.#member);
    this.disk.wipe();
    this.#isComingBack = this.#member !== null;
    this.#member = null;
    this.#membershipsAtEnd = [];
    this.ending = null;
  }

  /** Another binary, from the next start on, which is now. */
  install(binary: "old" | "new"): void {
    this.version = binary === "new" ? FIRST_VERSION + 1 : FIRST_VERSION;
    this.kill();
    this.start();
  }

  becameVoter(): void {
    if (this.#isComingBack) this.#world.effects["wiped member back"]++;
    this.#isComingBack = false;
  }

  /** Its disk becomes what it once was. */
  restore(backup: DiskImage): void {
    this.disk.restore(backup);
    if (this.member === null) return;
    this.ledger?.rolledBack();
    this.#world.watch.rolledBack(this.member);
  }

  /** Asks it to end by itself. */
  shutDown(): void {
    this.#life?.shutDown();
  }

  pause(): void {
    this.#life?.loop.pause();
  }

  resume(): void {
    while (this.isPaused) this.#life?.loop.resume();
  }

  stall(forUs: number): void {
    this.#life?.loop.stall(forUs);
  }

  receive(bytes: Uint8Array): void {
    const life = this.#life;
    life?.loop.run(() => life.receive(bytes), "peers");
  }

  request(request: ProcessRequest, answer: Answer): void {
    const life = this.#life;
    if (life === null) answer(refused("starting", "nobody listens at this place"));
    else life.loop.run(() => life.request(request, answer), "clients");
  }

  /** What a person at this machine asks. */
  ask(operation: ClientOperation, answer: Answer): void {
    this.request({ operation, deadlineMs: ADMIN_DEADLINE_MS }, answer);
  }

  /** With what the others had when they had applied as much. */
  compareDigest(): void {
    this.#life?.compareDigest();
  }

  #end(ending: Ending, words: string): void {
    this.#endLife();
    this.lastWords = words;
    this.disk.crash("process");
    this.ending = ending;
  }

  #endLife(): void {
    const life = this.#life;
    if (life === null) return;
    // A life that ended before it knew takes nothing from what was known.
    if (life.member !== null) this.#member = life.member;
    if (life.memberships.length > 0) this.#membershipsAtEnd = life.memberships;
    this.#life = null;
    life.end();
  }
}
