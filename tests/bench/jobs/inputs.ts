// The inputs of the job benchmarks: text with the word frequencies of natural text, and records of 100 bytes, by a seed.
import { closeSync, existsSync, mkdirSync, openSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";

const VOCABULARY = 44_000;
const LETTERS = "etaoinshrdlcumwfgypbvk";
const PIECE = 1 << 20;
export const RECORD_BYTES = 100;
const KEY_BYTES = 10;

/** Made once: a file of the right length is taken as it is. */
export function textFile(path: string, bytes: number): void {
  const random = randomFrom(12_345);
  const words = Array.from({ length: VOCABULARY }, () => {
    const length = 1 + Math.floor(random() * 4 + random() * 8);
    return Array.from({ length }, () => LETTERS[Math.floor(random() * random() * LETTERS.length)] ?? "e").join("");
  });
  fill(path, bytes, () => {
    let text = "";
    while (text.length < PIECE) {
      const count = 4 + Math.floor(random() * 12);
      // A word's rank is distributed as in natural text: each power of ten of ranks as often as the next.
      const line = Array.from({ length: count }, () => words[Math.floor(VOCABULARY ** random()) - 1] ?? "e");
      text += `${line.join(" ")}.\n`;
    }
    return Buffer.from(text);
  });
}

export function recordFile(path: string, bytes: number): void {
  const random = randomFrom(54_321);
  const filler = Buffer.alloc(RECORD_BYTES - KEY_BYTES - 1, "x");
  fill(path, bytes, () => {
    const piece = Buffer.alloc(RECORD_BYTES * 10_000, "\n");
    for (let at = 0; at < piece.length; at += RECORD_BYTES) {
      for (let i = 0; i < KEY_BYTES; i++) piece[at + i] = 33 + Math.floor(random() * 94);
      filler.copy(piece, at + KEY_BYTES);
    }
    return piece;
  });
}

function fill(path: string, bytes: number, next: () => Buffer): void {
  if (existsSync(path) && statSync(path).size >= bytes) return;
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(path, "w");
  for (let written = 0; written < bytes;) written += writeSync(file, next());
  closeSync(file);
}

function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
