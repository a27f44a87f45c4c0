// Bytes that are nearly requests: whole ones with something changed, left out, repeated or cut, and plain noise.
import type { Random } from "../../../core/base/random.ts";
import { encodeRequest } from "../../runtime/redis/store-fixture.ts";

const WORDS = [
  "SET",
  "GET",
  "MULTI",
  "EXEC",
  "WATCH",
  "ONCE",
  "HELLO",
  "CLUSTER",
  "SLOTS",
  "k",
  "{t}k",
  "1",
  "0",
  "-1",
  "EX",
  "",
  "FLOTILLA.TXN",
  "{}",
  "SCAN",
  "COMMAND",
  "DOCS",
];
const PIECES = [
  "*",
  "$",
  "\r\n",
  "\n",
  "*3\r\n",
  "$3\r\n",
  "$-1\r\n",
  "*-1\r\n",
  "*1000000\r\n",
  "$2000000\r\n",
  "*99999999999\r\n",
  ":1\r\n",
  "+OK\r\n",
  "\u0000",
  '"',
  "'",
  "\\x",
];

/** A whole number below this one. */
export const below = (random: Random, end: number): number => random.between(0, end - 1);

function pick<T>(random: Random, list: readonly T[]): T {
  return list[below(random, list.length)] as T;
}

function request(random: Random): Buffer {
  const length = 1 + below(random, 6);
  return encodeRequest(Array.from({ length }, () => (below(random, 20) === 0 ? "x".repeat(below(random, 5_000)) : pick(random, WORDS))));
}

const noise = (random: Random): Buffer => Buffer.from(Array.from({ length: below(random, 200) }, () => below(random, 256)));

export function brokenRequests(random: Random): Buffer {
  const parts: Buffer[] = [];
  for (let left = 1 + below(random, 12); left > 0; left--) {
    const kind = below(random, 6);
    const whole = request(random);
    if (kind === 0) parts.push(noise(random));
    else if (kind === 1) parts.push(Buffer.from(pick(random, PIECES), "latin1"));
    else if (kind === 2) parts.push(whole.subarray(0, below(random, whole.length + 1)));
    else if (kind === 3) {
      const changed = Buffer.from(whole);
      changed[below(random, changed.length)] = below(random, 256);
      parts.push(changed);
    } else parts.push(whole);
  }
  return Buffer.concat(parts);
}
