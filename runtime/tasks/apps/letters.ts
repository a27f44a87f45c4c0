// Which bytes are letters, in text of any language: a word is a run of what Unicode calls letters. Plain ASCII is decided by a table.
const IS_LETTER = /^\p{L}$/u;
const UNKNOWN = 0;
const YES = 1;
const NO = 2;

/** 1 for a letter, 2 for the first or a later byte of anything that is not ASCII. */
export const CLASS_OF_BYTE = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte > 127) return 2;
  return IS_LETTER.test(String.fromCharCode(byte)) ? 1 : 0;
});

const known = new Uint8Array(0x1_0000);

/** How many bytes the letter at `at` takes; 0 when there is none. `bytes[at]` is not ASCII. */
export function letterLength(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at] as number;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 0;
  if (length === 0 || at + length > end) return 0;
  let code = first & (0xff >> (length + 1));
  for (let i = 1; i < length; i++) {
    const byte = bytes[at + i] as number;
    if ((byte & 0xc0) !== 0x80) return 0;
    code = (code << 6) | (byte & 0x3f);
  }
  return isLetter(code) ? length : 0;
}

/**
 * Of four bytes, the first one lowest: 0xff for each that comes before the first ASCII byte that is no letter, 0 for the others. All four at
 * once, without a branch: additions carry into the top bit of each byte whether it reaches "a", and whether it is beyond "z".
 */
export function leadingRun(four: number): number {
  const low = (four | 0x2020_2020) & 0x7f7f_7f7f;
  const others = ~(((low + 0x1f1f_1f1f) & ~(low + 0x0505_0505)) | four) & 0x8080_8080;
  return ((others & -others) >>> 7) - 1;
}

function isLetter(code: number): boolean {
  if (code > 0xffff) return code <= 0x10_ffff && IS_LETTER.test(String.fromCodePoint(code));
  if (known[code] === UNKNOWN) known[code] = IS_LETTER.test(String.fromCharCode(code)) ? YES : NO;
  return known[code] === YES;
}
