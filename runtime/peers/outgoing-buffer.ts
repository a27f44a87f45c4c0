// Messages that wait for their peer. Not yet encoded: until they are on their way they share their entries with the log,
// so that a peer that takes nothing costs next to nothing. When it is full the oldest go: what a peer needs after a silence is
// what is true now, and Raft sends again whatever was lost.
import type { PeerMessage } from "../../core/replica/peer-message.ts";
import { kindOf } from "./peer-counters.ts";

export type BufferLimits = { readonly messagesMax: number; readonly bytesMax: number };

/** For the header of a message, whatever its kind. */
const HEADER_BYTES = 300;

type Waiting = { readonly message: PeerMessage; readonly bytes: number };

export class OutgoingBuffer {
  readonly #onDropped: (kind: string) => void;
  #queue: Waiting[] = [];
  #first = 0;
  #bytes = 0;

  constructor(onDropped: (kind: string) => void) {
    this.#onDropped = onDropped;
  }

  get length(): number {
    return this.#queue.length - this.#first;
  }

  get bytes(): number {
    return this.#bytes;
  }

  push(message: PeerMessage, limits: BufferLimits): void {
    const bytes = sizeOf(message);
    this.#queue.push({ message, bytes });
    this.#bytes += bytes;
    while (this.length > limits.messagesMax || this.#bytes > limits.bytesMax) this.#drop();
  }

  shift(): PeerMessage | null {
    const waiting = this.#queue[this.#first];
    if (waiting === undefined) return null;
    this.#first += 1;
    this.#bytes -= waiting.bytes;
    if (this.#first === this.#queue.length || this.#first > 1_024) {
      this.#queue = this.#queue.slice(this.#first);
      this.#first = 0;
    }
    return waiting.message;
  }

  clear(): void {
    while (this.length > 0) this.#drop();
  }

  #drop(): void {
    const message = this.shift();
    if (message !== null) this.#onDropped(kindOf(message));
  }
}

function sizeOf({ body }: PeerMessage): number {
  let bytes = HEADER_BYTES;
  if (body.kind !== "raft") return bytes;
  if (body.message.kind === "append") for (const entry of body.message.entries) bytes += entry.bytes.length;
  if (body.message.kind === "snapshotChunk") bytes += body.message.bytes.length;
  return bytes;
}
