// A line as a person types it, as words: separated by white space, or in quotes. Double quotes know \n, \xff and the like,
// single ones only \'. As redis-server and redis-cli read it.

const SPACES: ReadonlySet<number> = new Set([0x20, 0x0a, 0x0d, 0x09, 0x0b, 0x0c, 0x00]);
const DOUBLE = 0x22;
const SINGLE = 0x27;
const BACKSLASH = 0x5c;
const ESCAPES: Readonly<Record<string, number>> = { n: 0x0a, r: 0x0d, t: 0x09, b: 0x08, a: 0x07 };

/** Null: a quote is not closed, or something follows it at once. */
export function wordsOf(line: Buffer): Buffer[] | null {
  const words: Buffer[] = [];
  let at = 0;
  for (;;) {
    while (at < line.length && SPACES.has(line[at] as number)) at++;
    if (at >= line.length) return words;
    const word: number[] = [];
    const end = readWord(line, at, word);
    if (end === null) return null;
    words.push(Buffer.from(word));
    at = end;
  }
}

/** Where it ends. */
function readWord(line: Buffer, from: number, word: number[]): number | null {
  let at = from;
  while (at < line.length) {
    const byte = line[at] as number;
    if (SPACES.has(byte)) return at;
    if (byte === DOUBLE || byte === SINGLE) {
      const end = readQuoted(line, at + 1, { quote: byte, word });
      return end !== null && (end >= line.length || SPACES.has(line[end] as number)) ? end : null;
    }
    word.push(byte);
    at++;
  }
  return at;
}

type Quoted = { readonly quote: number; readonly word: number[] };

function readQuoted(line: Buffer, from: number, { quote, word }: Quoted): number | null {
  let at = from;
  while (at < line.length) {
    const byte = line[at] as number;
    const next = line[at + 1];
    if (byte === quote) return at + 1;
    if (byte !== BACKSLASH || next === undefined || (quote === SINGLE && next !== SINGLE)) {
      word.push(byte);
      at++;
      continue;
    }
    const hex = quote === DOUBLE ? /^x([0-9a-f]{2})/i.exec(line.toString("latin1", at + 1, at + 4))?.[1] : undefined;
    if (hex === undefined) word.push(ESCAPES[quote === DOUBLE ? String.fromCharCode(next) : ""] ?? next);
    else word.push(parseInt(hex, 16));
    at += hex === undefined ? 2 : 4;
  }
  return null;
}
