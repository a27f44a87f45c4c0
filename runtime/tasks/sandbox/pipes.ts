// The sandbox's ends of its pipes. Reading and writing wait: there is nothing else to do, and job code finds no moment to run in between.
import { readSync, writeSync } from "node:fs";
import { FRAME_HEADER_BYTES, frameHeader } from "./frames.ts";

export const INPUT = 3;
export const OUTPUT = 4;
/** For the watch alone, which may have to speak while a frame is half written. */
export const LAST_WORDS = 5;

const READ_BYTES = 1 << 20;
/** Small frames are put together into one write. */
const WRITE_BYTES = 1 << 16;
const AGAIN_MS = 1;

const never = new Int32Array(new SharedArrayBuffer(4));

export class FrameReader {
  #buffer = Buffer.allocUnsafe(READ_BYTES);
  #start = 0;
  #end = 0;

  /** The payload is valid until the next call. Null: the other side is gone. */
  next(): { readonly kind: number; readonly payload: Buffer } | null {
    if (!this.#fill(FRAME_HEADER_BYTES)) return null;
    const kind = this.#buffer[this.#start] as number;
    const length = this.#buffer.readUInt32LE(this.#start + 1);
    if (!this.#fill(FRAME_HEADER_BYTES + length)) return null;
    const from = this.#start + FRAME_HEADER_BYTES;
    this.#start = from + length;
    return { kind, payload: this.#buffer.subarray(from, this.#start) };
  }

  #fill(needed: number): boolean {
    if (this.#end - this.#start >= needed) return true;
    const rest = this.#buffer.subarray(this.#start, this.#end);
    if (needed > this.#buffer.length) this.#buffer = Buffer.concat([rest], needed + READ_BYTES);
    else if (this.#start > 0) this.#buffer.set(rest, 0);
    this.#start = 0;
    this.#end = rest.length;
    while (this.#end < needed) {
      const read = patiently(() => readSync(INPUT, this.#buffer, this.#end, this.#buffer.length - this.#end, null));
      if (read === 0) return false;
      this.#end += read;
    }
    return true;
  }
}

export class FrameWriter {
  readonly #buffer = Buffer.allocUnsafe(WRITE_BYTES);
  #length = 0;

  write(kind: number, payload: Uint8Array): void {
    this.#put(frameHeader(kind, payload.length));
    this.#put(payload);
  }

  json(kind: number, value: unknown): void {
    this.write(kind, Buffer.from(JSON.stringify(value)));
  }

  flush(): void {
    writeAll(OUTPUT, this.#buffer.subarray(0, this.#length));
    this.#length = 0;
  }

  #put(bytes: Uint8Array): void {
    if (this.#length + bytes.length > WRITE_BYTES) this.flush();
    if (bytes.length > WRITE_BYTES) writeAll(OUTPUT, bytes);
    else {
      this.#buffer.set(bytes, this.#length);
      this.#length += bytes.length;
    }
  }
}

/** A pipe that is full is waited for. */
function writeAll(pipe: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += patiently(() => writeSync(pipe, bytes, at, bytes.length - at));
}

function patiently(work: () => number): number {
  for (;;) {
    try {
      return work();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      Atomics.wait(never, 0, 0, AGAIN_MS);
    }
  }
}
