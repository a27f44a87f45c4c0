// Books to count, made by a seed: words with the frequencies of natural text, where each power of ten of ranks is as often as the next.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Random } from "../../../core/base/random.ts";

const VOCABULARY = 20_000;
/** The most frequent words of English are the most frequent ones here, so that the result looks like one. */
const FREQUENT = "the of and to in a is that for it was on are as with his they at be this from have or by one had not but what all".split(
  " ",
);
const LETTERS = "etaoinshrdlcumwfgypbvk";
const WORDS_A_LINE = { least: 6, most: 14 };
const RANKS = 1_000_000;

export type BookOptions = { readonly seed: number; readonly books: number; readonly bytesEach: number };

/** The same options make the same books. */
export function writeBooks(directory: string, { seed, books, bytesEach }: BookOptions): void {
  mkdirSync(directory, { recursive: true });
  const random = new Random(seed);
  const words = [...FREQUENT, ...Array.from({ length: VOCABULARY - FREQUENT.length }, () => wordOf(random))];
  for (let book = 1; book <= books; book++) {
    const lines: string[] = [];
    for (let length = 0; length < bytesEach;) {
      const count = random.between(WORDS_A_LINE.least, WORDS_A_LINE.most);
      const line = Array.from({ length: count }, () => words[Math.floor(VOCABULARY ** (random.between(0, RANKS - 1) / RANKS)) - 1]).join(
        " ",
      );
      lines.push(line);
      length += line.length + 1;
    }
    writeFileSync(join(directory, `book-${book}.txt`), `${lines.join("\n")}\n`);
  }
}

function wordOf(random: Random): string {
  return Array.from({ length: random.between(2, 11) }, () => LETTERS.charAt(random.between(0, LETTERS.length - 1))).join("");
}
