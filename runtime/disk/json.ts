// JSON from a disk or a peer: any value at all, and believed only after a look at it.
import { textOf } from "../../core/base/bytes.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

/** Null for anything that is not one object. */
export function jsonObjectOf(bytes: Uint8Array): JsonObject | null {
  try {
    const value: unknown = JSON.parse(textOf(bytes));
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A whole number from 0. */
export function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
