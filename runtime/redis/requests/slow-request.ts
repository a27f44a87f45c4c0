// A command that takes its time. It begins when everything before it on its connection is answered, and its client has taken so much that
// all keys, which may be a lot, have room. One that is about a slot has its place in the order of that slot, too.
import type { Arguments, SlowCommand } from "../commands/command.ts";
import { CONNECTION_OVER } from "../error-texts.ts";
import { Patience } from "../ordering/patience.ts";
import type { Asking, Try } from "../ordering/slot-queue.ts";
import { ReplyWriter } from "../protocol/reply-writer.ts";
import type { Place } from "../reply-queue.ts";
import type { StoreOutcome } from "../store-gate.ts";
import { PlainReplies } from "./plain-replies.ts";
import type { RequestPorts } from "./store-asking.ts";

/** For the order within a slot: it has put its reply into its place by itself. */
const ANSWERED = { kind: "error", text: "", mayHaveHappened: false } as const satisfies StoreOutcome;

export class SlowRequest implements Asking {
  readonly kind = "alone";
  readonly patience: Patience;
  readonly #ports: RequestPorts;
  readonly #place: Place;
  readonly #run: () => Promise<void>;
  readonly #out: ReplyWriter;

  constructor(ports: RequestPorts, place: Place, { command, args }: { readonly command: SlowCommand; readonly args: Arguments }) {
    this.patience = new Patience(place.arrivedMs);
    this.#ports = ports;
    this.#place = place;
    // In the protocol of now: it begins later.
    const out = new ReplyWriter(ports.client.protocol);
    this.#out = out;
    this.#run = () => command.run(ports.client, args, out);
  }

  async perform(): Promise<void> {
    await this.#turnAndRoom();
    if (this.#ports.isOver()) return this.#error(CONNECTION_OVER);
    try {
      await this.#run();
    } catch (error) {
      // Nothing was changed, whatever went wrong.
      return this.#error(`ERR ${String(error)}`);
    }
    this.#ports.replies.fill(this.#place, this.#out);
  }

  ask(attempt: Try): void {
    void this.perform().then(() => attempt.settle(ANSWERED));
  }

  answer(outcome: StoreOutcome): void {
    if (outcome !== ANSWERED && outcome.kind === "error") this.#error(outcome.text);
  }

  #turnAndRoom(): Promise<void> {
    const { isOver, replies, room } = this.#ports;
    const place = this.#place;
    return new Promise((resolve) => {
      const look = (): void => {
        if (isOver() || room.hasFor(place)) resolve();
        else room.wait(place, look);
      };
      replies.begin(place, look);
    });
  }

  #error(text: string): void {
    new PlainReplies(this.#ports).error(this.#place, text);
  }
}
