// The way to one peer: a buffer, and a stream that is opened again whenever it ends. Sending never waits and never fails: what
// can't leave is dropped and counted, because Raft sends again whatever matters. One peer's trouble stays in its own link.
import type { MemberId } from "../../core/base/ids.ts";
import type { Place } from "../../core/raft/membership.ts";
import type { PeerMessage } from "../../core/replica/peer-message.ts";
import type { Clock } from "../clock.ts";
import type { Logger } from "../logger.ts";
import { BackOff } from "./back-off.ts";
import { proofOf } from "./cluster-secret.ts";
import type { PeerIdentity } from "./handshake.ts";
import { handshakeHeaders } from "./handshake.ts";
import { BODY_BYTES_MAX, encodeWithin, HEADER_BYTES_MAX } from "./message-codec.ts";
import type { BufferLimits } from "./outgoing-buffer.ts";
import { OutgoingBuffer } from "./outgoing-buffer.ts";
import type { StreamEnd } from "./outgoing-stream.ts";
import { aroundChunk, OutgoingStream } from "./outgoing-stream.ts";
import { parseAddress } from "./peer-address.ts";
import type { PeerCounters } from "./peer-counters.ts";
import { kindOf } from "./peer-counters.ts";
import type { PeerNames } from "./peer-names.ts";
import type { PeerTls } from "./tls/peer-tls.ts";

export type LinkOptions = {
  readonly self: PeerIdentity;
  readonly names: PeerNames;
  readonly counters: PeerCounters;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Uniform in [0, 1): no two members try again in step. */
  readonly fraction: () => number;
  readonly limits?: LinkLimits;
  /** What this member proves itself by; left out or null: by nothing. */
  readonly clusterSecret?: string | null;
  /** Left out or null: peers are spoken to without. */
  readonly tls?: PeerTls | null;
};

export type LinkEnd = { readonly member: MemberId; readonly place: Place };

export type LinkLimits = {
  /** While the stream is open: more than Raft has under way to one follower, so a full buffer means a stuck peer. */
  readonly open: BufferLimits;
  /** While it is not: enough for the last few things that were said. */
  readonly closed: BufferLimits;
};

export const DEFAULT_LINK_LIMITS: LinkLimits = {
  open: { messagesMax: 8_192, bytesMax: 25_165_824 },
  closed: { messagesMax: 64, bytesMax: 2_097_152 },
};

/** A stream that lived this long was a success. */
const STABLE_MS = 1_000;

export class PeerLink {
  readonly place: Place;
  readonly #member: MemberId;
  readonly #options: LinkOptions;
  readonly #limits: LinkLimits;
  readonly #buffer: OutgoingBuffer;
  readonly #backOff: BackOff;
  #stream: OutgoingStream | null = null;
  #retry: NodeJS.Timeout | null = null;
  #isClosed = false;
  #isFlushScheduled = false;
  #isHurried = false;
  #openedMs: number | null = null;
  #lastTrouble: string | null = null;

