// Files in the store: their bytes in chunks that are written once, and one small record that makes them a file. The record is written last,
// so a reader sees a file whole, or the one before it, or none; and any process that reaches the store serves what another took. Chunks
// that no record names are held by an entry that says since when: who takes it away first makes sure that nobody can use them any more.
import { crc32 } from "node:zlib";
import { TaskProblem } from "../../tasks/task-problem.ts";
import type { KeyValues, StoredComparison } from "../store/key-values.ts";
import { BYTES_KEY, chunkKey, chunksOf, FILE_PREFIX, fileKey, HELD_PREFIX, heldKey } from "./file-keys.ts";
import type { HeldEntry, StoredFile, Upload } from "./held.ts";
import { decodeHeld, encodeHeld } from "./held.ts";
import { CHUNK_BYTES, GONE, ROUND_BYTES, UploadUnderWay } from "./upload-under-way.ts";

export type FilePage = { readonly files: readonly StoredFile[]; readonly next: string | null };

export type FileStoreOptions = {
  readonly kv: KeyValues;
  /** Of all that there are bytes of: files, uploads under way, and what is held for those who read it. */
  readonly quotaBytes: number;
  readonly wallMs?: () => number;
};

type Writing = { readonly job: string | null; readonly source: AsyncIterable<Uint8Array> };
type Showing = { readonly mayReplace: boolean };

const TRIES = 30;

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
    const upload = new UploadUnderWay({ job, kv: this.#kv, files: this, quotaBytes: this.#quotaBytes, wallMs: this.#wallMs });
    try {
      return await upload.take(source);
    } catch (error) {
      // What can't be taken away now is later.
      await upload.giveUp().catch(() => undefined);
      throw error;
    }
  }

  fileOf(path: string, upload: Upload): StoredFile {
    return { ...upload, path, atMs: this.#wallMs() };
  }

  /** Several at once: readers see all of them from the same moment on. */
  async show(files: readonly StoredFile[], { mayReplace }: Showing): Promise<void> {
    for (let tries = 0; tries < TRIES; tries++) {
      // In this order: whoever shows the same just now takes away what holds them, and what is shown then is seen after that.
      const held = await this.#texts(files.map(({ upload }) => heldKey(upload)));
      const holds = held.flatMap((text) => (text === null ? [] : [decodeHeld(text)]));
      const old = await this.#texts(files.map(({ path }) => fileKey(path)));
      const before = old.map((text) => (text === null ? null : decodeFile(text)));
      if (files.every(({ upload }, i) => before[i]?.upload === upload)) return;
      // Shown between the first of these reads and the last.
      if (files.some(({ upload }, i) => before[i]?.upload === upload)) continue;
      if (!mayReplace)
        for (const each of before) if (each !== null) throw new TaskProblem("outputExists", `there is a file ${each.path} already`);
      // Also where somebody takes it away just now.
      if (holds.length < files.length || !holds.every(({ why }) => why === "upload")) throw new TaskProblem("badOutput", GONE);
      const replaced = before.flatMap((each) => (each === null ? [] : [this.#heldAs(each)]));
      const total = await this.#kv.add({
        compare: files.flatMap(({ path, upload }, i) => [is(fileKey(path), old[i] ?? null), is(heldKey(upload), held[i] ?? null)]),
        put: [...files.map((file) => [fileKey(file.path), encodeFile(file)] as const), ...replaced],
        remove: files.map(({ upload }) => heldKey(upload)),
        // Nothing, but where an earlier version has uploaded it, which counted files alone.
        ...{ to: BYTES_KEY, by: sumOf(files.map(({ length }) => length)) - sumOf(holds.map(({ bytes }) => bytes)) },
      });
      if (total !== null) return;
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
      const text = await this.#kv.text(fileKey(path));
      if (text === null) return false;
      const held = this.#heldAs(decodeFile(text));
      // Nothing more or less, but who counts just now sees that something has moved.
      const sum = { to: BYTES_KEY, by: 0 };
      const total = await this.#kv.add({ compare: [is(fileKey(path), text)], put: [held], remove: [fileKey(path)], ...sum });
      if (total !== null) return true;
    }
    throw new TaskProblem("unreachable", "others change files all the time");
  }

  /** Of all that there is, and what is about to be. */
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
    const counting = { ...held, sinceMs: this.#wallMs(), bytes: 0, ready: null };
    return this.#kv.change({
      compare: [is(heldKey(file.upload), text)],
      put: [
        [heldKey(file.upload), encodeHeld({ ...held, ready: file })],
        [heldKey(readyAs(held.job ?? "")), encodeHeld(counting)],
      ],
    });
  }

  async held(): Promise<readonly HeldEntry[]> {
    const all: HeldEntry[] = [];
    for await (const entries of this.#kv.all(HELD_PREFIX)) {
      for (const { key, value } of entries) {
        const text = Buffer.from(value).toString();
        all.push({ ...decodeHeld(text), upload: Buffer.from(key).toString().slice(HELD_PREFIX.length), text });
      }
    }
    return all;
  }

  /** False: it was not as it was, and stays. `isSettled`: whoever wrote it says so, and writes no more. */
  async drop(upload: string, text: string, { isSettled = false } = {}): Promise<boolean> {
    const held = { ...decodeHeld(text), sinceMs: this.#wallMs() };
    const removing = encodeHeld({ ...held, why: "removing" });
    if (!(await this.#kv.change({ compare: [is(heldKey(upload), text)], put: [[heldKey(upload), removing]] }))) return false;
    await this.#kv.removeAll(chunksOf(upload));
    // Who uploads it may not know yet, and write what it has room for: that stays counted until the sweep looks again, when it is long over.
    const rest = held.isUnderWay && !isSettled ? Math.min(held.bytes, ROUND_BYTES) : null;
    const removed = encodeHeld({ ...held, why: "removed", isUnderWay: false, bytes: rest ?? 0 });
    await this.#kv.add({
      compare: [is(heldKey(upload), removing)],
      ...(rest === null ? { remove: [heldKey(upload)] } : { put: [[heldKey(upload), removed]] }),
      ...{ to: BYTES_KEY, by: (rest ?? 0) - held.bytes },
    });
    return true;
  }

  async #texts(keys: readonly string[]): Promise<readonly (string | null)[]> {
    return Promise.all(keys.map((key) => this.#kv.text(key)));
  }

  #heldAs({ upload, length }: StoredFile): readonly [string, string] {
    const held = { why: "replaced", sinceMs: this.#wallMs(), job: null, bytes: length, isUnderWay: false, ready: null } as const;
    return [heldKey(upload), encodeHeld(held)];
  }
}

/** In place of an upload: an entry without chunks, which goes with the others of its job. */
const readyAs = (job: string): string => `ready-${job}`;

const is = (key: string, value: string | null): StoredComparison => (value === null ? { key, version: 0 } : { key, value });
const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0);
const encodeFile = (file: StoredFile): string => JSON.stringify(file);
const decodeFile = (text: string): StoredFile => JSON.parse(text) as StoredFile;
