// Words that come again and again, such as names of commands: always the same piece of memory, found by its bytes. Whoever gets it knows it
// without making a text of it, and no view of what came is made.

const BUCKETS = 512;

export class KnownWords {
  readonly #byHash: (readonly Buffer[] | undefined)[] = new Array<undefined>(BUCKETS).fill(undefined);

  constructor(words: Iterable<string>) {
    for (const text of words) {
      const word = Buffer.from(text, "latin1");
      const hash = hashOf(word, 0, word.length);
      this.#byHash[hash] = [...(this.#byHash[hash] ?? []), word];
    }
  }

  /** Null: what is there is none of them. */
  find(bytes: Uint8Array, from: number, to: number): Buffer | null {
    if (from === to) return null;
    const words = this.#byHash[hashOf(bytes, from, to)];
    if (words !== undefined) for (const word of words) if (word.length === to - from && isAt(bytes, from, word)) return word;
    return null;
  }
}

/** Of its length, its ends and its middle: names of commands differ in these. */
function hashOf(bytes: Uint8Array, from: number, to: number): number {
  const ends = (bytes[from] as number) + 31 * (bytes[to - 1] as number);
  return (ends + 7 * (bytes[(from + to) >>> 1] as number) + 67 * (to - from)) % BUCKETS;
}

function isAt(bytes: Uint8Array, from: number, word: Uint8Array): boolean {
  for (let i = 0; i < word.length; i++) if (bytes[from + i] !== word[i]) return false;
  return true;
}
