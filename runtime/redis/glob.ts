// Patterns of keys, as redis-server matches them: `*`, `?`, `[a-z]`, `[^a]`, and a backslash before what stands for itself.

const STAR = 0x2a;
const QUESTION = 0x3f;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const CARET = 0x5e;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;

export function matches(pattern: Uint8Array, key: Uint8Array): boolean {
  // Where to go on if what follows the last star does not fit: one byte further. So the work is bounded by both lengths' product.
  let [at, in_, starAt, starIn] = [0, 0, -1, 0];
  while (in_ < key.length) {
    const step = pattern[at] === STAR ? null : matchOne(pattern, at, key[in_] as number);
    if (pattern[at] === STAR) {
      starAt = ++at;
      starIn = in_;
    } else if (step !== null) {
      at = step;
      in_++;
    } else if (starAt >= 0) {
      at = starAt;
      in_ = ++starIn;
    } else return false;
  }
  while (pattern[at] === STAR) at++;
  return at === pattern.length;
}

/** Where the pattern goes on; null: it does not fit. */
function matchOne(pattern: Uint8Array, at: number, byte: number): number | null {
  const wanted = pattern[at];
  if (wanted === undefined) return null;
  if (wanted === QUESTION) return at + 1;
  if (wanted === OPEN) return matchSet(pattern, at + 1, byte);
  if (wanted === BACKSLASH && at + 1 < pattern.length) return pattern[at + 1] === byte ? at + 2 : null;
  return wanted === byte ? at + 1 : null;
}

function matchSet(pattern: Uint8Array, from: number, byte: number): number | null {
  const isNot = pattern[from] === CARET;
  let at = isNot ? from + 1 : from;
  let isIn = false;
  for (; at < pattern.length && pattern[at] !== CLOSE; at++) {
    const first = pattern[at] as number;
    if (first === BACKSLASH && at + 1 < pattern.length) {
      at++;
      if (pattern[at] === byte) isIn = true;
    } else if (pattern[at + 1] === MINUS && at + 2 < pattern.length) {
      const last = pattern[at + 2] as number;
      if (byte >= Math.min(first, last) && byte <= Math.max(first, last)) isIn = true;
      at += 2;
    } else if (first === byte) isIn = true;
  }
  // One that is not closed ends with the pattern.
  return isIn === isNot ? null : Math.min(at + 1, pattern.length);
}
