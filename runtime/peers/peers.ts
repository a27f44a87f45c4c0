// All ways to other members. Where each is comes from the group's membership; a member that is not in it yet, or not any more,
// is known from its own introduction when it calls, because it must be told things too.
import type { MemberId } from "../../core/base/ids.ts";
import type { Place } from "../../core/raft/membership.ts";
import type { PeerMessage } from "../../core/replica/peer-message.ts";
import type { PeerIdentity } from "./handshake.ts";
import { BEAT_MS } from "./outgoing-stream.ts";
import { kindOf } from "./peer-counters.ts";
import type { LinkOptions } from "./peer-link.ts";
import { PeerLink } from "./peer-link.ts";

/** Members that called and are in no membership; more than one group can have. */
const INTRODUCED_MAX = 16;
/** Whoever is in no membership and hasn't been there for this many attempts is gone; about ten seconds. */
const INTRODUCED_FAILURES_MAX = 30;

export class Peers {
  readonly #options: LinkOptions;
  readonly #members = new Map<MemberId, PeerLink>();
  /** Oldest first. */
  readonly #introduced = new Map<MemberId, PeerLink>();
  readonly #beats: NodeJS.Timeout;
  #isClosed = false;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#beats = setInterval(() => {
      this.#beat();
    }, BEAT_MS);
  }

  /** The places of the newest membership. Who left it is still told so, for as long as it is there. */
  setMembers(places: Readonly<Record<string, Place>>): void {
    if (this.#isClosed) return;
    const wanted = new Map(Object.entries(places) as [MemberId, Place][]);
    wanted.delete(this.#options.self.member);
    for (const [member, link] of this.#members) {
      if (wanted.has(member)) continue;
      this.#members.delete(member);
      this.#keepIntroduced(member, link);
    }
    for (const [member, place] of wanted) if (!this.#isHere(place)) this.#setMember(member, place);
  }

  /** A peer opened a stream to this member and said where it is. */
  introduce({ member, place }: PeerIdentity): void {
    if (this.#isClosed || member === this.#options.self.member || this.#isHere(place)) return;
    const belonging = this.#members.get(member);
    if (belonging !== undefined) return belonging.wasCalled();
    const known = this.#introduced.get(member);
    if (known !== undefined && isSame(known.place, place)) return known.wasCalled();
    known?.close();
    this.#keepIntroduced(member, new PeerLink({ member, place }, this.#options));
  }

  /** Never waits, never fails. */
  send(message: PeerMessage): void {
    const link = this.#members.get(message.to) ?? this.#introduced.get(message.to);
    if (link === undefined) this.#options.counters.add("unknown", kindOf(message), "unroutable");
    else link.send(message);
  }

  /** Whether messages to this member can leave now. */
  isConnected(member: MemberId): boolean {
    return (this.#members.get(member) ?? this.#introduced.get(member))?.isOpen ?? false;
  }

  get waitingBytes(): number {
    let bytes = 0;
    for (const link of this.#links()) bytes += link.waitingBytes;
    return bytes;
  }

  /** Whoever calls after this is not called back. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#beats);
    for (const link of this.#links()) link.close();
    this.#members.clear();
    this.#introduced.clear();
  }

  #beat(): void {
    for (const link of this.#links()) link.beat();
    for (const [member, link] of this.#introduced) if (link.failures > INTRODUCED_FAILURES_MAX) this.#forget(member, link);
  }

  /** Where this member is there is no other: one that the group still lists was here before, and is gone. */
  #isHere(place: Place): boolean {
    return place.address === this.#options.self.place.address;
  }

  #setMember(member: MemberId, place: Place): void {
    this.#options.counters.expect(String(place.ordinal));
    const known = this.#members.get(member) ?? this.#introduced.get(member);
    this.#introduced.delete(member);
    if (known !== undefined && isSame(known.place, place)) {
      this.#members.set(member, known);
      return;
    }
    known?.close();
    this.#members.set(member, new PeerLink({ member, place }, this.#options));
  }

  #keepIntroduced(member: MemberId, link: PeerLink): void {
    this.#introduced.delete(member);
    this.#introduced.set(member, link);
    const [oldest] = this.#introduced;
    if (this.#introduced.size > INTRODUCED_MAX && oldest !== undefined) this.#forget(...oldest);
  }

  #forget(member: MemberId, link: PeerLink): void {
    link.close();
    this.#introduced.delete(member);
  }

  #links(): readonly PeerLink[] {
    return [...this.#members.values(), ...this.#introduced.values()];
  }
}

function isSame(a: Place, b: Place): boolean {
  return a.ordinal === b.ordinal && a.address === b.address;
}
