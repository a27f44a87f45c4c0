// One life of a process: it opens its data directory, finds out how it comes to be a member (birth), and then runs that
// member. Everything here is the product's own code over a simulated disk; only the wiring is the simulator's.
import { crc32c } from "../../../core/base/checksum.ts";
import { textOf, utf8 } from "../../../core/base/bytes.ts";
import { asCluster, asGroup, asMember } from "../../../core/base/ids.ts";
import type { GroupId, MemberId } from "../../../core/base/ids.ts";
import { refused } from "../../../core/base/outcome.ts";
import type { Random } from "../../../core/base/random.ts";
import type { RaftStatus } from "../../../core/raft/inputs.ts";
import { isLearner, isVoter } from "../../../core/raft/membership.ts";
import type { Membership } from "../../../core/raft/membership.ts";
import { Birth } from "../../../core/replica/birth.ts";
import { LIFE_MARKS } from "../../../core/replica/life-number.ts";
import type { BirthEffect, BirthEvent } from "../../../core/replica/birth.ts";
import { parseBirthMessage } from "../../../core/replica/birth-messages.ts";
import type { BirthMessage } from "../../../core/replica/birth-messages.ts";
import { DEFAULT_BIRTH_TIMING } from "../../../core/replica/birth-state.ts";
import type { Standing } from "../../../core/replica/birth-state.ts";
import { whyNotJoin } from "../../../core/replica/joining.ts";
import type { ReplicaStatus } from "../../../core/replica/status.ts";
import { openDataDirectory } from "../../../runtime/disk/data-directory.ts";
import type { DataDirectory } from "../../../runtime/disk/data-directory.ts";
import type { DiskProblem } from "../../../runtime/disk/disk-problem.ts";
import type { FilePort } from "../../../runtime/disk/file-port.ts";
import { TICK_MS } from "../../../runtime/ticker.ts";
import { EventLoop } from "./event-loop.ts";
import { DATA } from "./machine-disk.ts";
import { openMember } from "./member-opening.ts";
import { Member } from "./member.ts";
import type { Answer, Process, ProcessRequest } from "./process.ts";
import type { World } from "./world.ts";

/** How a process ends by itself. Whoever is called for, a supervisor or a person, is not decided here. */
export type Ending =
  /** Start it again: what the disk holds is fine, or was set aside. */
  | "failed"
  /** It refuses what is on its disk. */
  | "damaged"
  /** Its binary does not know what the group has agreed on. */
  | "outdated"
  /** As it was asked to. */
  | "shutDown";

export type LifePorts = {
  readonly world: World;
  readonly process: Process;
  readonly random: Random;
  readonly onEnd: (ending: Ending, words: string) => void;
};

export const GROUP: GroupId = asGroup("g");
/** No peer message begins with this byte. */
const LETTER = 1;
const LETTER_HEADER_BYTES = 5;

type BirthEffectOf<K extends BirthEffect["kind"]> = Extract<BirthEffect, { readonly kind: K }>;
type BirthActs = { readonly [K in BirthEffect["kind"]]: (effect: BirthEffectOf<K>) => void };

export class Life {
  readonly loop: EventLoop;
  /** How many places the configuration of this process knows. */
  placesConfigured = 0;
  readonly #ports: LifePorts;
  #directory: DataDirectory | null = null;
  #birth: Birth | null = null;
  readonly #birthEvents: BirthEvent[] = [];
  #isStepping = false;
  #member: Member | null = null;

  constructor(ports: LifePorts) {
    this.#ports = ports;
    this.loop = new EventLoop(ports.world, ports.random.child("event loop"));
  }

  get member(): MemberId | null {
    return this.#directory?.identity?.member ?? null;
  }

  get status(): RaftStatus | null {
    return this.#member?.status ?? null;
  }

  get foundLastIndex(): number | null {
    return this.#member?.foundLastIndex ?? null;
  }

  get stage(): ReplicaStatus["stage"] | null {
    return this.#member?.stage ?? null;
  }

  get ticks(): number {
    return this.#member?.ticks ?? 0;
  }

  valueInMemory(key: Uint8Array): Uint8Array | null {
    return this.#member?.valueInMemory(key) ?? null;
  }

  get appliedIndex(): number {
    return this.#member?.appliedIndex ?? 0;
  }

  get memberships(): readonly Membership[] {
    return this.#member?.memberships ?? [];
  }

  begin(files: FilePort): void {
    const mark = this.#ports.random.between(0, LIFE_MARKS - 1);
    openDataDirectory({ files, path: `/${DATA}`, mark }, (problem, directory) => {
      if (problem !== null) this.#fail(problem);
      else this.#beginBirth(directory);
    });
  }

  /** Nothing of it happens any more. */
  end(): void {
    this.loop.end();
    this.#member?.end();
  }

