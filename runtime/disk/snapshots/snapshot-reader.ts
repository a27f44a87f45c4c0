// Reads one snapshot file: what it is, and any piece of its body, checked block by block.
import { crc32c } from "../../../core/base/checksum.ts";
import type { SnapshotMeta } from "../../../core/raft/snapshot-meta.ts";
import type { FilePort, OpenFile } from "../file-port.ts";
import { endOf, fail, valueOf } from "../task.ts";
import type { Task } from "../task.ts";
import { blocksOf, indexBytesOf, readDescription, readFooter, SNAPSHOT_FOOTER_BYTES } from "./snapshot-format.ts";
import type { SnapshotDescription, SnapshotFooter } from "./snapshot-format.ts";

type Opened = {
  readonly file: OpenFile;
  readonly footer: SnapshotFooter;
  /** The checksum of each block. */
  readonly blocks: readonly number[];
  readonly description: SnapshotDescription;
};

type Block = { readonly number: number; readonly bytes: Uint8Array };

export class SnapshotReader {
  readonly meta: SnapshotMeta;
  readonly owner: string;
  readonly #opened: Opened;
  /** The block in which a piece ended, as it was when it was found sound. */
  #checked: Block | null = null;

  private constructor(opened: Opened) {
    const { description, footer } = opened;
    this.#opened = opened;
    this.meta = { ...description.contents, sizeBytes: footer.bodyBytes, checksum: footer.bodyChecksum };
    this.owner = description.owner;
  }

  static *open(files: FilePort, path: string): Task<SnapshotReader> {
    const file = yield* valueOf<OpenFile>((answer) => files.open(path, "read", answer));
    try {
      return new SnapshotReader(yield* readEnd(file));
    } catch (thrown) {
      yield* endOf((finished) => file.close(finished));
      throw thrown;
    }
  }

  /** Fewer bytes than asked for only at the end of the body. */
  *read(range: { readonly offset: number; readonly length: number }): Task<Uint8Array> {
    const { file, footer } = this.#opened;
    const from = Math.min(range.offset, footer.bodyBytes);
    const to = Math.min(range.offset + range.length, footer.bodyBytes);
    const first = Math.floor(from / footer.blockBytes);
    const start = first * footer.blockBytes;
    const length = Math.min(blocksOf(to, footer.blockBytes) * footer.blockBytes, footer.bodyBytes) - start;
    const bytes = yield* readExactly(file, start, Math.max(0, length));
    for (let offset = 0; offset < bytes.length; offset += footer.blockBytes) {
      const block = { number: first + offset / footer.blockBytes, bytes: bytes.subarray(offset, offset + footer.blockBytes) };
      if (!this.#isSound(block)) {
        fail("damaged", { file: file.path, offset: start + offset }, "the checksum of a block of the snapshot is wrong");
      }
      // Its rest is what will be asked for next.
      const isCut = to < start + offset + block.bytes.length;
      if (isCut && this.#checked?.number !== block.number) this.#checked = { ...block, bytes: block.bytes.slice() };
    }
    return bytes.subarray(from - start, to - start);
  }

  /** What is read again and is as it was is not summed up again: to compare is a tenth of that work. */
  #isSound({ number, bytes }: Block): boolean {
    if (this.#checked?.number === number && Buffer.compare(this.#checked.bytes, bytes) === 0) return true;
    return crc32c(bytes) === this.#opened.blocks[number];
  }

  /** Reads and checks the whole body. */
  *verify(): Task<void> {
    const { file, footer } = this.#opened;
    let checksum = 0;
    for (let offset = 0; offset < footer.bodyBytes; offset += footer.blockBytes) {
      checksum = crc32c(yield* this.read({ offset, length: footer.blockBytes }), checksum);
    }
    if (checksum !== footer.bodyChecksum) fail("damaged", { file: file.path }, "the checksum of the whole snapshot is wrong");
  }

  *close(): Task<void> {
    yield* endOf((finished) => this.#opened.file.close(finished));
  }
}

function* readEnd(file: OpenFile): Task<Opened> {
  const size = yield* valueOf<number>((answer) => file.size(answer));
  const place = { file: file.path };
  if (size < SNAPSHOT_FOOTER_BYTES) fail("damaged", place, "the file is too short for a snapshot");
  const footerAt = size - SNAPSHOT_FOOTER_BYTES;
  const reading = readFooter(yield* readExactly(file, footerAt, SNAPSHOT_FOOTER_BYTES));
  if (reading.kind === "newerVersion")
    fail("newerVersion", place, `the snapshot has format ${String(reading.format)}, which this program does not know`);
  if (reading.kind === "damaged") fail("damaged", { ...place, offset: footerAt }, "the end of the snapshot is damaged");
  const { footer } = reading;
  const indexBytes = indexBytesOf(footer);
  if (footer.bodyBytes + indexBytes !== footerAt)
    fail("damaged", place, `the file has ${String(size)} bytes, which is not what its end says`);
  const index = yield* readExactly(file, footer.bodyBytes, indexBytes);
  if (crc32c(index) !== footer.indexChecksum)
    fail("damaged", { ...place, offset: footer.bodyBytes }, "the checksum of the snapshot's description is wrong");
  const description = readDescription(index.subarray(indexBytes - footer.descriptionBytes));
  if (description === null) fail("damaged", { ...place, offset: footer.bodyBytes }, "the snapshot's description does not make sense");
  const view = new DataView(index.buffer, index.byteOffset, index.length);
  const blocks = Array.from({ length: blocksOf(footer.bodyBytes, footer.blockBytes) }, (_, i) => view.getUint32(4 * i));
  return { file, footer, blocks, description };
}

function* readExactly(file: OpenFile, offset: number, length: number): Task<Uint8Array> {
  const bytes = yield* valueOf<Uint8Array>((answer) => file.read({ offset, length }, answer));
  if (bytes.length !== length) fail("damaged", { file: file.path, offset: offset + bytes.length }, "the file ends too early");
  return bytes;
}
