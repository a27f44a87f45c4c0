// Bytes that are nearly requests: whole ones with something changed, left out, repeated or cut, lines of words, and plain noise.
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
/** Whole ones that words at random hardly ever come to. */
const WHOLE: readonly (readonly string[])[] = [
  ["HELLO", "3"],
  ["HELLO", "2"],
  ["RESET"],
  ["QUIT"],
  ["READONLY"],
  ["COMMAND", "DOCS"],
  ["CLUSTER", "SLOTS"],
  ["SCAN", "0", "COUNT", "10"],
  ["SET", "k", "v", "PX", "1000", "GET"],
  ["ONCE", "c", "1", "0", "SET", "k", "v"],
  ["FLOTILLA.TXN", '{"then":[{"op":"get","key":"k"}]}'],
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
  if (below(random, 4) === 0) return encodeRequest(pick(random, WHOLE));
  const length = 1 + below(random, 6);
  return encodeRequest(Array.from({ length }, () => (below(random, 20) === 0 ? "x".repeat(below(random, 5_000)) : pick(random, WORDS))));
}

const noise = (random: Random): Buffer => Buffer.from(Array.from({ length: below(random, 200) }, () => below(random, 256)));

/** As a person types them. */
function line(random: Random): Buffer {
  const words = Array.from({ length: 1 + below(random, 5) }, () => pick(random, WORDS));
  return Buffer.from(`${words.join(" ")}${pick(random, ["\r\n", "\n"])}`);
}

/** Each takes far more memory than it has bytes; perhaps one too many is said to come. */
function emptyWords(random: Random): Buffer {
  const words = below(random, 3_000);
  return Buffer.from(`*${words + below(random, 2)}\r\n${"$0\r\n\r\n".repeat(words)}`);
}

function changed(random: Random): Buffer {
  const bytes = request(random);
  bytes[below(random, bytes.length)] = below(random, 256);
  return bytes;
}

function leftOut(random: Random): Buffer {
  const whole = request(random);
  const from = below(random, whole.length);
  return Buffer.concat([whole.subarray(0, from), whole.subarray(from + 1 + below(random, 8))]);
}

function repeated(random: Random): Buffer {
  const whole = request(random);
  const from = below(random, whole.length);
  const part = whole.subarray(from, from + 1 + below(random, 20));
  return Buffer.concat(Array.from({ length: 1 + below(random, 300) }, () => part));
}

function cut(random: Random): Buffer {
  const whole = request(random);
  return whole.subarray(0, below(random, whole.length + 1));
}

const piece = (random: Random): Buffer => Buffer.from(pick(random, PIECES), "latin1");

/** The whole ones among them are what the broken ones come in between. */
const KINDS = [noise, piece, cut, changed, leftOut, repeated, line, emptyWords, request, request, request, request];

export function brokenRequests(random: Random): Buffer {
  return Buffer.concat(Array.from({ length: 1 + below(random, 12) }, () => pick(random, KINDS)(random)));
}
