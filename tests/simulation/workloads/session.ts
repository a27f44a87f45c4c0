// A client's side of exactly once: which serials are open, and up to which one all answers have arrived.
import type { Session } from "../../../core/replica/events.ts";

export class ClientSession {
  readonly #client: string;
  readonly #window: number;
  readonly #open = new Set<number>();
  #next = 1;

  /** `window`: how far serials may run ahead of what is acknowledged. */
  constructor(client: string, window: number) {
    this.#client = client;
    this.#window = window;
  }

  takeSerial(): number {
    this.#open.add(this.#next);
    return this.#next++;
  }

  answered(serial: number): void {
    this.#open.delete(serial);
  }

  get isFull(): boolean {
    return this.#next > this.#acked + this.#window;
  }

  stamp(serial: number): Session {
    return { client: this.#client, serial, acked: this.#acked };
  }

  get #acked(): number {
    let acked = this.#next - 1;
    for (const open of this.#open) acked = Math.min(acked, open - 1);
    return acked;
  }
}
