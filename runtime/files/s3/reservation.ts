// What keeps two jobs apart that write to one folder: an object with the name of a job's run. A process may stand still between any two
// requests, its job be ended and cleaned up by others, and the folder be a later job's by the time that it goes on. So whoever changes
// something there looks at it again and again. Who cleans up closes it first: what is begun before that is seen by what is listed after it,
// and who begins something after it sees that it is closed.
import { TaskProblem } from "../../tasks/task-problem.ts";
import { closedBy } from "./manifest.ts";
import type { ObjectName, S3Client } from "./s3-client.ts";

/** One look is good for so many requests, and for so long: no lease runs out in less. */
const REQUESTS_MAX = 20;
const GOOD_MS = 1_000;
/** A look that took longer than it is good for says nothing. */
const LOOKS = 4;

export type Reserving = {
  readonly name: ObjectName;
  /** Its run. */
  readonly job: string;
  readonly nowMs: () => number;
  /** Only who cleans up has something to do in a folder that is closed. */
  readonly isCleaning?: boolean;
};

/** Something was to be changed in a folder that is another job's, or nobody's. */
export class NotReserved extends Error {}

export class Reservation {
  readonly #s3: S3Client;
  readonly #reserving: Reserving;
  #requestsLeft = 0;
  #goodUntilMs = 0;
  #etag = "";
  #text: string | null = null;

  constructor(s3: S3Client, reserving: Reserving) {
    this.#s3 = s3;
    this.#reserving = reserving;
  }

  async isOwn(): Promise<boolean> {
    const { name, job, nowMs, isCleaning = false } = this.#reserving;
    const askedMs = nowMs();
    const found = await this.#s3.object(name);
    this.#requestsLeft = REQUESTS_MAX;
    this.#goodUntilMs = askedMs + GOOD_MS;
    this.#etag = found?.etag ?? "";
    this.#text = found?.text ?? null;
    return this.#text === job || (isCleaning && this.#text === closedBy(job));
  }

  /** Its job begins nothing there any more. Throws `NotReserved` where the folder is not this job's. */
  async close(): Promise<void> {
    const { name, job } = this.#reserving;
    const s3 = this.guarded();
    for (let looks = 0; looks < LOOKS; looks++) {
      if (!(await this.isOwn())) throw new NotReserved();
      if (this.#text === closedBy(job)) return;
      await s3.put(name, closedBy(job), this.#etag);
    }
    throw takesTooLong(name);
  }

  /** Sends nothing, not for a second time either, unless the folder was this job's a moment ago: a call of it throws `NotReserved`. */
  guarded(): S3Client {
    return this.#s3.guarded(() => this.#look());
  }

  /** Where the server knows conditions, never that of a later job. */
  async remove(): Promise<void> {
    const s3 = this.guarded();
    await s3.remove(this.#reserving.name, this.#etag);
  }

  async #look(): Promise<void> {
    const { name, nowMs } = this.#reserving;
    for (let looks = 0; this.#requestsLeft === 0 || nowMs() > this.#goodUntilMs; looks++) {
      if (looks === LOOKS) throw takesTooLong(name);
      if (!(await this.isOwn())) throw new NotReserved();
    }
    this.#requestsLeft--;
  }
}

function takesTooLong({ bucket }: ObjectName): TaskProblem {
  return new TaskProblem("unreachable", `s3://${bucket}: it takes too long to say whose a folder is`);
}
