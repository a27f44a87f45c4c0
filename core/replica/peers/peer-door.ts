// Who is let in: only messages of this cluster and group, to this member, from the latest life of a member that was not
// removed. Those who can't be let in for good are told so, because they don't know it themselves.
import type { BootNumber, MemberId } from "../../base/ids.ts";
import { everyone } from "../../raft/membership.ts";
import type { Membership } from "../../raft/membership.ts";
import type { EffectQueue } from "../effect-queue.ts";
import type { ReplicaObservation } from "../effects.ts";
import type { LocalTime } from "../local-time.ts";
import type { ReplicaIdentity } from "../options.ts";
import type { PeerMessage } from "../peer-message.ts";
import { isWellFormed } from "./message-validation.ts";
import type { OutgoingMail } from "./outgoing-mail.ts";
import type { PeerTable } from "./peer-table.ts";

type Why = Extract<ReplicaObservation, { readonly kind: "envelopeRefused" }>["why"];

export type DoorOptions = {
  readonly identity: ReplicaIdentity;
  readonly peers: PeerTable;
  readonly mail: OutgoingMail;
  readonly now: LocalTime;
  readonly effects: EffectQueue;
};

/** `isCopy`: this member itself is what should not be let in. */
export type Admitted = "admitted" | "admittedAfterRestart" | "refused" | "isCopy";

export class PeerDoor {
  readonly #options: DoorOptions;
  #removed: ReadonlySet<MemberId> = new Set();

  constructor(options: DoorOptions) {
    this.#options = options;
  }

  /** Of the applied entries: a removal that is not committed may be taken back, and shuts nobody out. */
  membershipChanged(membership: Membership): void {
    this.#removed = new Set(membership.removed);
    this.#options.peers.setMembers(everyone(membership));
  }

  /** `leader`: whom this member follows. A leader that removes itself still has to say so, and to hand over. */
  admit(message: PeerMessage, leader: MemberId | null): Admitted {
    const { peers, mail, now } = this.#options;
    const why = this.#whyNot(message);
    if (why !== null) return this.#refuse(message, why);
    // What says so in words is heard out.
    if (message.body.kind !== "youAreWiped" && peers.isCopy(message)) return "isCopy";
    if (this.#removed.has(message.from) && message.from !== leader) {
      if (message.body.kind === "raft") mail.sendBody(message.from, { kind: "youAreRemoved" });
      return this.#refuse(message, "removed");
    }
    const life = peers.hear(message, now);
    if (life === "oldLife") {
      if (message.body.kind === "raft") this.tellWiped(message.from, message.boot, "another life of this member was seen");
      return this.#refuse(message, "oldLife");
    }
    if (life !== "restarted") return "admitted";
    this.#options.effects.observe({ kind: "peerRestarted", member: message.from, boot: message.boot });
    return "admittedAfterRestart";
  }

  /** Only the life that is meant will obey. */
  tellWiped(member: MemberId, yourBoot: BootNumber, why: string): void {
    this.#options.mail.sendBody(member, { kind: "youAreWiped", yourBoot, why });
  }

  #whyNot(message: PeerMessage): Why | null {
    const { cluster, group, self } = this.#options.identity;
    if (!isWellFormed(message)) return "malformed";
    if (message.cluster !== cluster) return "cluster";
    if (message.group !== group) return "group";
    return message.to === self && message.from !== self ? null : "addressee";
  }

  #refuse({ from }: PeerMessage, why: Why): "refused" {
    this.#options.effects.observe({ kind: "envelopeRefused", from, why });
    return "refused";
  }
}
