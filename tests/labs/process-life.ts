// One life of a member's process: it opens its disk, then takes events in turns. Whatever arrives before the end of a turn
// shares it. After the life is over nothing of it happens any more, whoever calls.
import type { Random } from "../../core/base/random.ts";
import type { PeerMessage } from "../../core/replica/peer-message.ts";
import { decodeMessage } from "../../runtime/peers/message-codec.ts";
import { TICK_MS } from "../../runtime/ticker.ts";
import type { LabTime } from "./lab-time.ts";
import type { MemberDisk, OpenedDisk } from "./member-disk.ts";
import { LabFailure } from "./script.ts";

/** From an event to the end of its turn. */
const TURN_MS = 0.05;

/** The program that runs in the process. */
export interface Member {
  tick(): void;
  receive(message: PeerMessage): void;
  /** Does what has become due. True: there is more to do although nothing further has happened. */
  endTurn(): boolean;
}

export type LifeOptions<M extends Member> = {
  readonly time: LabTime;
  readonly random: Random;
  readonly disk: MemberDisk;
  readonly makeMember: (opened: OpenedDisk, life: ProcessLife<M>) => M;
};

export class ProcessLife<M extends Member> {
  readonly #options: LifeOptions<M>;
  #member: M | null = null;
  #isTurnPlanned = false;
  #isOver = false;

  constructor(options: LifeOptions<M>) {
    this.#options = options;
    const { disk, time, random, makeMember } = options;
    disk.open((opened) => {
      this.event(() => {
        this.#member = makeMember(opened, this);
        time.after(random.fraction() * TICK_MS, () => this.#tick());
      });
    });
  }

  /** Null while the disk is being opened. */
  get member(): M | null {
    return this.#member;
  }

  end(): void {
    this.#isOver = true;
  }

  event(action: () => void): void {
    if (this.#isOver) return;
    action();
    this.#planTurn();
  }

  receive(bytes: Uint8Array): void {
    const decoded = decodeMessage(bytes);
    if (decoded.kind === "refused") throw new LabFailure(`what a peer sent can't be read: ${decoded.message}`);
    this.event(() => this.#member?.receive(decoded.message));
  }

  #tick(): void {
    this.event(() => {
      this.#options.time.after(TICK_MS, () => this.#tick());
      this.#member?.tick();
    });
  }

  #planTurn(): void {
    if (this.#isTurnPlanned) return;
    this.#isTurnPlanned = true;
    this.#options.time.after(TURN_MS, () => {
      this.#isTurnPlanned = false;
      if (!this.#isOver && this.#member?.endTurn() === true) this.#planTurn();
    });
  }
}
