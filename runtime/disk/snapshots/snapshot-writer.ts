// Writes one snapshot to a temporary file and, at the end, makes it durable under its own name. Syncs now and then on
// the way, so that the last sync is short and the log next to it never waits behind a whole snapshot.
import { crc32c } from "../../../core/base/checksum.ts";
import type { SnapshotMeta } from "../../../core/raft/snapshot-meta.ts";
import type { FilePort, OpenFile } from "../file-port.ts";
import { endOf, valueOf } from "../task.ts";
import type { Task } from "../task.ts";
import { encodeEnd, SNAPSHOT_BLOCK_BYTES, snapshotName } from "./snapshot-format.ts";
import type { SnapshotContents, SnapshotDescription } from "./snapshot-format.ts";

const SYNC_EVERY_BYTES = 4_194_304;

export type SnapshotPlace = { readonly files: FilePort; readonly directory: string; readonly temporary: string };

export class SnapshotWriter {
  readonly #place: SnapshotPlace;
  readonly #file: OpenFile;
  readonly #blocks: number[] = [];
  #blockChecksum = 0;
  #bytes = 0;
  #checksum = 0;
  #unsyncedBytes = 0;
  #isOpen = true;
  #isTemporary = true;

  private constructor(place: SnapshotPlace, file: OpenFile) {
    this.#place = place;
    this.#file = file;
  }

  static *begin(place: SnapshotPlace): Task<SnapshotWriter> {
    const path = `${place.directory}/${place.temporary}`;
    return new SnapshotWriter(place, yield* valueOf<OpenFile>((answer) => place.files.open(path, "create", answer)));
  }

  /** Size of the body so far, and its checksum. */
  get bytes(): number {
    return this.#bytes;
  }

  get checksum(): number {
    return this.#checksum;
  }

  *append(bytes: Uint8Array): Task<void> {
    yield* endOf((finished) => this.#file.write(this.#bytes, [bytes], finished));
    this.#cover(bytes);
    this.#unsyncedBytes += bytes.length;
    if (this.#unsyncedBytes < SYNC_EVERY_BYTES) return;
    this.#unsyncedBytes = 0;
    yield* endOf((finished) => this.#file.sync(finished));
  }

  /** Durable at the end, under the name that is answered. */
  *commit(description: SnapshotDescription): Task<{ readonly name: string; readonly meta: SnapshotMeta }> {
    if (this.#bytes % SNAPSHOT_BLOCK_BYTES !== 0) this.#blocks.push(this.#blockChecksum);
    const body = { bytes: this.#bytes, checksum: this.#checksum, blocks: this.#blocks };
    yield* endOf((finished) => this.#file.write(this.#bytes, [encodeEnd(body, description)], finished));
    yield* endOf((finished) => this.#file.sync(finished));
    yield* this.#close();
    const { files, directory, temporary } = this.#place;
    const name = snapshotName(description.contents);
    yield* endOf((finished) => files.rename(`${directory}/${temporary}`, `${directory}/${name}`, finished));
    this.#isTemporary = false;
    yield* endOf((finished) => files.syncDirectory(directory, finished));
    return { name, meta: metaOf(description.contents, this) };
  }

  /** Gives the space back, whatever was reached. */
  *abort(): Task<void> {
    const { files, directory, temporary } = this.#place;
    if (this.#isOpen) yield* this.#close();
    if (this.#isTemporary) yield* endOf((finished) => files.remove(`${directory}/${temporary}`, finished));
    this.#isTemporary = false;
  }

  *#close(): Task<void> {
    this.#isOpen = false;
    yield* endOf((finished) => this.#file.close(finished));
  }

  #cover(bytes: Uint8Array): void {
    this.#checksum = crc32c(bytes, this.#checksum);
    let offset = 0;
    while (offset < bytes.length) {
      const inBlock = (this.#bytes + offset) % SNAPSHOT_BLOCK_BYTES;
      const end = Math.min(bytes.length, offset + SNAPSHOT_BLOCK_BYTES - inBlock);
      this.#blockChecksum = crc32c(bytes.subarray(offset, end), inBlock === 0 ? 0 : this.#blockChecksum);
      if (inBlock + end - offset === SNAPSHOT_BLOCK_BYTES) this.#blocks.push(this.#blockChecksum);
      offset = end;
    }
    this.#bytes += bytes.length;
  }
}

function metaOf(contents: SnapshotContents, body: { readonly bytes: number; readonly checksum: number }): SnapshotMeta {
  return { ...contents, sizeBytes: body.bytes, checksum: body.checksum };
}
