// Keys and values as JSON, as the store tells them over HTTP: text where they are text, otherwise encoded, and that is said. Pure.
import type { Fields } from "./json.ts";

/** Null where the bytes are no text, or not the only ones that it could stand for. */
export function textIn(bytes: Uint8Array): string | null {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
  return Buffer.from(text).equals(bytes) ? text : null;
}

export function keyFields(key: Uint8Array): Fields {
  const text = textIn(key);
  return text === null ? { key: Buffer.from(key).toString("base64url"), keyEncoding: "base64url" } : { key: text };
}

export function valueFields(value: Uint8Array): Fields {
  const text = textIn(value);
  return text === null ? { value: Buffer.from(value).toString("base64"), encoding: "base64" } : { value: text };
}

/** Null where the fields have no key. */
export const keyIn = ({ key, keyEncoding }: Fields): Buffer | null => bytesIn(key, keyEncoding, "base64url");

/** Null where the fields have no value. */
export const valueIn = ({ value, encoding }: Fields): Buffer | null => bytesIn(value, encoding, "base64");

function bytesIn(text: unknown, encoding: unknown, known: "base64" | "base64url"): Buffer | null {
  if (typeof text !== "string") return null;
  if (encoding === undefined) return Buffer.from(text);
  const bytes = encoding === known ? Buffer.from(text, known) : null;
  // Buffer drops whatever is not of the encoding.
  return bytes?.toString(known) === text ? bytes : null;
}
