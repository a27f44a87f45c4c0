// Replies that need nothing of the store.
import type { ReplyWriter } from "../protocol/reply-writer.ts";
import type { Place } from "../reply-queue.ts";
import type { RequestPorts } from "./store-asking.ts";

type Ports = Pick<RequestPorts, "client" | "replies">;

export class PlainReplies {
  readonly #ports: Ports;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  write(place: Place, write: (out: ReplyWriter) => void): void {
    const { client, replies } = this.#ports;
    const out = replies.writerFor(place, client.protocol);
    write(out);
    replies.fill(place, out);
  }

  error(place: Place, text: string): void {
    this.write(place, (out) => out.error(text));
  }

  status(place: Place, text: string): void {
    this.write(place, (out) => out.simple(text));
  }

  ok(place: Place): void {
    this.status(place, "OK");
  }
}
