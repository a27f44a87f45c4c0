// A file as one life of a simulated member has it open.
import type { Answer, Finished, OpenFile, OpenMode } from "../../../../runtime/disk/file-port.ts";
import type { DiskLife } from "./disk-life.ts";
import { Failure } from "./disk-work.ts";
import { SECTOR_BYTES } from "./simulated-file.ts";
import type { SimulatedFile } from "./simulated-file.ts";

export class OpenSimulatedFile implements OpenFile {
  readonly path: string;
  readonly #life: DiskLife;
  readonly #file: SimulatedFile;
  readonly #isWriteThrough: boolean;

  constructor(life: DiskLife, opened: { readonly path: string; readonly file: SimulatedFile; readonly mode: OpenMode }) {
    this.#life = life;
    this.path = opened.path;
    this.#file = opened.file;
    this.#isWriteThrough = opened.mode === "writeThrough";
  }

  size(answer: Answer<number>): void {
    this.#life.run({ operation: "size", path: this.path, syncs: false, perform: () => this.#file.size }, answer);
  }

  read(range: { readonly offset: number; readonly length: number }, answer: Answer<Uint8Array>): void {
    this.#life.run(
      { operation: "read", path: this.path, syncs: false, perform: () => this.#file.read(range.offset, range.length) },
      answer,
    );
  }

  write(offset: number, parts: readonly Uint8Array[], finished: Finished): void {
    const perform = (): void | Failure => {
      const { counts, faults, random } = this.#life.disk;
      if (random.chance(faults.failWriteChance)) {
        this.#writePart(offset, parts);
        counts.failedWrite++;
        return new Failure("EIO");
      }
      const end = parts.reduce((sum, part) => sum + part.length, offset);
      if (!this.#hasSpaceFor(end)) return new Failure("ENOSPC");
      let position = offset;
      for (const part of parts) {
        this.#file.write(position, part);
        position += part.length;
      }
      if (this.#isWriteThrough) return this.#syncNow();
    };
    const interrupted = (): void => this.#writePart(offset, parts);
    this.#life.runToEnd({ operation: "write", path: this.path, syncs: this.#isWriteThrough, perform, interrupted }, finished);
  }

  sync(finished: Finished): void {
    this.#life.runToEnd({ operation: "sync", path: this.path, syncs: true, perform: () => this.#syncNow() }, finished);
  }

  preallocate(bytes: number, finished: Finished): void {
    const perform = (): void | Failure => {
      if (!this.#hasSpaceFor(bytes)) return new Failure("ENOSPC");
      this.#file.growTo(bytes);
    };
    this.#life.runToEnd({ operation: "preallocate", path: this.path, syncs: false, perform }, finished);
  }

  close(finished: Finished): void {
    this.#life.runToEnd({ operation: "close", path: this.path, syncs: false, perform: () => undefined }, finished);
  }

  #syncNow(): void | Failure {
    if (this.#life.syncFails()) {
      this.#file.failSync();
      return new Failure("EIO");
    }
    this.#file.sync();
  }

  #hasSpaceFor(size: number): boolean {
    if (size <= this.#file.size || size - this.#file.size <= this.#life.freeNow()) return true;
    this.#life.disk.counts.noSpace++;
    return false;
  }

  /** Some of the sectors, in no order; now and then all of them. */
  #writePart(offset: number, parts: readonly Uint8Array[]): void {
    const { random } = this.#life.disk;
    const share = random.pick([0.3, 0.7, 1]);
    let position = offset;
    for (const part of parts) {
      for (let start = 0; start < part.length; start += SECTOR_BYTES) {
        if (random.chance(share)) this.#file.write(position + start, part.subarray(start, start + SECTOR_BYTES));
      }
      position += part.length;
    }
  }
}
