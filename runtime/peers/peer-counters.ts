// What became of messages, by peer, kind and result. Plain numbers: they are counted in the hot path and read when somebody
// asks for the metrics.
import type { PeerMessage } from "../../core/replica/peer-message.ts";

export type MessageResult =
  | "sent"
  /** The buffer was full, or the connection ended before it was on its way. */
  | "dropped"
  /** Nobody knows where that member is. */
  | "unroutable"
  | "received"
  /** The mailbox was full. */
  | "overloaded"
  /** It arrived whole and made no sense here. */
  | "skipped";

export type MessageCount = { readonly peer: string; readonly kind: string; readonly result: MessageResult; count: number };

/** Series are bounded: peers by their places, kinds by the codec. */
const SERIES_MAX = 2_000;

export class PeerCounters {
  readonly #counts = new Map<string, MessageCount>();

  add(peer: string, kind: string, result: MessageResult): void {
    const key = `${peer} ${kind} ${result}`;
    const known = this.#counts.get(key);
    if (known !== undefined) known.count += 1;
    else if (this.#counts.size < SERIES_MAX) this.#counts.set(key, { peer, kind, result, count: 1 });
  }

  all(): Iterable<Readonly<MessageCount>> {
    return this.#counts.values();
  }

  total(result: MessageResult): number {
    let total = 0;
    for (const each of this.#counts.values()) if (each.result === result) total += each.count;
    return total;
  }
}

export function kindOf({ body }: PeerMessage): string {
  return body.kind === "raft" ? body.message.kind : body.kind;
}
