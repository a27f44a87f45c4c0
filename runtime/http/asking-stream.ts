// The asking end of a stream of requests: one connection to one member, many requests under way on it. When it breaks off,
// whatever was sent and not answered is unknown; when the other side ends it in good order, that was never taken. It is unknown, too,
// when the other side lets a deadline pass without a word, and who has said nothing at all meanwhile has no connection any more: a
// process that stands still, or a machine that is gone, ends none.
import type { ClientRequest, IncomingMessage } from "node:http";
import type { LogIndex, Term } from "../../core/base/ids.ts";
import { done, refused, unknown } from "../../core/base/outcome.ts";
import type { Outcome } from "../../core/base/outcome.ts";
import { FrameReader } from "./frames.ts";
import { lookUp } from "./machine-names.ts";
import { httpRequest } from "./node-http.ts";
import { ANSWERS_BYTES_MAX, encodeRequests, readAnswers, STREAM_PATH, whyNotInFrame } from "./stream-messages.ts";
import type { StreamAnswer, StreamRequest } from "./stream-messages.ts";

export type StreamResult = { readonly body: Uint8Array; readonly term: Term; readonly index: LogIndex };
type Asking = Omit<StreamRequest, "id">;
type Settle = (outcome: Outcome<StreamResult>) => void;
type Open = { readonly settle: Settle; readonly askedMs: number; readonly deadlineMs: number };

const UNREACHED = refused("notLeader", "the other one could not be reached");
const ENDED = refused("starting", "the stream has ended");
/** Behind a deadline, for the other side's own word on it. */
const GRACE_MS = 500;
const LOOK_MS = 250;

export class RequestStream {
  readonly #request: ClientRequest;
  readonly #frames = new FrameReader(ANSWERS_BYTES_MAX);
  readonly #open = new Map<number, Open>();
  #unsent: StreamRequest[] = [];
  #nextId = 1;
  #isFlushScheduled = false;
  #isEnded = false;
  /** Until then nothing has left this process. */
  #isConnected = false;
  #heardMs = 0;
  #looking: NodeJS.Timeout | null = null;
  /** Where the leader is, as far as the last refusal knew. */
  leader: string | null = null;

  constructor(endpoint: string, token: string | null = null) {
    this.#request = httpRequest(new URL(STREAM_PATH, endpoint), {
      method: "POST",
      headers: {
        "content-type": "application/x-flotilla-stream",
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      agent: false,
      lookup: lookUp,
    });
    this.#request.setNoDelay(true);
    this.#request.on("socket", (socket) => socket.once("connect", () => (this.#isConnected = true)));
    this.#request.on("response", (response) => this.#receive(response));
    this.#request.on("error", () => this.close());
    this.#request.on("close", () => this.close());
    this.#request.flushHeaders();
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  ask(asking: Asking): Promise<Outcome<StreamResult>> {
    if (this.#isEnded) return Promise.resolve(ENDED);
    const refusal = whyNotInFrame(asking);
    if (refusal !== null) return Promise.resolve(refusal);
    return new Promise((resolve) => {
      const id = this.#nextId++;
      this.#open.set(id, { settle: resolve, askedMs: performance.now(), deadlineMs: asking.deadlineMs });
      this.#looking ??= setInterval(() => this.#look(), LOOK_MS).unref();
      this.#unsent.push({ ...asking, id });
      if (this.#isFlushScheduled) return;
      this.#isFlushScheduled = true;
      setImmediate(() => this.#flush());
    });
  }

  close(): void {
    this.#end(unknown("connectionLost"));
  }

  #flush(): void {
    this.#isFlushScheduled = false;
    const unsent = this.#unsent;
    this.#unsent = [];
    if (this.#isEnded) return;
    // The other side begins with the first of them while the next is written.
    for (const frame of encodeRequests(unsent)) this.#request.write(frame);
  }

  #receive(response: IncomingMessage): void {
    // Whoever takes requests says so before it begins with the first.
    if (response.statusCode !== 200) return this.#end(refused("starting", `the stream is refused with status ${response.statusCode}`));
    response.on("data", (chunk: Buffer) => {
      this.#heardMs = performance.now();
      const { frames, broken } = this.#frames.push(chunk);
      const answers = frames.map(readAnswers);
      for (const answer of answers.flatMap((each) => each ?? [])) this.#settle(answer);
      // Whose answers those were that make no sense can't be told: nobody must wait for them.
      if (answers.includes(null) || broken !== null) this.close();
    });
    // It has answered all that it has taken.
    response.on("end", () => this.#end(ENDED));
    response.on("error", () => this.close());
    response.on("close", () => this.close());
  }

  #settle(answer: StreamAnswer): void {
    const open = this.#open.get(answer.id);
    if (open === undefined) return;
    this.#open.delete(answer.id);
    if (answer.kind === "refused") this.leader = answer.leader;
    open.settle(outcomeOf(answer));
  }

  #look(): void {
    if (this.#open.size === 0) this.#stopLooking();
    // What came while this process itself stood still is read before.
    else if (this.#overdue().length > 0) setImmediate(() => this.#endOverdue());
  }

  #overdue(): readonly (readonly [number, Open])[] {
    const nowMs = performance.now();
    return [...this.#open].filter(([, { askedMs, deadlineMs }]) => nowMs > askedMs + deadlineMs + GRACE_MS);
  }

  #endOverdue(): void {
    const overdue = this.#overdue();
    if (overdue.some(([, { askedMs }]) => askedMs > this.#heardMs)) return this.close();
    for (const [id, { settle }] of overdue) {
      this.#open.delete(id);
      settle(unknown("deadline"));
    }
  }

  #stopLooking(): void {
    if (this.#looking !== null) clearInterval(this.#looking);
    this.#looking = null;
  }

  /** `ofSent`: what became of what was sent and not answered. */
  #end(ofSent: Outcome<never>): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#stopLooking();
    this.#request.destroy();
    const unsent = new Set(this.#unsent.map(({ id }) => id));
    for (const [id, { settle }] of this.#open) settle(!this.#isConnected ? UNREACHED : unsent.has(id) ? ENDED : ofSent);
    this.#open.clear();
  }
}

function outcomeOf(answer: StreamAnswer): Outcome<StreamResult> {
  if (answer.kind === "refused") return { kind: "refused", refusal: answer.refusal };
  if (answer.kind === "unknown") return unknown(answer.after);
  // A copy: the answer is a view into a chunk that holds many others.
  return done({ body: answer.body.slice(), term: answer.term, index: answer.index });
}
