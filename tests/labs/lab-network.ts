// The labs' network with its own numbers. It knows requests and replies: a request waits up to 26 ms and may be lost;
// its reply may be lost too, or be held back for seconds when replies are reordered. Connections are cut in both
// directions at once. What travels is bytes, and everything that is sent is counted.
import type { Random } from "../../core/base/random.ts";
import type { LabTime } from "./lab-time.ts";

const REQUEST_DELAY_MS_MAX = 26;
const LOSS = 0.1;
const REORDERED_SHARE = 2 / 3;
const REORDER_MS_MIN = 200;
const REORDER_MS_SPREAD = 1_999;
/** Even the reliable network takes a moment, and messages that are sent together may change places. */
const TRAVEL_MS = { min: 0.05, max: 0.5 };

export type Parcel = {
  readonly from: number;
  readonly to: number;
  readonly kind: "request" | "reply";
  readonly bytes: Uint8Array;
};

export type NetworkPorts = {
  readonly time: LabTime;
  readonly random: Random;
  /** Names the process that runs in a place now, null if none does: what was sent to one life never reaches the next. */
  readonly lifeAt: (place: number) => object | null;
  readonly deliver: (parcel: Parcel) => void;
};

export class LabNetwork {
  isReliable: boolean;
  reordersReplies = false;
  readonly #ports: NetworkPorts;
  readonly #connected: boolean[];
  readonly #links: boolean[][];
  #requestsReceived = 0;
  #bytes = 0;

  constructor(size: number, isReliable: boolean, ports: NetworkPorts) {
    this.isReliable = isReliable;
    this.#ports = ports;
    this.#connected = Array.from({ length: size }, () => true);
    this.#links = Array.from({ length: size }, () => Array.from({ length: size }, () => true));
  }

  /** Requests that reached a member; replies are no calls. */
  get requestsReceived(): number {
    return this.#requestsReceived;
  }

  /** Of every request that was tried, and of every reply that arrived. */
  get bytes(): number {
    return this.#bytes;
  }

  isConnected(place: number): boolean {
    return this.#connected[place] === true;
  }

  connect(place: number): void {
    this.#connected[place] = true;
    for (const other of this.#places()) if (this.isConnected(other)) this.#setLink([place, other], true);
  }

  disconnect(place: number): void {
    this.#connected[place] = false;
    for (const other of this.#places()) this.#setLink([place, other], false);
  }

  /** Everybody stays connected, but only to their own side. */
  partition(...sides: readonly (readonly number[])[]): void {
    for (const a of this.#places()) {
      for (const b of this.#places())
        this.#setLink(
          [a, b],
          sides.some((side) => side.includes(a) && side.includes(b)),
        );
    }
  }

  /** Whether the two are connected is decided now: what is under way when a connection is cut still arrives, as in the labs. */
  send(parcel: Parcel): void {
    const { lifeAt, deliver } = this.#ports;
    if (parcel.kind === "request") this.#bytes += parcel.bytes.length;
    const receiver = lifeAt(parcel.to);
    if (this.#links[parcel.from]?.[parcel.to] !== true || receiver === null) return;
    this.carry(parcel.kind, (arrives) => {
      if (!arrives) return;
      if (lifeAt(parcel.to) !== receiver) return;
      if (parcel.kind === "request") this.#requestsReceived++;
      else this.#bytes += parcel.bytes.length;
      deliver(parcel);
    });
  }

  /** Between anybody and a member. Told when it arrives, or that it was lost on the way. */
  carry(kind: Parcel["kind"], told: (arrives: boolean) => void): void {
    const { time, random } = this.#ports;
    const delayMs = this.#delayMs(kind);
    const arrives = this.isReliable || !random.chance(LOSS);
    time.after(delayMs, () => told(arrives));
  }

  #delayMs(kind: Parcel["kind"]): number {
    const { random } = this.#ports;
    const travelMs = TRAVEL_MS.min + random.fraction() * (TRAVEL_MS.max - TRAVEL_MS.min);
    if (kind === "request") return this.isReliable ? travelMs : travelMs + random.between(0, REQUEST_DELAY_MS_MAX);
    if (!this.reordersReplies || !random.chance(REORDERED_SHARE)) return travelMs;
    return travelMs + REORDER_MS_MIN + random.between(0, random.between(0, REORDER_MS_SPREAD));
  }

  #setLink([a, b]: readonly [number, number], isUp: boolean): void {
    (this.#links[a] as boolean[])[b] = isUp;
    (this.#links[b] as boolean[])[a] = isUp;
  }

  #places(): readonly number[] {
    return this.#links.map((_, place) => place);
  }
}