  shutDown(): void {
    if (this.#member === null) this.#ports.onEnd("shutDown", "");
    else this.#member.shutDown(() => this.#ports.onEnd("shutDown", ""));
  }

  receive(bytes: Uint8Array): void {
    if (bytes[0] === LETTER) this.#receiveLetter(bytes);
    else this.#member?.receive(bytes);
  }

  request(request: ProcessRequest, answer: Answer): void {
    if (this.#member === null) answer(refused("starting", "this member does not belong to a group yet"));
    else this.#member.request(request, answer);
  }

  compareDigest(): void {
    this.#member?.compareDigest();
  }

  #beginBirth(directory: DataDirectory): void {
    const { world, process, random } = this.#ports;
    this.#directory = directory;
    const places = world.configuredPlaces;
    this.placesConfigured = places.length;
    this.#birth = new Birth({
      group: GROUP,
      self: process.address,
      places: places.map(({ address }) => address),
      cluster: null,
      boot: directory.boot,
      timing: DEFAULT_BIRTH_TIMING,
    });
    const word = (): string => random.uint32().toString(36);
    const fresh = { member: asMember(`m${process.place}-${word()}`), cluster: asCluster(`cluster-${word()}`) };
    this.#stepBirth({ kind: "started", identity: directory.identity, fresh });
    this.#tickBirth();
  }

  #tickBirth(): void {
    this.loop.runAfter(this.#ports.process.clock.worldUs(TICK_MS), () => {
      this.#stepBirth({ kind: "tick" });
      this.#tickBirth();
    });
  }

  #stepBirth(event: BirthEvent): void {
    this.#birthEvents.push(event);
    if (this.#isStepping) return;
    this.#isStepping = true;
    for (let next = this.#birthEvents.shift(); next !== undefined; next = this.#birthEvents.shift()) {
      for (const effect of this.#birth?.step(next) ?? []) this.#acts[effect.kind](effect as never);
    }
    this.#isStepping = false;
  }

  readonly #acts: BirthActs = {
    saveIdentity: ({ identity }) => {
      this.#directory?.saveIdentity(identity, (problem) => {
        if (problem === null) this.#stepBirth({ kind: "identitySaved" });
        else this.#fail(problem);
      });
    },
    send: ({ to, message }) => this.#sendLetter(to.ordinal, message),
    askControllers: () => undefined, // there are none in this world
    become: (effect) => this.#become(effect),
    considerJoin: (newcomer) => this.#considerJoin(newcomer),
    wait: ({ reasons }) => {
      const { world, process } = this.#ports;
      if (world.trace.isWritten) world.trace.line(world.nowUs, `${process.name} waits: ${reasons.join("; ")}`);
    },
    beginAnew: () => this.#member?.beginAnew(),
    refuse: ({ message }) => this.#ports.onEnd("damaged", message),
  };

  #become({ member, founding, membership }: BirthEffectOf<"become">): void {
    const { world, process, random } = this.#ports;
    const directory = this.#directory;
    if (directory === null) return;
    const ports = {
      world,
      process,
      random,
      loop: this.loop,
      directory,
      identity: {
        cluster: founding.cluster,
        group: GROUP,
        self: member,
        boot: directory.life,
      },
      founding: membership,
      onFailure: (problem: DiskProblem) => this.#fail(problem),
      onStop: (ending: Ending, words: string) => this.#ports.onEnd(ending, words),
      onStanding: (standing: Standing) => this.#noteStanding(standing, member),
    };
    openMember(ports, (opened) => {
      this.#member = new Member(ports, opened);
      this.#member.start();
    });
  }

  #noteStanding(standing: Standing, member: MemberId): void {
    if (standing.membership.voters.includes(member)) this.#ports.process.becameVoter();
    this.#stepBirth({ kind: "standing", ...standing });
  }

  /** As services/replica does. */
  #considerJoin({ member, place, ask }: BirthEffectOf<"considerJoin">): void {
    const { status } = this;
    const answer = (accepted: boolean, message: string): void => {
      const removed = this.#ports.process.hasRemoved(member);
      this.#stepBirth({ kind: "joinConsidered", member, place, ask, accepted, removed, message });
    };
    if (status === null) return answer(false, "this member is not ready yet");
    if (isVoter(status.membership, member) || isLearner(status.membership, member)) return answer(true, "already a member");
    const refusal = whyNotJoin(status, { member, place });
    if (refusal !== null) return answer(false, refusal);
    this.#ports.process.ask({ kind: "changeMembership", change: { kind: "addLearner", member, place } }, (outcome) => {
      answer(outcome.kind === "done", outcome.kind === "refused" ? outcome.refusal.message : outcome.kind);
    });
  }

  #sendLetter(to: number, message: BirthMessage): void {
    const json = utf8(JSON.stringify(message));
    const bytes = new Uint8Array(LETTER_HEADER_BYTES + json.length);
    bytes[0] = LETTER;
    new DataView(bytes.buffer).setUint32(1, crc32c(json));
    bytes.set(json, LETTER_HEADER_BYTES);
    this.#ports.world.network.send({ from: this.#ports.process.place, to }, bytes);
  }

  #receiveLetter(bytes: Uint8Array): void {
    const json = bytes.subarray(LETTER_HEADER_BYTES);
    const isWhole = bytes.length > LETTER_HEADER_BYTES && new DataView(bytes.buffer, bytes.byteOffset).getUint32(1) === crc32c(json);
    const message = isWhole ? parseBirthMessage(JSON.parse(textOf(json))) : null;
    if (message !== null) this.#stepBirth({ kind: "message", message });
  }

  #fail(problem: DiskProblem): void {
    const { world, process, onEnd } = this.#ports;
    if (world.trace.isWritten) world.trace.line(world.nowUs, `${process.name} ends: ${problem.message}`);
    onEnd(problem.kind === "damaged" ? "damaged" : "failed", problem.message);
  }
}
