// Puts messages into envelopes, and keeps those back that speak of what is not on the disk yet: each is filed under the
// write that it waits for, and the confirmation of a write releases all that is filed under it and under earlier ones.
import { asBatch } from "../../base/ids.ts";
import type { BatchId, MemberId } from "../../base/ids.ts";
import type { Message } from "../../raft/messages.ts";
import type { EffectQueue } from "../effect-queue.ts";
import type { LocalTime } from "../local-time.ts";
import type { ReplicaIdentity } from "../options.ts";
import type { PeerBody } from "../peer-message.ts";

export type MailOptions = {
  readonly identity: ReplicaIdentity;
  /** The highest group version that this binary knows. */
  readonly version: number;
  readonly now: LocalTime;
  readonly effects: EffectQueue;
};

type Held = { readonly batch: BatchId; readonly messages: readonly Message[] };

export class OutgoingMail {
  readonly #options: MailOptions;
  #held: Held[] = [];
  #durable = asBatch(0);

  constructor(options: MailOptions) {
    this.#options = options;
  }

  send(messages: readonly Message[]): void {
    for (const message of messages) this.sendBody(message.to, { kind: "raft", message });
  }

  sendBody(to: MemberId, body: PeerBody): void {
    const { identity, version, now, effects } = this.#options;
    const { cluster, group, self: from, boot } = identity;
    // Clocks are told in whole milliseconds.
    const wallMs = Math.max(0, Math.floor(now.wallMs));
    effects.push({ kind: "sendPeer", message: { cluster, group, from, to, boot, wallMs, version, body } });
  }

  sendOnceDurable({ batch, messages }: Held): void {
    if (batch <= this.#durable) this.send(messages);
    else this.#held.push({ batch, messages });
  }

  release(batch: BatchId): void {
    if (batch > this.#durable) this.#durable = batch;
    const held = this.#held;
    this.#held = [];
    for (const waiting of held) this.sendOnceDurable(waiting);
  }
}
