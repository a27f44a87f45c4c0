// `kv:` outputs: pairs under a prefix that readers see all at once. A pointer at the prefix reserves it for the job. Attempts write under
// names of their own; publishing puts the pairs of the attempt that counts where readers will look, and with the last part one write
// of the pointer shows them. An attempt that goes on after it has lost its lease writes where nobody looks.
import { randomBytes } from "node:crypto";
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
import type { JobDescription } from "../../../core/mapreduce/job.ts";
import { idOf } from "../../../core/mapreduce/job-keys.ts";
import type { PairBytes } from "../../tasks/records/pair-bytes.ts";
import { TaskProblem } from "../../tasks/task-problem.ts";
import type { SendPart } from "../local-part.ts";
import { LocalPart } from "../local-part.ts";
import type { OnSent, OutputKind, OutputWriter } from "../outputs.ts";
import { partName } from "../outputs.ts";
import type { KeyValues } from "./key-values.ts";
import { prefixOf } from "./kv-url.ts";
import { chunkKey, encodeListed, KEY_BYTES_MAX, listedAs, outputAt, pairsIn, partsIn, shownIn } from "./output-keys.ts";
import type { Pair } from "../../tasks/records/pair-frames.ts";
import { decodePairs, encodePair } from "../../tasks/records/pair-frames.ts";
import type { Pointer } from "./pointer.ts";
import { decodePointer, encodePointer } from "./pointer.ts";

const CHUNK_BYTES = 1 << 18;
const PAIRS_AT_ONCE = 200;
const KEY_SHOWN = 100;

export class KvOutputs implements OutputKind {
  readonly #kv: KeyValues;
  readonly #wallMs: () => number;

  constructor(kv: KeyValues, wallMs: () => number = Date.now) {
    this.#kv = kv;
    this.#wallMs = wallMs;
  }

  async check({ job, description }: ListAssignment): Promise<void> {
    const { output } = description;
    const prefix = prefixOf(output);
    const at = outputAt(`${idOf(job)}-${randomBytes(8).toString("hex")}`);
    const pointer: Pointer = { job, at, state: "writing" };
    const known = await this.#pointerAt(prefix);
    if (known?.job === job && known.state === "writing") return;
    const [first] = (await this.#kv.page(prefix, { after: null, limit: 1 })).entries;
    if (first !== undefined) throw this.#exists(output, known);
    await this.#list(at, prefix);
    if (await this.#kv.change({ compare: [{ key: prefix, version: 0 }], put: [[prefix, encodePointer(pointer)]] })) return;
    await this.#kv.remove([listedAs(at)]);
    const other = await this.#pointerAt(prefix);
    // Two attempts at once: one of them has reserved it.
    if (other?.job !== job) throw this.#exists(output, other);
  }

  async begin(assignment: ReduceAssignment, directory: string): Promise<OutputWriter> {
    const { task, attempt } = assignment;
    const { at } = await this.#own(assignment);
    const name = partName(task);
    const part = `${partsIn(at)}${name}-${String(attempt)}/`;
    return new PairWriter({
      path: join(directory, name),
      keyBytesMax: KEY_BYTES_MAX - Buffer.byteLength(pairsIn(at)),
      send: async ({ path, bytes, checksum }, onSent) => {
        await this.#sendChunks(path, part, onSent);
        return { name, temporary: part, bytes, checksum };
      },
    });
  }

  async publish(assignment: PublishAssignment): Promise<void> {
    const { files, description } = assignment;
    const pointer = await this.#own(assignment);
    if (pointer.state === "complete") return;
    for (const file of files) {
      await this.#showPart(pairsIn(pointer.at), file);
      await this.#kv.put(`${shownIn(pointer.at)}${file.name}`, "1");
    }
    await this.#showWhenWhole(pointer, description);
  }

  async finish({ job, succeeded, description }: FinishAssignment): Promise<void> {
    const prefix = prefixOf(description.output);
    const pointer = await this.#pointerAt(prefix);
    if (pointer === null || pointer.job !== job) return;
    if (succeeded) {
      if (pointer.state === "writing") await this.#showWhenWhole(pointer, description);
      await this.#kv.removeAll(partsIn(pointer.at));
      return this.#kv.removeAll(shownIn(pointer.at));
    }
    await this.#kv.change({ compare: [{ key: prefix, value: encodePointer(pointer) }], remove: [prefix] });
    await this.#kv.removeAll(pointer.at);
    // An attempt that does not know yet may write some more: the sweep looks again when that is long over.
    await this.#list(pointer.at, prefix);
  }

  async discard({ temporary }: OutputFile): Promise<void> {
    await this.#kv.removeAll(temporary);
  }

  async #list(at: string, prefix: string): Promise<void> {
    await this.#kv.put(listedAs(at), encodeListed({ prefix, sinceMs: this.#wallMs(), isTidy: false }));
  }

  async #pointerAt(prefix: string): Promise<Pointer | null> {
    const value = await this.#kv.get(prefix);
    return value === null ? null : decodePointer(value);
  }

