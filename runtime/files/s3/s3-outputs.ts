// `s3:` outputs. An attempt is an upload in parts of the object that it may become: nobody sees it until it is completed, completing it is what
// publishing does, and copies nothing. The manifest comes last. A reservation keeps two jobs apart; while it stands without a manifest,
// what is there is no output. Whoever begins something looks at it before and after, and whoever cleans up closes it before he looks for what
// was begun: so nothing that is paid for stays behind a job, whenever what wrote it has died.
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import type {
  Assignment,
  FinishAssignment,
  ListAssignment,
  OutputFile,
  PublishAssignment,
  ReduceAssignment,
} from "../../../core/mapreduce/assignment.ts";
import { idOf } from "../../../core/mapreduce/job-keys.ts";
import { TaskProblem } from "../../tasks/task-problem.ts";
import { LocalPart } from "../local-part.ts";
import type { OnSent, OutputKind, OutputWriter } from "../outputs.ts";
import { partName } from "../outputs.ts";
import type { RunState } from "../store/run-state.ts";
import { encodeManifest, MANIFEST, RESERVATION, runIn } from "./manifest.ts";
import { NotReserved, Reservation } from "./reservation.ts";
import type { ObjectName, S3Client } from "./s3-client.ts";
import { urlOf } from "./s3-client.ts";
import { folderOf } from "./s3-url.ts";

/** At least 5 MiB, and at most 10,000 of them: a part of the output has up to 160 GB. */
const PART_BYTES = 16 << 20;
const PART_PREFIX = "part-";

export type S3OutputsOptions = {
  readonly nowMs?: () => number;
  /** What is known of a run; without a store nothing is. */
  readonly stateOf?: (run: string) => Promise<RunState>;
};

export class S3Outputs implements OutputKind {
  readonly #s3: S3Client;
  readonly #nowMs: () => number;
  readonly #stateOf: ((run: string) => Promise<RunState>) | null;

  constructor(s3: S3Client, { nowMs = () => performance.now(), stateOf }: S3OutputsOptions = {}) {
    this.#s3 = s3;
    this.#nowMs = nowMs;
    this.#stateOf = stateOf ?? null;
  }

  async check(assignment: ListAssignment): Promise<void> {
    const { job, description } = assignment;
    const { output } = description;
    const name = nameIn(output, RESERVATION);
    const before = await this.#s3.text(name);
    if (before === job) return;
    if (before !== null) await this.#takeBack(assignment, before);
    const { value: objects = [] } = (await this.#s3.list(folderOf(output)).next()) as { readonly value?: readonly unknown[] };
    if (objects.length > 0) throw exists(output, "there are objects below it");
    const isNew = await this.#s3.putNew(name, job);
    // Also where the server knows no conditions, one of two jobs sees the name of the other, unless they write at the same moment.
    const whose = await this.#s3.text(name);
    if (whose !== job) throw exists(output, `job ${idOf(runIn(whose ?? "?"))} writes there`);
    if (isNew) await this.#giveBackIfOver(assignment);
  }

  async begin(assignment: ReduceAssignment, directory: string): Promise<OutputWriter> {
    const name = partName(assignment.task);
    const target = nameIn(assignment.description.output, name);
    const writer = new LocalPart(join(directory, name), async ({ path, bytes, checksum }, onSent) => {
      const reservation = this.#reservationOf(assignment);
      if (!(await reservation.isOwn())) throw this.#notOwn(assignment);
      const upload = await this.#s3.beginUpload(target);
      try {
        // What is begun when the job has ended and was cleaned up would stay for ever, unseen and paid for.
        if (!(await reservation.isOwn())) throw this.#notOwn(assignment);
        const sum = await this.#send(path, { target, upload, onSent });
        if (sum !== checksum)
          throw new TaskProblem("internal", `${name}: what was read again from this worker's disk is not what was written there`);
      } catch (error) {
        await this.#s3.abortUpload(target, upload).catch(() => undefined);
        throw error;
      }
      return { name, temporary: upload, bytes, checksum };
    });
    return Promise.resolve(writer);
  }

  async publish(assignment: PublishAssignment): Promise<void> {
    const { files, description } = assignment;
    const { output } = description;
    const s3 = this.#reservationOf(assignment).guarded();
    try {
      for (const file of files) await complete(s3, nameIn(output, file.name), file);
      await showWhenWhole(s3, assignment);
    } catch (error) {
      if (!(error instanceof NotReserved)) throw error;
      // It is over: by somebody who did the same, or by a job that was given up.
      if ((await this.#s3.head(nameIn(output, MANIFEST))) === null) throw this.#notOwn(assignment);
    }
  }

  async finish(assignment: FinishAssignment): Promise<void> {
    const reservation = this.#reservationOf(assignment, { isCleaning: true });
    const s3 = reservation.guarded();
    try {
      if (assignment.succeeded) await showWhenWhole(s3, assignment);
      await reservation.close();
      await abortUploads(s3, assignment);
      if (!assignment.succeeded) await removeShown(s3, assignment);
      await reservation.remove();
    } catch (error) {
      // Somebody else has done all of it.
      if (!(error instanceof NotReserved)) throw error;
    }
  }

  async discard({ name, temporary }: OutputFile, output: string): Promise<void> {
    await this.#s3.abortUpload(nameIn(output, name), temporary);
  }

  /** A task that stood still may reserve a folder when its job is over, and then nobody else would ever give it back. */
  async #takeBack(assignment: ListAssignment, reserved: string): Promise<void> {
    const { output } = assignment.description;
    const job = runIn(reserved);
    if ((await this.#stateOf?.(job)) !== "over") {
      const where = urlOf(nameIn(output, RESERVATION));
      throw exists(output, `job ${idOf(job)} writes there; if there is no such job any more, remove ${where}`);
    }
    const reservation = this.#reservationOf({ ...assignment, job }, { isCleaning: true });
    try {
      await reservation.close();
      await abortUploads(reservation.guarded(), assignment);
      await reservation.remove();
    } catch (error) {
      // Somebody else has taken it back, and may have the folder now.
      if (!(error instanceof NotReserved)) throw error;
    }
  }

  /** A job ends before others clean up behind it: either they see what has been reserved here, or it is seen here that it has ended. */
  async #giveBackIfOver(assignment: ListAssignment): Promise<void> {
    const state = await this.#stateOf?.(assignment.job);
    if (state === undefined || state === "live") return;
    const reservation = this.#reservationOf(assignment);
    if (await reservation.isOwn()) await reservation.remove();
    throw new TaskProblem("badOutput", `job ${idOf(assignment.job)} has ended`);
  }

  #reservationOf({ job, description }: Assignment, { isCleaning = false } = {}): Reservation {
    return new Reservation(this.#s3, { name: nameIn(description.output, RESERVATION), job, nowMs: this.#nowMs, isCleaning });
  }

  #notOwn({ description }: Assignment): TaskProblem {
    return new TaskProblem("badOutput", `${description.output} is not this job's any more: somebody has removed what reserved it`);
  }

  /** Gives the checksum of what was sent. */
  async #send(path: string, { target, upload, onSent }: Sending): Promise<string> {
    let [number, sum] = [0, 0];
    for await (const piece of createReadStream(path, { highWaterMark: PART_BYTES })) {
      sum = crc32(piece as Buffer, sum);
      await this.#s3.uploadPart(target, { upload, number: ++number, bytes: piece as Buffer });
      await onSent((piece as Buffer).length);
    }
    // An object has one part at least.
    if (number === 0) await this.#s3.uploadPart(target, { upload, number: 1, bytes: Buffer.alloc(0) });
    return sum.toString(16);
  }
}

