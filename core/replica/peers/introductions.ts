// Sees to it that every member knows every other's life, those too that it never hears from while a leader speaks for all:
// whoever comes back with an older disk must be found out by each that could be asked for a vote, or whose vote it could be.
// A member says so when it starts, and again ever more rarely, until each has shown that it knows; and it passes on what it
// knows of others, because who was down then may be the one that matters later.
import type { MemberId } from "../../base/ids.ts";
import { everyone } from "../../raft/membership.ts";
import type { Membership } from "../../raft/membership.ts";
import type { PeerMessage } from "../peer-message.ts";
import type { OutgoingMail } from "./outgoing-mail.ts";
import type { PeerTable } from "./peer-table.ts";

const FIRST_PAUSE_TICKS = 8;
const PAUSE_TICKS_MAX = 400;

export type IntroductionsOptions = { readonly self: MemberId; readonly peers: PeerTable; readonly mail: OutgoingMail };

export class Introductions {
  readonly #options: IntroductionsOptions;
  #pauseTicks = FIRST_PAUSE_TICKS;
  #ticksLeft = 1;

  constructor(options: IntroductionsOptions) {
    this.#options = options;
  }

  ticked(membership: Membership): void {
    if (--this.#ticksLeft > 0) return;
    this.#ticksLeft = this.#pauseTicks;
    this.#pauseTicks = Math.min(PAUSE_TICKS_MAX, 2 * this.#pauseTicks);
    for (const member of everyone(membership)) if (!this.#options.peers.knowsUs(member)) this.introduce(member);
  }

  /** Something that all should know at once. */
  tellAll(membership: Membership): void {
    for (const member of everyone(membership)) this.introduce(member);
  }

  /** Answered only while the sender is still without an answer, so that two of them come to an end. */
  answer({ from, lives }: PeerMessage): void {
    if (lives !== undefined) this.introduce(from);
  }

  introduce(member: MemberId): void {
    const { self, peers, mail } = this.#options;
    if (member !== self) mail.sendBody(member, { kind: "livesSeen", seen: peers.livesOfMembers() });
  }
}
