// Finds the words of a text and their hashes in one walk over its bytes, and counts them.
import type { LineBlock } from "../records/line-splitter.ts";
import type { SumTable } from "../records/sum-table.ts";
import { CLASS_OF_BYTE, letterLength } from "./letters.ts";

const ASCII_LETTER = 1;

export function countWords({ bytes, start, end }: LineBlock, table: SumTable): void {
  const kinds = CLASS_OF_BYTE;
  let i = start;
  while (i < end) {
    while (i < end && kinds[bytes[i] as number] === 0) i++;
    const from = i;
    let hash = 0x811c9dc5;
    while (i < end) {
      const byte = bytes[i] as number;
      const kind = kinds[byte];
      if (kind === ASCII_LETTER) {
        hash = Math.imul(hash ^ byte, 0x01000193);
        i++;
        continue;
      }
      const length = kind === 0 ? 0 : letterLength(bytes, i, end);
      if (length === 0) break;
      for (const behind = i + length; i < behind; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
    }
    if (i === from)
      i++; // something else that is not ASCII
    else {
      table.hash = hash;
      table.add(bytes, from, i);
    }
  }
}
