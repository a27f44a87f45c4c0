// One reader of a job's events. It listens before it asks how the job stands: what is told until that is answered waits, and what the
// answer has already is not told again.
import type { ServerResponse } from "node:http";
import type { JobEvent } from "../../core/coordinator/effects.ts";
import type { Watched } from "../../core/coordinator/view.ts";
import type { CoordinatorHost } from "../../runtime/jobs/coordinator-host.ts";

const HEARTBEAT_MS = 10_000;
/** Of a job's events that a reader has not taken. */
const UNTAKEN_BYTES_MAX = 1_048_576;
/** For a reader to take what is left when the stream ends. */
const LAST_MS = 5_000;

/** A reader of another coordinator's stream misses its heartbeats after this. */
export const SILENCE_MS = 3 * HEARTBEAT_MS;

export class EventStream {
  readonly #stopListening: () => void;
  #waiting: JobEvent[] = [];
  #response: ServerResponse | null = null;
  #heartbeat: NodeJS.Timeout | null = null;
  #isOver = false;

  constructor(host: Pick<CoordinatorHost, "listen">, job: string) {
    this.#stopListening = host.listen(job, { onEvent: (event) => this.#take(event), onEnd: () => this.end() });
  }

  open(response: ServerResponse, { view, told }: Watched): void {
    this.#response = response;
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    response.once("close", () => this.close());
    this.#heartbeat = setInterval(() => void response.write(": still here\n\n"), HEARTBEAT_MS);
    this.#write("job", view);
    for (const event of this.#waiting) if (event.number > told) this.#take(event);
    this.#waiting = [];
    if (this.#isOver) this.end();
  }

  /** Whoever reads it comes back, to whichever coordinator has the jobs then. */
  end(): void {
    this.#isOver = true;
    if (this.#heartbeat !== null) clearInterval(this.#heartbeat);
    const response = this.#response;
    response?.end();
    // One that stands still would keep the connection.
    if (response !== null) setTimeout(() => response.destroy(), LAST_MS).unref();
  }

  /** Nobody reads it any more. */
  close(): void {
    this.#stopListening();
    if (this.#heartbeat !== null) clearInterval(this.#heartbeat);
  }

  #take(event: JobEvent): void {
    if (this.#response === null) this.#waiting.push(event);
    else this.#write(event.type, event.fields);
  }

  #write(type: string, fields: unknown): void {
    const response = this.#response;
    if (response === null || response.writableEnded) return;
    response.write(`event: ${type}\ndata: ${JSON.stringify(fields)}\n\n`);
    if (response.writableLength > UNTAKEN_BYTES_MAX) response.destroy();
  }
}
