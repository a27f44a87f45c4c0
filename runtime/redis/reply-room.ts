// Whether what was asked for has room: a client that takes nothing of its replies must not fill the memory with them. What was read
// for it meanwhile is dropped and waits here until the client has taken some.
import type { Place, ReplyQueue } from "./reply-queue.ts";

/** Of replies that wait for the client or for those before them, until nothing more is read for it: one of the largest has room. */
const ROOM_BYTES = 16_777_216;

export type ReplyRoomOptions = {
  readonly replies: Pick<ReplyQueue, "isNext" | "heldBytes" | "largestBytes">;
  /** What was written and the client has not taken. */
  readonly unsentBytes: () => number;
  readonly nowMs: () => number;
};

/** When it goes on. */
type GoOn = (nowMs: number) => void;
type Waiting = { readonly place: Place; readonly goOn: GoOn; isOver: boolean };

export class ReplyRoom {
  readonly #options: ReplyRoomOptions;
  #waiting: Waiting[] = [];

  constructor(options: ReplyRoomOptions) {
    this.#options = options;
  }

  /** The next reply has it as soon as the client takes some: all others wait for it. */
  hasFor(place: Place): boolean {
    const { replies, unsentBytes } = this.#options;
    return unsentBytes() + (replies.isNext(place) ? 0 : replies.heldBytes) <= ROOM_BYTES;
  }

  /** Once, when there is some. What is returned ends the waiting. */
  wait(place: Place, goOn: GoOn): () => void {
    const waiting: Waiting = { place, goOn, isOver: false };
    this.#waiting.push(waiting);
    return () => {
      waiting.isOver = true;
      this.#waiting = this.#waiting.filter((each) => each !== waiting);
    };
  }

  /** Something was taken. As many go on as are likely to find room, in their order. */
  goOn(): void {
    if (this.#waiting.length === 0) return;
    let left = Math.max(1, Math.floor(ROOM_BYTES / Math.max(1, this.#options.replies.largestBytes)));
    const waiting = this.#waiting.sort((a, b) => a.place.number - b.place.number);
    this.#waiting = [];
    const nowMs = this.#options.nowMs();
    for (const each of waiting) {
      if (!each.isOver && left > 0 && this.hasFor(each.place)) {
        left--;
        each.goOn(nowMs);
      } else if (!each.isOver) this.#waiting.push(each);
    }
  }
}
