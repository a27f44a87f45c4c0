// Files in the store: their bytes in chunks that are written once, and one small record that makes them a file. The record is written last,
// so a reader sees a file whole, or the one before it, or none; and any process that reaches the store serves what another took. Chunks
// that no record names are held by an entry that says since when: who takes it away first makes sure that nobody can use them any more.
import { randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import { TaskProblem } from "../../tasks/task-problem.ts";
import type { KeyValues, StoredComparison } from "../store/key-values.ts";
import { BYTES_KEY, chunkKey, chunksOf, FILE_PREFIX, fileKey, HELD_PREFIX, heldKey } from "./file-keys.ts";

export type Upload = { readonly upload: string; readonly length: number; readonly checksum: string };
export type StoredFile = Upload & { readonly path: string; readonly atMs: number };

/** `ready`: what a job has written and not shown yet, and under which path it will be. `removing`: nobody can use it any more, since then. */
export type Held = {
  readonly why: "upload" | "replaced" | "removing";
  readonly sinceMs: number;
  readonly job: string | null;
  readonly ready: StoredFile | null;
};

export type FilePage = { readonly files: readonly StoredFile[]; readonly next: string | null };

export type FileStoreOptions = {
  readonly kv: KeyValues;
  /** Of all files together. */
  readonly quotaBytes: number;
  readonly wallMs?: () => number;
};

type Writing = { readonly job: string | null; readonly source: AsyncIterable<Uint8Array> };
type Showing = { readonly mayReplace: boolean };

export const CHUNK_BYTES = 1 << 18;
const CHUNKS_AT_ONCE = 4;
const TRIES = 30;
const GONE = "the store has not kept it long enough: it took too long, or its job has ended";

export class FileStore {
  readonly #kv: KeyValues;
  readonly #quotaBytes: number;
  readonly #wallMs: () => number;

  constructor({ kv, quotaBytes, wallMs = Date.now }: FileStoreOptions) {
    this.#kv = kv;
    this.#quotaBytes = quotaBytes;
    this.#wallMs = wallMs;
  }

  /** The bytes are in the store, and no file yet. */
  async upload({ job, source }: Writing): Promise<Upload> {
    const upload = randomBytes(12).toString("hex");
    const room = this.#quotaBytes - (await this.bytes());
    const held = encodeHeld({ why: "upload", sinceMs: this.#wallMs(), job, ready: null });
    await this.#kv.put(heldKey(upload), held);
    try {
      const written = await this.#write(upload, source, room);
      // Its job may have ended meanwhile: whoever took away what was there by then did not see the rest.
      if ((await this.#kv.text(heldKey(upload))) !== held) throw new TaskProblem("badOutput", GONE);
      return { upload, ...written };
    } catch (error) {
      // What can't be taken away now is later.
      await this.#giveUp(upload, held).catch(() => undefined);
      throw error;
    }
  }

  async #giveUp(upload: string, held: string): Promise<void> {
    if (!(await this.drop(upload, held))) await this.#kv.removeAll(chunksOf(upload));
  }

  async #write(upload: string, source: AsyncIterable<Uint8Array>, room: number): Promise<Omit<Upload, "upload">> {
    let [length, checksum, chunk] = [0, 0, 0];
    let waiting: Promise<void>[] = [];
    for await (const piece of chunked(source)) {
      length += piece.length;
      if (length > room) throw this.#full();
      checksum = crc32(piece, checksum);
      const put = this.#kv.put(chunkKey(upload, chunk++), piece);
      // It is looked at below, which may be long after it has failed: the source decides when its next piece comes.
      put.catch(() => undefined);
      waiting.push(put);
      if (waiting.length < CHUNKS_AT_ONCE) continue;
      await Promise.all(waiting);
      waiting = [];
    }
    await Promise.all(waiting);
    return { length, checksum: checksum.toString(16) };
  }

  fileOf(path: string, upload: Upload): StoredFile {
    return { ...upload, path, atMs: this.#wallMs() };
  }

  /** Several at once: readers see all of them from the same moment on. */
  async show(files: readonly StoredFile[], { mayReplace }: Showing): Promise<void> {
    for (let tries = 0; tries < TRIES; tries++) {
      const bytes = await this.#kv.text(BYTES_KEY);
      // In this order: whoever shows the same just now takes away what holds them, and what is shown then is seen after that.
      const held = await this.#texts(files.map(({ upload }) => heldKey(upload)));
      const old = await this.#texts(files.map(({ path }) => fileKey(path)));
      const before = old.map((text) => (text === null ? null : decodeFile(text)));
      if (files.every(({ upload }, i) => before[i]?.upload === upload)) return;
      // Shown between the first of these reads and the last.
      if (files.some(({ upload }, i) => before[i]?.upload === upload)) continue;
      if (!mayReplace)
        for (const each of before) if (each !== null) throw new TaskProblem("outputExists", `there is a file ${each.path} already`);
      // Also where somebody takes it away just now.
      if (!held.every((text) => text !== null && decodeHeld(text).why === "upload")) throw new TaskProblem("badOutput", GONE);
      const growth = sumOf(files) - sumOf(before.flatMap((each) => each ?? []));
      const total = Number(bytes ?? "0") + growth;
      if (growth > 0 && total > this.#quotaBytes) throw this.#full();
      const replaced = before.flatMap((each) => (each === null ? [] : [this.#heldAs(each)]));
      const isDone = await this.#kv.change({
        compare: [
          is(BYTES_KEY, bytes),
          ...files.flatMap(({ path, upload }, i) => [is(fileKey(path), old[i] ?? null), is(heldKey(upload), held[i] ?? null)]),
        ],
        put: [[BYTES_KEY, String(total)], ...files.map((file) => [fileKey(file.path), encodeFile(file)] as const), ...replaced],
        remove: files.map(({ upload }) => heldKey(upload)),
      });
      if (isDone) return;
    }
    throw new TaskProblem("unreachable", "others change files all the time");
  }

  async find(path: string): Promise<StoredFile | null> {
    const text = await this.#kv.text(fileKey(path));
    return text === null ? null : decodeFile(text);
  }

  /** `after` and `next`: paths. */
  async page(prefix: string, { after, limit }: { readonly after: string | null; readonly limit: number }): Promise<FilePage> {
    const from = after === null ? null : Buffer.from(fileKey(after));
    const { entries, next } = await this.#kv.page(`${FILE_PREFIX}${prefix}`, { after: from, limit });
    const files = entries.map(({ value }) => decodeFile(Buffer.from(value).toString()));
    return { files, next: next === null ? null : (files.at(-1)?.path ?? null) };
  }

  /** By path, in byte order. */
  async *list(prefix: string): AsyncGenerator<readonly StoredFile[]> {
    for await (const entries of this.#kv.all(`${FILE_PREFIX}${prefix}`))
      yield entries.map(({ value }) => decodeFile(Buffer.from(value).toString()));
  }

  /** From a byte on. Throws where a chunk is not what it was: then the file was replaced or removed quite some time ago. */
  async *read({ path, upload, length, checksum }: StoredFile, from = 0): AsyncGenerator<Buffer> {
    let sum = 0;
    const first = Math.floor(from / CHUNK_BYTES);
    for (let chunk = first; chunk * CHUNK_BYTES < length; chunk++) {
      const start = chunk * CHUNK_BYTES;
      const value = await this.#kv.get(chunkKey(upload, chunk));
      if (value === null || value.length !== Math.min(CHUNK_BYTES, length - start))
        throw new TaskProblem("inputChanged", "the file was replaced or removed while it was read", { file: path, offset: start });
      sum = crc32(value, sum);
      if (from === 0 && start + value.length === length && sum.toString(16) !== checksum)
        throw new TaskProblem("badInput", "the file is damaged: its checksum is another", { file: path, offset: start });
      yield Buffer.from(value).subarray(Math.max(0, from - start));
    }
  }

  /** False: there is none. Who reads it goes on for a while. */
  async remove(path: string): Promise<boolean> {
    for (let tries = 0; tries < TRIES; tries++) {
      const [bytes, text] = [await this.#kv.text(BYTES_KEY), await this.#kv.text(fileKey(path))];
      if (text === null) return false;
      const file = decodeFile(text);
      const isDone = await this.#kv.change({
        compare: [is(BYTES_KEY, bytes), is(fileKey(path), text)],
        put: [[BYTES_KEY, String(Number(bytes ?? "0") - file.length)], this.#heldAs(file)],
        remove: [fileKey(path)],
      });
      if (isDone) return true;
    }
    throw new TaskProblem("unreachable", "others change files all the time");
  }

  async bytes(): Promise<number> {
    return Number((await this.#kv.text(BYTES_KEY)) ?? "0");
  }

  /** A job will show it together with its other parts. */
  async makeReady(file: StoredFile): Promise<void> {
    for (let tries = 0; tries < TRIES; tries++) if (await this.#isReady(file)) return;
    throw new TaskProblem("unreachable", "others change files all the time");
  }

  /** So many files of the job were made ready. */
  async readyOf(job: string): Promise<number> {
    return this.#kv.version(heldKey(readyAs(job)));
  }

  async #isReady(file: StoredFile): Promise<boolean> {
    const text = await this.#kv.text(heldKey(file.upload));
    if (text === null && (await this.find(file.path))?.upload === file.upload) return true;
    const held = text === null ? null : decodeHeld(text);
    if (text === null || held === null || held.why !== "upload") throw new TaskProblem("badOutput", GONE);
    if (held.ready !== null) return true;
    // Written with each, and with nothing else: its version counts them.
    const counting = { why: "upload", sinceMs: this.#wallMs(), job: held.job, ready: null } as const;
    return this.#kv.change({
      compare: [is(heldKey(file.upload), text)],
      put: [
        [heldKey(file.upload), encodeHeld({ ...held, ready: file })],
        [heldKey(readyAs(held.job ?? "")), encodeHeld(counting)],
      ],
    });
  }

  async held(): Promise<readonly (Held & { readonly upload: string; readonly text: string })[]> {
    const all: (Held & { readonly upload: string; readonly text: string })[] = [];
    for await (const entries of this.#kv.all(HELD_PREFIX)) {
      for (const { key, value } of entries) {
        const text = Buffer.from(value).toString();
        all.push({ ...decodeHeld(text), upload: Buffer.from(key).toString().slice(HELD_PREFIX.length), text });
      }
    }
    return all;
  }

  /** False: it was not as it was, and stays. */
  async drop(upload: string, text: string): Promise<boolean> {
    const held = decodeHeld(text);
    const removing = encodeHeld({ ...held, why: "removing", sinceMs: this.#wallMs() });
    if (!(await this.#kv.change({ compare: [is(heldKey(upload), text)], put: [[heldKey(upload), removing]] }))) return false;
    await this.#kv.removeAll(chunksOf(upload));
    // Who uploads it may not know yet, and write one more: the sweep looks again when that is long over.
    if (held.why !== "upload") await this.#kv.change({ compare: [is(heldKey(upload), removing)], remove: [heldKey(upload)] });
    return true;
  }

  async #texts(keys: readonly string[]): Promise<readonly (string | null)[]> {
    return Promise.all(keys.map((key) => this.#kv.text(key)));
  }

  #heldAs({ upload }: StoredFile): readonly [string, string] {
    return [heldKey(upload), encodeHeld({ why: "replaced", sinceMs: this.#wallMs(), job: null, ready: null })];
  }

  #full(): TaskProblem {
    const message = `the embedded file store holds at most ${String(this.#quotaBytes)} bytes: use s3: for more, or remove files`;
    return new QuotaProblem("badOutput", message);
  }
}

/** In place of an upload: an entry without chunks, which goes with the others of its job. */
const readyAs = (job: string): string => `ready-${job}`;

export class QuotaProblem extends TaskProblem {}

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

const is = (key: string, value: string | null): StoredComparison => (value === null ? { key, version: 0 } : { key, value });
const sumOf = (files: readonly StoredFile[]): number => files.reduce((sum, { length }) => sum + length, 0);
const encodeFile = (file: StoredFile): string => JSON.stringify(file);
const decodeFile = (text: string): StoredFile => JSON.parse(text) as StoredFile;
const encodeHeld = ({ why, sinceMs, job, ready }: Held): string => JSON.stringify({ why, sinceMs, job, ready });
const decodeHeld = (text: string): Held => JSON.parse(text) as Held;