  async #own({ job, description }: Assignment): Promise<Pointer> {
    const pointer = await this.#pointerAt(prefixOf(description.output));
    if (pointer?.job === job) return pointer;
    throw new TaskProblem("badOutput", `${description.output} is not this job's any more: somebody has removed what reserved it`);
  }

  #exists(output: string, pointer: Pointer | null): TaskProblem {
    const whose =
      pointer === null
        ? "there are keys that begin so"
        : pointer.state === "writing"
          ? `job ${idOf(pointer.job)} writes there`
          : `job ${idOf(pointer.job)} has written there`;
    return new TaskProblem("outputExists", `${output} exists already (${whose}): choose another output, or remove it`);
  }

  async #sendChunks(path: string, part: string, onSent: OnSent): Promise<void> {
    let chunk = 0;
    for await (const piece of createReadStream(path, { highWaterMark: CHUNK_BYTES })) {
      await this.#kv.put(chunkKey(part, chunk++), piece as Buffer);
      await onSent((piece as Buffer).length);
    }
  }

  /** Doing it again changes nothing: what is there already is the same. */
  async #showPart(pairs: string, { name, temporary, bytes, checksum }: OutputFile): Promise<void> {
    let rest: Buffer = Buffer.alloc(0);
    let [seen, sum] = [0, 0];
    for await (const entries of this.#kv.all(temporary)) {
      for (const { value } of entries) {
        seen += value.length;
        sum = crc32(value, sum);
        const decoded = decodePairs(Buffer.concat([rest, value]));
        rest = decoded.rest;
        for (let i = 0; i < decoded.pairs.length; i += PAIRS_AT_ONCE)
          await this.#showPairs(pairs, decoded.pairs.slice(i, i + PAIRS_AT_ONCE));
      }
    }
    if (seen !== bytes || sum.toString(16) !== checksum)
      throw new TaskProblem(
        "internal",
        `${name}: ${String(seen)} of ${String(bytes)} bytes are in the store, or they are not what was written`,
      );
  }

  async #showPairs(prefix: string, pairs: readonly Pair[]): Promise<void> {
    const named = pairs.map(({ key, value }) => ({ key: Buffer.concat([Buffer.from(prefix), key]), value, plain: key }));
    const written = await this.#kv.putNew(named);
    for (const [i, { key, value, plain }] of named.entries()) {
      if (written[i] === true) continue;
      const other = await this.#kv.get(key);
      if (other !== null && Buffer.compare(other, value) === 0) continue;
      throw new TaskProblem(
        "badOutput",
        `the key ${JSON.stringify(plain.toString().slice(0, KEY_SHOWN))} is given twice, with different values: a kv: output has one`,
      );
    }
  }

  async #showWhenWhole(pointer: Pointer, { output, reduces }: JobDescription): Promise<void> {
    const shown = new Set<string>();
    for await (const entries of this.#kv.all(shownIn(pointer.at))) for (const { key } of entries) shown.add(Buffer.from(key).toString());
    for (let task = 0; task < reduces; task++) if (!shown.has(`${shownIn(pointer.at)}${partName(task)}`)) return;
    const prefix = prefixOf(output);
    const complete = encodePointer({ ...pointer, state: "complete" });
    // Where it is not as it was, somebody else has shown it, or the job has been given up.
    await this.#kv.change({ compare: [{ key: prefix, value: encodePointer(pointer) }], put: [[prefix, complete]] });
  }
}

type PairWriterOptions = {
  readonly path: string;
  readonly keyBytesMax: number;
  readonly send: SendPart;
};

class PairWriter extends LocalPart {
  readonly #keyBytesMax: number;

  constructor({ path, keyBytesMax, send }: PairWriterOptions) {
    super(path, send);
    this.#keyBytesMax = keyBytesMax;
  }

  pair({ bytes, keyEnd, valueEnd }: PairBytes): void {
    const key = bytes.subarray(0, keyEnd);
    if (key.length > this.#keyBytesMax)
      throw new TaskProblem(
        "badOutput",
        `the key ${JSON.stringify(key.toString().slice(0, KEY_SHOWN))}… is longer than ${String(this.#keyBytesMax)} bytes`,
      );
    this.write(encodePair({ key, value: bytes.subarray(keyEnd, valueEnd) }));
  }
}
