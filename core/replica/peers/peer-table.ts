// What this member knows of each peer: which life it is in, what its clock said, and which version it knows. Lives are
// remembered across restarts of this member too; a life that is lower than one seen before is an old disk come back.
//
// Anybody may write, so strangers are remembered in small number, the latest ones; members of the group always.
import { asBoot } from "../../base/ids.ts";
import type { BootNumber, MemberId } from "../../base/ids.ts";
import { startsOf } from "../life-number.ts";
import type { LocalTime } from "../local-time.ts";
import type { Envelope } from "../peer-message.ts";

export type Peer = {
  boot: BootNumber;
  /** The highest group version that it knows; 0 until it was heard in this life of ours. */
  version: number;
  /** Its wall clock, and ours for the time in between when it said so. Null until then. */
  clock: { readonly wallMs: number; readonly heardAtMs: number } | null;
};

/** `oldLife`: the message is from a life that has ended, and nothing in it counts. */
export type Life = "first" | "same" | "restarted" | "oldLife";

export const STRANGERS_MAX = 64;

export class PeerTable {
  readonly #peers = new Map<MemberId, Peer>();
  #members: ReadonlySet<MemberId> = new Set();
  #bootsChanged = false;

  constructor(bootsSeen: Readonly<Record<string, BootNumber>>) {
    for (const [member, boot] of Object.entries(bootsSeen)) this.#peers.set(member as MemberId, { boot, version: 0, clock: null });
  }

  get(member: MemberId): Peer | undefined {
    return this.#peers.get(member);
  }

  /** Whose lives are never forgotten. */
  setMembers(members: readonly MemberId[]): void {
    this.#members = new Set(members);
  }

  hear({ from, boot, version, wallMs }: Envelope, now: LocalTime): Life {
    const known = this.#peers.get(from);
    const life = known === undefined ? "first" : compareLives(boot, known.boot);
    if (life === "oldLife") return life;
    const peer = known ?? this.#meet(from);
    if (life !== "same") this.#bootsChanged = true;
    peer.boot = boot;
    peer.version = version;
    if (wallMs > 0) peer.clock = { wallMs, heardAtMs: now.monotonicMs };
    return life;
  }

  /** All lives seen, if any is new since the last call. */
  takeChangedBoots(): Readonly<Record<string, BootNumber>> | null {
    if (!this.#bootsChanged) return null;
    this.#bootsChanged = false;
    return Object.fromEntries([...this.#peers].map(([member, { boot }]) => [member, boot]));
  }

  #meet(member: MemberId): Peer {
    const peer: Peer = { boot: asBoot(0), version: 0, clock: null };
    this.#peers.set(member, peer);
    this.#forgetStrangers();
    return peer;
  }

  #forgetStrangers(): void {
    if (this.#peers.size <= this.#members.size + STRANGERS_MAX) return;
    for (const member of this.#peers.keys()) {
      if (this.#members.has(member)) continue;
      this.#peers.delete(member);
      return;
    }
  }
}

/** As many starts and another mark: one of the two began from an old copy of the disk, and it is not the one that was heard first. */
function compareLives(heard: BootNumber, known: BootNumber): Life {
  if (heard === known) return "same";
  return startsOf(heard) > startsOf(known) ? "restarted" : "oldLife";
}
