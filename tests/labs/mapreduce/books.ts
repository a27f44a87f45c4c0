// Eight books under the names of the labs' inputs, as long as those are together: words of letters, with the frequencies of
// natural text, digits and punctuation between them.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Random } from "../../../core/base/random.ts";

const TITLES = "being_ernest dorian_gray frankenstein grimm huckleberry_finn metamorphosis sherlock_holmes tom_sawyer".split(" ");
/** Of all eight. */
const BYTES = 3_301_104;
const VOCABULARY = 20_000;
const LETTERS = "etaoinshrdlcumwfgypbvk";
const MARKS = [" ", " ", " ", " ", ", ", ". ", "'", "-", " 1887 ", "\n"];

export type Book = { readonly name: string; readonly text: string };

export function makeBooks(): readonly Book[] {
  const random = new Random(2004);
  const words = Array.from({ length: VOCABULARY }, () => {
    const word = Array.from({ length: random.between(1, 11) }, () => LETTERS[random.between(0, LETTERS.length - 1)] ?? "e").join("");
    return random.chance(0.1) ? word.charAt(0).toUpperCase() + word.slice(1) : word;
  });
  const bytes = BYTES / TITLES.length;
  return TITLES.map((title) => {
    const pieces: string[] = [];
    for (let length = 0; length < bytes;) {
      // Each power of ten of ranks is as frequent as the next.
      const word = words[Math.floor(VOCABULARY ** (random.between(0, 999_999) / 1_000_000)) - 1] ?? "the";
      pieces.push(word, random.pick(MARKS));
      length += word.length + (pieces.at(-1)?.length ?? 0);
    }
    return { name: `pg-${title}.txt`, text: pieces.join("").slice(0, bytes) };
  });
}

export function writeBooks(directory: string, books: readonly Book[]): void {
  mkdirSync(directory, { recursive: true });
  for (const { name, text } of books) writeFileSync(join(directory, name), text);
}
