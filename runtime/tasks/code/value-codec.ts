// Values of job code as bytes: what `map` emits is what `reduce` gets. A first byte says how to read the rest; whole numbers and text,
// which are most of all values, don't go through JSON.
import type { PairBytes } from "../records/pair-bytes.ts";

const TEXT = 0x73;
const INTEGER = 0x69;
const JSON_TEXT = 0x6a;
const BYTES = 0x62;
const NOTHING = 0x75;

/** Sums of so many digits are exact. */
const DIGITS_MAX = 15;

export function putValue(pair: PairBytes, value: unknown): PairBytes {
  if (typeof value === "string") return pair.valueByte(TEXT).valueText(value);
  if (isWhole(value)) return pair.valueByte(INTEGER).valueText(String(value));
  if (value === undefined) return pair.valueByte(NOTHING);
  if (value instanceof Uint8Array) return pair.valueByte(BYTES).valueFrom(value);
  return pair.valueByte(JSON_TEXT).valueText(jsonOf(value));
}

/** `bytes[start, end)` is the value. */
export function valueOf(bytes: Buffer, start: number, end: number): unknown {
  switch (bytes[start]) {
    case TEXT:
      return bytes.toString("utf8", start + 1, end);
    case INTEGER:
      return end - start - 1 <= DIGITS_MAX ? integerIn(bytes, start + 1, end) : Number(bytes.toString("latin1", start + 1, end));
    case JSON_TEXT:
      return JSON.parse(bytes.toString("utf8", start + 1, end)) as unknown;
    case BYTES:
      return Uint8Array.from(bytes.subarray(start + 1, end));
    default:
      return undefined;
  }
}

/** What `reduce` would get of it. */
export function copyOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  return value instanceof Uint8Array ? Uint8Array.from(value) : (JSON.parse(jsonOf(value)) as unknown);
}

/** As an output shows it: text as it is, nothing as nothing, everything else as JSON. */
export function putShown(pair: PairBytes, value: unknown): PairBytes {
  if (typeof value === "string") return pair.valueText(value);
  if (value === undefined) return pair;
  if (value instanceof Uint8Array) return pair.valueFrom(value);
  return pair.valueText(jsonOf(value));
}

/** About what a value takes while it waits in memory. */
export function weightOf(value: unknown): number {
  if (typeof value === "string") return 24 + value.length;
  if (typeof value === "number") return 8;
  return typeof value === "object" && value !== null ? 32 + jsonOf(value).length : 16;
}

function isWhole(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && !Object.is(value, -0);
}

function jsonOf(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new TypeError(`a value of the type ${typeof value} can't be emitted`);
  return text;
}

function integerIn(bytes: Uint8Array, start: number, end: number): number {
  const isNegative = bytes[start] === 0x2d;
  let value = 0;
  for (let i = isNegative ? start + 1 : start; i < end; i++) value = value * 10 + (bytes[i] as number) - 0x30;
  return isNegative ? -value : value;
}
