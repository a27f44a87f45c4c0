// What this member knows of each peer: which life it is in, what its clock said, and which version it knows. Lives are
// remembered across restarts of this member too; a life that is lower than one seen before is an old disk come back, and so
// is a higher one that does not remember it, however often that disk was started since. Members say their earlier lives until
// they are known, and are told which of them is.
//
// Anybody may write, so strangers are remembered in small number, the latest ones; members of the group always.
import { asBoot } from "../../base/ids.ts";
import type { BootNumber, MemberId } from "../../base/ids.ts";
import { mayHaveLived, NO_LIFE_AFTER, startsOf } from "../life-number.ts";
import type { LocalTime } from "../local-time.ts";
import { LIVES_SEEN_MAX } from "../peer-message.ts";
import type { Envelope, LifeSeen } from "../peer-message.ts";

export type Peer = {
  boot: BootNumber;
  /** The highest group version that it knows; 0 until it was heard in this life of ours. */
  version: number;
  /** Its wall clock, and ours for the time in between when it said so. Null until then. */
  clock: { readonly wallMs: number; readonly heardAtMs: number } | null;
  /** It has said that it knows this life of ours. */
  knowsUs: boolean;
  /** It knows that its own is known here. */
  isIntroduced: boolean;
};

export type OwnLives = { readonly boot: BootNumber; readonly earlierLives: readonly BootNumber[] };

type Introduction = Pick<Envelope, "lives" | "toBoot">;

/** `oldLife`: the message is from a life that has ended, and nothing in it counts. */
export type Life = "first" | "same" | "restarted" | "oldLife";

export const STRANGERS_MAX = 64;

export class PeerTable {
  readonly #peers = new Map<MemberId, Peer>();
  #members: ReadonlySet<MemberId> = new Set();
  readonly #own: OwnLives;
  #bootsChanged = false;

  constructor(bootsSeen: Readonly<Record<string, BootNumber>>, own: OwnLives) {
    this.#own = own;
    for (const [member, boot] of Object.entries(bootsSeen)) this.#peers.set(member as MemberId, stranger(boot));
  }

  get(member: MemberId): Peer | undefined {
    return this.#peers.get(member);
  }

  /** Whether it has said so. */
  knowsUs(member: MemberId): boolean {
    return this.#peers.get(member)?.knowsUs === true;
  }

  /** Whether what has to say so is meant for this life. Earlier programs say it only until they are known to know, and without lives. */
  meansUs({ from, toBoot, lives }: Envelope): boolean {
    return toBoot === undefined ? lives === undefined && this.knowsUs(from) : toBoot === this.#own.boot;
  }

  /** Whose lives are never forgotten. */
  setMembers(members: readonly MemberId[]): void {
    this.#members = new Set(members);
  }

  hear({ from, boot, lives, toBoot, version, wallMs }: Envelope, now: LocalTime): Life {
    const known = this.#peers.get(from);
    const life = known === undefined ? "first" : compareLives({ boot, lives: lives ?? [] }, known.boot);
    if (life === "oldLife") return life;
    const peer = known ?? this.#meet(from);
    if (life !== "same") this.#bootsChanged = true;
    // A new life of it may have forgotten which of ours there is.
    peer.knowsUs = toBoot === this.#own.boot || (life === "same" && peer.knowsUs);
    peer.isIntroduced = lives === undefined;
    peer.boot = boot;
    peer.version = version;
    if (wallMs > 0) peer.clock = { wallMs, heardAtMs: now.monotonicMs };
    return life;
  }

  /** No life of this member counts any more. */
  expose(member: MemberId): void {
    const peer = this.#peers.get(member) ?? this.#meet(member);
    if (peer.boot !== NO_LIFE_AFTER) this.#bootsChanged = true;
    peer.boot = NO_LIFE_AFTER;
    peer.isIntroduced = false;
  }

  /** What another member knows. Answers whether it was news: then an earlier life of that one has ended. */
  hearOf({ member, boot }: LifeSeen): boolean {
    if (!this.#members.has(member)) return false;
    const known = this.#peers.get(member);
    if (known !== undefined && startsOf(boot) <= startsOf(known.boot)) return false;
    this.#peers.set(member, { ...stranger(boot), version: known?.version ?? 0 });
    this.#bootsChanged = true;
    return known !== undefined;
  }

  livesOfMembers(): readonly LifeSeen[] {
    const seen = [...this.#members].flatMap((member) => {
      const peer = this.#peers.get(member);
      return peer === undefined ? [] : [{ member, boot: peer.boot }];
    });
    return seen.slice(0, LIVES_SEEN_MAX);
  }

  /** What a letter to that member says of lives. Null: nothing; both know each other, and it does not matter which life gets it. */
  introduction(to: MemberId, isForOneLife: boolean): Introduction | null {
    const { earlierLives } = this.#own;
    const peer = this.#peers.get(to);
    const saysLife = peer !== undefined && (isForOneLife || !peer.isIntroduced);
    if (peer?.knowsUs === true && !saysLife) return null;
    return {
      ...(peer?.knowsUs === true ? {} : { lives: earlierLives }),
      ...(saysLife ? { toBoot: peer.boot } : {}),
    };
  }

  /** Somebody knows a life of this member that it does not remember: its disk is a copy of an older one. */
  isCopy({ toBoot }: Envelope): boolean {
    if (toBoot === undefined) return false;
    const { boot, earlierLives } = this.#own;
    return startsOf(toBoot) > startsOf(boot) || !mayHaveLived([...earlierLives, boot], toBoot);
  }

  /** All lives seen, if any is new since the last call. */
  takeChangedBoots(): Readonly<Record<string, BootNumber>> | null {
    if (!this.#bootsChanged) return null;
    this.#bootsChanged = false;
    return Object.fromEntries([...this.#peers].map(([member, { boot }]) => [member, boot]));
  }

  #meet(member: MemberId): Peer {
    const peer = stranger(asBoot(0));
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
function compareLives({ boot, lives }: { readonly boot: BootNumber; readonly lives: readonly BootNumber[] }, known: BootNumber): Life {
  if (boot === known) return "same";
  return startsOf(boot) > startsOf(known) && mayHaveLived(lives, known) ? "restarted" : "oldLife";
}

const stranger = (boot: BootNumber): Peer => ({ boot, version: 0, clock: null, knowsUs: false, isIntroduced: false });
