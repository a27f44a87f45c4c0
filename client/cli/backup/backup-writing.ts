// A backup as it is written: pages of keys come in, packed bytes go out, and no more than a page is held.
import { createHash } from "node:crypto";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { assert } from "../../../core/base/assert.ts";
import type { BackupEnd, BackupHeader, BackupRecord } from "./backup-lines.ts";
import { endLine, headerLine, recordLine } from "./backup-lines.ts";

export type Pages = AsyncIterable<readonly BackupRecord[]>;
export type Packed = AsyncIterable<Buffer>;

/** `keep` gets the bytes, and says how many they were. Where it or the pages fail, the other one is ended by that. */
export async function writeBackup(
  header: BackupHeader,
  pages: Pages,
  keep: (packed: Packed) => Promise<number>,
): Promise<BackupEnd & { readonly bytes: number }> {
  const lines = new BackupLines();
  const bytes = await pipeline(lines.of(header, pages), createGzip(), keep);
  assert(lines.end !== null, "what was kept has an end");
  return { ...lines.end, bytes };
}

class BackupLines {
  readonly #sum = createHash("sha256");
  end: BackupEnd | null = null;

  async *of(header: BackupHeader, pages: Pages): AsyncGenerator<Buffer> {
    let keys = 0;
    yield this.#summed(headerLine(header));
    for await (const records of pages) {
      keys += records.length;
      if (records.length > 0) yield this.#summed(records.map(recordLine).join(""));
    }
    this.end = { keys, sha256: this.#sum.digest("hex") };
    yield Buffer.from(endLine(this.end));
  }

  #summed(lines: string): Buffer {
    const bytes = Buffer.from(lines);
    this.#sum.update(bytes);
    return bytes;
  }
}
