// One upload while it is under way. Bytes are counted before they are written, in one transaction with the entry that holds them, so that
// all who write at once stay within the quota, and whoever takes the entry away gives back what it counts. The entry becomes younger with
// every round: one that does not is of a writer that died.
import { randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import { TaskProblem } from "../../tasks/task-problem.ts";
import type { KeyValues } from "../store/key-values.ts";
import { BYTES_KEY, chunkKey, chunksOf, heldKey } from "./file-keys.ts";
import type { FileStore } from "./file-store.ts";
import type { Held, Upload } from "./held.ts";
import { decodeHeld, encodeHeld } from "./held.ts";

export const CHUNK_BYTES = 1 << 18;
const CHUNKS_AT_ONCE = 4;
/** What is counted, and written, at once. */
export const ROUND_BYTES = CHUNKS_AT_ONCE * CHUNK_BYTES;
/** A source may be slow. Also then its upload says so often that it lives. */
const RENEWED_MS = 60_000;
export const GONE = "the store has not kept it long enough: it took too long, or its job has ended";

export type UploadOptions = {
  readonly job: string | null;
  readonly kv: KeyValues;
  readonly files: Pick<FileStore, "held" | "drop">;
  readonly quotaBytes: number;
  readonly wallMs: () => number;
};

export class UploadUnderWay {
  readonly #upload = randomBytes(12).toString("hex");
  readonly #options: UploadOptions;
  #held: Held;
  /** Of every write one knows whether it was done. */
  #isSettled = true;

  constructor(options: UploadOptions) {
    this.#options = options;
    const { job, wallMs } = options;
    this.#held = { why: "upload", sinceMs: wallMs(), job, bytes: 0, isUnderWay: true, ready: null };
  }

  async take(source: AsyncIterable<Uint8Array>): Promise<Upload> {
    const upload = this.#upload;
    await this.#options.kv.put(heldKey(upload), encodeHeld(this.#held));
    let [length, checksum, first] = [0, 0, 0];
    for await (const chunks of rounds(this.#renewing(source))) {
      for (const chunk of chunks) [length, checksum] = [length + chunk.length, crc32(chunk, checksum)];
      await this.#reserve(length - this.#held.bytes);
      await this.#write(chunks, first);
      first += chunks.length;
    }
    // Its job may have ended meanwhile: whoever took away what was there by then did not see the rest.
    await this.#change({ isUnderWay: false });
    return { upload, length, checksum: checksum.toString(16) };
  }

  async giveUp(): Promise<void> {
    const { kv, files } = this.#options;
    const text = await kv.text(heldKey(this.#upload));
    const isOwn = text !== null && decodeHeld(text).why === "upload";
    if (!isOwn || !(await files.drop(this.#upload, text, { isSettled: this.#isSettled }))) await kv.removeAll(chunksOf(this.#upload));
  }

  async *#renewing(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of source) {
      if (this.#options.wallMs() - this.#held.sinceMs > RENEWED_MS) await this.#change({});
      yield piece;
    }
  }

  async #reserve(more: number): Promise<void> {
    const before = this.#held.bytes;
    const total = await this.#change({ bytes: before + more });
    if (total <= this.#options.quotaBytes) return;
    // What did not fit is in nobody's way while the rest is taken away.
    await this.#change({ bytes: before });
    throw await this.#full(more);
  }

  /** All of them, also where one fails: nothing is under way any more after that. */
  async #write(chunks: readonly Buffer[], first: number): Promise<void> {
    const { kv } = this.#options;
    this.#isSettled = false;
    const writes = await Promise.allSettled(chunks.map((chunk, i) => kv.put(chunkKey(this.#upload, first + i), chunk)));
    for (const write of writes) if (write.status === "rejected") throw write.reason;
    this.#isSettled = true;
  }

  /** Returns what is counted in all. */
  async #change(change: Partial<Held>): Promise<number> {
    const { kv, wallMs } = this.#options;
    const key = heldKey(this.#upload);
    const held = { ...this.#held, ...change, sinceMs: wallMs() };
    const compare = [{ key, value: encodeHeld(this.#held) }];
    const total = await kv.add({ compare, put: [[key, encodeHeld(held)]], to: BYTES_KEY, by: held.bytes - this.#held.bytes });
    if (total === null) throw new TaskProblem("badOutput", GONE);
    this.#held = held;
    return total;
  }

  async #full(more: number): Promise<QuotaProblem> {
    const { files, kv, quotaBytes } = this.#options;
    const taken = Number((await kv.text(BYTES_KEY)) ?? "0");
    const heldBytes = (await files.held()).reduce((sum, { bytes }) => sum + bytes, 0);
    // Where files alone leave no room, waiting makes none.
    const isFinal = taken - heldBytes + this.#held.bytes + more > quotaBytes;
    const wayOut = isFinal ? "use s3: for more, or remove files" : "use s3: for more, or try again in ten minutes";
    const message =
      `the embedded file store has no room for ${String(more)} bytes more: it holds at most ${String(quotaBytes)}, and ${String(taken)} are taken, ` +
      `${String(heldBytes)} of them by uploads under way and by files that were replaced or removed less than ten minutes ago: ${wayOut}`;
    return new QuotaProblem(isFinal ? "badOutput" : "unreachable", message);
  }
}

export class QuotaProblem extends TaskProblem {}

/** Chunks that are written at once. */
async function* rounds(source: AsyncIterable<Uint8Array>): AsyncGenerator<readonly Buffer[]> {
  let round: Buffer[] = [];
  for await (const chunk of chunked(source)) {
    round.push(chunk);
    if (round.length < CHUNKS_AT_ONCE) continue;
    yield round;
    round = [];
  }
  if (round.length > 0) yield round;
}

async function* chunked(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let kept: Uint8Array[] = [];
  let length = 0;
  for await (const piece of source) {
    for (let at = 0; at < piece.length;) {
      const part = piece.subarray(at, at + CHUNK_BYTES - length);
      kept.push(Buffer.from(part));
      length += part.length;
      at += part.length;
      if (length < CHUNK_BYTES) continue;
      yield Buffer.concat(kept);
      [kept, length] = [[], 0];
    }
  }
  if (length > 0) yield Buffer.concat(kept);
}