  constructor({ member, place }: LinkEnd, options: LinkOptions) {
    this.#member = member;
    this.place = place;
    this.#options = options;
    this.#limits = options.limits ?? DEFAULT_LINK_LIMITS;
    this.#backOff = new BackOff(options.fraction);
    this.#buffer = new OutgoingBuffer((kind) => {
      this.#count(kind, "dropped");
    });
    void this.#connect();
  }

  get isOpen(): boolean {
    return this.#stream?.isOpen ?? false;
  }

  /** Attempts since the last stream that lasted. */
  get failures(): number {
    return this.#backOff.failures;
  }

  get waitingBytes(): number {
    return this.#buffer.bytes;
  }

  send(message: PeerMessage): void {
    if (this.#isClosed) return;
    this.#buffer.push(message, this.isOpen ? this.#limits.open : this.#limits.closed);
    if (!this.isOpen || this.#isFlushScheduled) return;
    this.#isFlushScheduled = true;
    // A turn of the host runs to its end before this: all that it sends here leaves together.
    queueMicrotask(() => {
      this.#isFlushScheduled = false;
      this.#flush();
    });
  }

  /**
   * The peer has called, so it is there: the next attempt need not wait any longer. Only once until a stream has lasted: two that
   * accept each other's streams and make nothing of them must not connect as fast as they can.
   */
  wasCalled(): void {
    if (this.#isHurried || this.#retry === null) return;
    this.#isHurried = true;
    this.#tryNow();
  }

  beat(): void {
    this.#stream?.beat();
  }

  close(): void {
    this.#isClosed = true;
    this.#stopWaiting();
    this.#stream?.close();
    this.#buffer.clear();
  }

  #tryNow(): void {
    if (this.#stopWaiting()) void this.#connect();
  }

  #flush(): void {
    const stream = this.#stream;
    if (stream === null || !stream.canTakeMore) return;
    stream.together(() => {
      while (stream.canTakeMore && this.#sendNext(stream));
    });
  }

  #sendNext(stream: OutgoingStream): boolean {
    const message = this.#buffer.shift();
    if (message === null) return false;
    const chunk = encodeWithin(message, aroundChunk);
    // The peer would end the stream over it.
    const isTooLarge = chunk.length > HEADER_BYTES_MAX + BODY_BYTES_MAX;
    if (!isTooLarge) stream.write(chunk);
    this.#count(kindOf(message), isTooLarge ? "dropped" : "sent");
    return true;
  }

  async #connect(): Promise<void> {
    const { names, self, tls = null } = this.#options;
    const address = parseAddress(this.place.address);
    if (address === null) return this.#ended({ kind: "failed", message: "the address is not host:port" });
    const ip = await names.addressOf(address.host, this.#backOff.failures);
    if (this.#isClosed) return;
    if (ip === null) return this.#ended({ kind: "failed", message: `no name server knows ${address.host}` });
    const proof = proofOf(this.#options.clusterSecret ?? null);
    const whither = { host: this.place.address, "content-type": "application/octet-stream" };
    const headers = { ...handshakeHeaders(self, this.#member), ...proof, ...whither };
    this.#stream = new OutgoingStream(
      { ip, port: address.port, headers, ...(tls === null ? {} : { agent: tls.connector.newAgent() }) },
      {
        onOpen: () => {
          this.#opened();
        },
        onDrain: () => {
          this.#flush();
        },
        onEnd: (end) => {
          this.#ended(end);
        },
      },
    );
  }

  #opened(): void {
    const { clock, logger } = this.#options;
    this.#openedMs = clock.monotonicMs();
    this.#lastTrouble = null;
    logger.info({ event: "peerConnected", ...this.place }, `peer ${this.place.ordinal} at ${this.place.address}: connected`);
    this.#flush();
  }

  #ended(end: StreamEnd): void {
    const livedMs = this.#openedMs === null ? 0 : this.#options.clock.monotonicMs() - this.#openedMs;
    this.#stream = null;
    this.#openedMs = null;
    // Old by the time there is a new stream, and better said anew.
    this.#buffer.clear();
    if (this.#isClosed) return;
    if (livedMs >= STABLE_MS) {
      this.#backOff.succeeded();
      this.#isHurried = false;
    }
    this.#tellOnce(end);
    this.#retry = setTimeout(() => this.#tryNow(), this.#backOff.nextMs());
  }

  /** False: it did not wait for the next attempt. */
  #stopWaiting(): boolean {
    if (this.#retry === null) return false;
    clearTimeout(this.#retry);
    this.#retry = null;
    return true;
  }

  /** Attempts are many; what goes wrong is worth a line only when it is something new. */
  #tellOnce({ kind, message }: StreamEnd): void {
    if (this.#lastTrouble === message) return;
    this.#lastTrouble = message;
    const event = kind === "refused" ? "peerRefusesUs" : "peerUnreachable";
    this.#options.logger.warn({ event, ...this.place, reason: message }, `peer ${this.place.ordinal} at ${this.place.address}: ${message}`);
  }

  #count(kind: string, result: "sent" | "dropped"): void {
    this.#options.counters.add(String(this.place.ordinal), kind, result);
  }
}
