// Finds the words of a text and their hashes in one walk over its bytes.
import type { HashedSpan } from "../records/sum-table.ts";
import { CLASS_OF_BYTE, letterLength } from "./letters.ts";

const ASCII_LETTER = 1;

/** `word` is one object for all words. */
export function forEachWord(text: HashedSpan, visit: (word: HashedSpan) => void): void {
  const { bytes, end } = text;
  const word = text;
  let i = text.start;
  while (i < end) {
    while (i < end && CLASS_OF_BYTE[bytes[i] as number] === 0) i++;
    const start = i;
    let hash = 0x811c9dc5;
    while (i < end) {
      const byte = bytes[i] as number;
      const kind = CLASS_OF_BYTE[byte];
      if (kind === ASCII_LETTER) {
        hash = Math.imul(hash ^ byte, 0x01000193);
        i++;
        continue;
      }
      const length = kind === 0 ? 0 : letterLength(bytes, i, end);
      if (length === 0) break;
      for (const behind = i + length; i < behind; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
    }
    if (i > start) {
      word.start = start;
      word.end = i;
      word.hash = hash >>> 0;
      visit(word);
    } else i++;
  }
}