type Sending = { readonly target: ObjectName; readonly upload: string; readonly onSent: OnSent };

function exists(output: string, why: string): TaskProblem {
  return new TaskProblem("outputExists", `${output} exists already (${why}): choose another output, or remove it`);
}

async function complete(s3: S3Client, target: ObjectName, { name, temporary, bytes }: OutputFile): Promise<void> {
  const parts = await s3.parts(target, temporary);
  if (parts !== null && (await s3.completeUpload(target, temporary, parts))) return;
  const object = await s3.head(target);
  if (object?.length === bytes) return;
  throw new TaskProblem("badOutput", `${name}: what the attempt has uploaded is gone`);
}

async function showWhenWhole(s3: S3Client, { job, description }: Assignment): Promise<void> {
  const { output, reduces } = description;
  const keys = new Set<string>();
  for await (const objects of s3.list(nameIn(output, PART_PREFIX))) for (const { key } of objects) keys.add(key);
  const parts = Array.from({ length: reduces }, (_, task) => partName(task));
  if (parts.every((part) => keys.has(nameIn(output, part).key)))
    await s3.put(nameIn(output, MANIFEST), encodeManifest({ job: idOf(job), parts }));
}

async function abortUploads(s3: S3Client, { description: { output } }: Assignment): Promise<void> {
  const { bucket } = folderOf(output);
  for (const { key, upload } of await s3.uploads(nameIn(output, PART_PREFIX))) await s3.abortUpload({ bucket, key }, upload);
}

/** Those that are there, as they were listed. */
async function removeShown(s3: S3Client, { description: { output }, reduces }: FinishAssignment): Promise<void> {
  const { bucket } = folderOf(output);
  await s3.remove(nameIn(output, MANIFEST));
  const own = new Set(Array.from({ length: reduces }, (_, task) => nameIn(output, partName(task)).key));
  for await (const objects of s3.list(nameIn(output, PART_PREFIX)))
    for (const { key, etag } of objects) if (own.has(key)) await s3.remove({ bucket, key }, etag);
}

function nameIn(output: string, name: string): ObjectName {
  const folder = folderOf(output);
  return { ...folder, key: folder.key + name };
}
