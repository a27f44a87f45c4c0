// Decimal fractions as Redis counts with them: in the 80-bit floating point numbers of x86, whose significand has 64 bits.
// Done with whole numbers of any length, so that every machine gets the same digits.
import { textOf } from "../base/bytes.ts";

/** `significand` times two to the power of `exponent`; the significand is negative for a negative number. */
export type Extended = { readonly significand: bigint; readonly exponent: number } | "infinity" | "-infinity" | "none";

const TEXT_BYTES_MAX = 5_119;
/** Each text in one way only: where digits could be before the point or behind it, a long text that is no number takes a tenth of a second. */
const FRACTION = /^([+-]?)(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))(?:[eE]([+-]?[0-9]+))?$/;
const INFINITY = /^([+-]?)inf(?:inity)?$/i;
const SIGNIFICAND_BITS = 64;
/** The largest number is a little less than two to this power. */
const EXPONENT_MAX = 16_384;
/** No number is smaller than two to this power, beside zero. */
const EXPONENT_MIN = -16_445;
/** Numbers from ten to the power of 4933 are too large, and those below ten to the power of -4952 are nothing. */
const DECIMAL_EXPONENT_MAX = 4_932;
const DECIMAL_EXPONENT_MIN = -4_952;
const DIGITS = 17;
const SCALE = 10n ** BigInt(DIGITS);
const ZERO: Extended = { significand: 0n, exponent: 0 };

/** Null: this text is no number, or one that is too large. */
export function extendedOf(bytes: Uint8Array): Extended | null {
  if (bytes.length === 0 || bytes.length > TEXT_BYTES_MAX) return null;
  const text = textOf(bytes);
  if (text.length !== bytes.length) return null;
  const infinite = INFINITY.exec(text);
  if (infinite !== null) return infinite[1] === "-" ? "-infinity" : "infinity";
  const [, sign, whole = "", behind = "", alone = "", power = "0"] = FRACTION.exec(text) ?? [];
  if (sign === undefined) return null;
  const fraction = behind + alone;
  const written = `${whole}${fraction}`.replace(/^0+/, "");
  if (written === "") return ZERO;
  const exponent = Number(power) - fraction.length;
  // Told by the place of the first digit, before anything large is computed.
  const first = written.length - 1 + exponent;
  if (first > DECIMAL_EXPONENT_MAX) return null;
  if (first < DECIMAL_EXPONENT_MIN) return ZERO;
  const digits = BigInt(written);
  const numerator = exponent > 0 ? digits * 10n ** BigInt(exponent) : digits;
  const rounded = round(numerator, exponent < 0 ? 10n ** BigInt(-exponent) : 1n, 0);
  if (typeof rounded === "string") return null;
  return sign === "-" ? { significand: -rounded.significand, exponent: rounded.exponent } : rounded;
}

export function sumOf(a: Extended, b: Extended): Extended {
  if (typeof a === "string" || typeof b === "string") {
    if (typeof a !== "string") return b;
    return typeof b !== "string" || a === b ? a : "none";
  }
  const exponent = Math.min(a.exponent, b.exponent);
  const sum = (a.significand << BigInt(a.exponent - exponent)) + (b.significand << BigInt(b.exponent - exponent));
  if (sum === 0n) return ZERO;
  const rounded = round(sum < 0n ? -sum : sum, 1n, exponent);
  if (typeof rounded === "string") return sum < 0n ? "-infinity" : "infinity";
  return sum < 0n ? { significand: -rounded.significand, exponent: rounded.exponent } : rounded;
}

/** With 17 digits behind the point, and without the zeros at their end. Null for what has no digits. */
export function textOfExtended(number: Extended): string | null {
  if (typeof number === "string") return null;
  const { significand, exponent } = number;
  const scaled = (significand < 0n ? -significand : significand) * SCALE;
  const digits = exponent >= 0 ? scaled << BigInt(exponent) : divideToEven(scaled, 1n << BigInt(-exponent));
  const text = String(digits).padStart(DIGITS + 1, "0");
  const fraction = text.slice(-DIGITS).replace(/0+$/, "");
  const shown = fraction === "" ? text.slice(0, -DIGITS) : `${text.slice(0, -DIGITS)}.${fraction}`;
  return significand < 0n && digits !== 0n ? `-${shown}` : shown;
}

/** The nearest number to a positive fraction times two to that power; of two that are as near the even one. */
function round(numerator: bigint, denominator: bigint, power: number): Exclude<Extended, string> | "infinity" {
  let shift = Math.max(bitsOf(numerator) - bitsOf(denominator) - SIGNIFICAND_BITS, EXPONENT_MIN - power);
  let significand = shifted(numerator, denominator, shift);
  // The difference of the lengths is right or one too small.
  if (bitsOf(significand) > SIGNIFICAND_BITS) significand = shifted(numerator, denominator, ++shift);
  const exponent = shift + power;
  return bitsOf(significand) + exponent > EXPONENT_MAX ? "infinity" : { significand, exponent };
}

function shifted(numerator: bigint, denominator: bigint, shift: number): bigint {
  if (shift >= 0) return divideToEven(numerator, denominator << BigInt(shift));
  return divideToEven(numerator << BigInt(-shift), denominator);
}

function divideToEven(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  const twice = 2n * (numerator - quotient * denominator);
  const isUp = twice > denominator || (twice === denominator && quotient % 2n === 1n);
  return isUp ? quotient + 1n : quotient;
}

const bitsOf = (number: bigint): number => (number === 0n ? 0 : number.toString(2).length);
