// Puts messages into envelopes, and keeps those back that speak of what is not on the disk yet: each is filed under the
// write that it waits for, and the confirmation of a write releases all that is filed under it and under earlier ones.
import { asBatch } from "../../base/ids.ts";
import type { BatchId, MemberId } from "../../base/ids.ts";
import type { Message } from "../../raft/messages.ts";
import { isForOneLife } from "../../raft/messages.ts";
import type { EffectQueue } from "../effect-queue.ts";
import type { LocalTime } from "../local-time.ts";
import type { ReplicaIdentity } from "../options.ts";
import type { PeerBody } from "../peer-message.ts";
import type { PeerTable } from "./peer-table.ts";

export type MailOptions = {
  readonly identity: ReplicaIdentity;
  /** The highest group version that this binary knows. */
  readonly version: number;
  readonly now: LocalTime;
  readonly peers: Pick<PeerTable, "introduction">;
  readonly effects: EffectQueue;
};

/** A disk that takes nothing for hours must not fill the memory. Any message may be lost, and the oldest tell the least. */
export const HELD_MESSAGES_MAX = 4_096;

type Held = { readonly batch: BatchId; readonly messages: readonly Message[] };

export class OutgoingMail {
  readonly #options: MailOptions;
  #held: Held[] = [];
  #heldMessages = 0;
  #durable = asBatch(0);

  constructor(options: MailOptions) {
    this.#options = options;
  }

  send(messages: readonly Message[]): void {
    for (const message of messages) this.sendBody(message.to, { kind: "raft", message });
  }

  sendBody(to: MemberId, body: PeerBody): void {
    const { identity, version, now, peers, effects } = this.#options;
    const { cluster, group, self: from, boot } = identity;
    // Clocks are told in whole milliseconds.
    const wallMs = Math.max(0, Math.floor(now.wallMs));
    const letter = { cluster, group, from, to, boot, wallMs, version, body };
    const introduction = peers.introduction(to, body.kind === "raft" && isForOneLife(body.message));
    effects.push({ kind: "sendPeer", message: introduction === null ? letter : { ...letter, ...introduction } });
  }

  sendOnceDurable({ batch, messages }: Held): void {
    if (batch <= this.#durable) this.send(messages);
    else this.#hold({ batch, messages });
  }

  release(batch: BatchId): void {
    if (batch > this.#durable) this.#durable = batch;
    const held = this.#held;
    this.#held = [];
    this.#heldMessages = 0;
    for (const waiting of held) this.sendOnceDurable(waiting);
  }

  #hold(held: Held): void {
    this.#held.push(held);
    this.#heldMessages += held.messages.length;
    while (this.#heldMessages > HELD_MESSAGES_MAX) this.#heldMessages -= this.#held.shift()?.messages.length ?? 0;
  }
}
