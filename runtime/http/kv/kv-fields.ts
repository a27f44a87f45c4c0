// Keys, values, guards and headers of requests, decoded one by one. What is not understood is refused with the field named;
// nothing is guessed, and no byte is replaced by another.
import type { Refusal } from "../../../core/base/outcome.ts";
import type { Guards } from "../../../core/kv/commands.ts";
import { NO_GUARDS } from "../../../core/kv/commands.ts";
import { KEY_BYTES_MAX, VALUE_BYTES_MAX } from "../../../core/kv/limits.ts";
import type { Session } from "../../../core/replica/events.ts";
import type { KeyEncoding, ValueEncoding } from "./kv-schemas.ts";

export type Fields = Readonly<Record<string, unknown>>;
export type Refused = { readonly kind: "refused"; readonly refusal: Refusal };

export const DEADLINE_MS_DEFAULT = 5_000;
export const DEADLINE_MS_MAX = 60_000;

/** Thrown by the checks, and caught around them, for `refusalIn`: each states what it wants in one line. */
export class BadRequest extends Error {
  readonly code: Refusal["code"];

  constructor(message: string, code: Refusal["code"] = "badRequest") {
    super(message);
    this.code = code;
  }
}

export function orRefusal<T>(read: () => T): T | Refused {
  try {
    return read();
  } catch (error) {
    return refusalIn(error);
  }
}

/** Of a check; whatever else was thrown goes on its way. */
export function refusalIn(error: unknown): Refused {
  if (!(error instanceof BadRequest)) throw error;
  return { kind: "refused", refusal: { code: error.code, message: error.message } };
}

/** For calls without a key. */
export function readDeadlineMs(headers: Fields): number | Refusal {
  const reading = orRefusal<number>(() => readDeadline(headers));
  return typeof reading === "number" ? reading : reading.refusal;
}

export type SessionReading = { readonly kind: "session"; readonly session: Session | null } | Refused;

/** Who asks, and for which of its requests this is; for calls without a key. */
export function readRequestSession(headers: Fields): SessionReading {
  return orRefusal<SessionReading>(() => ({ kind: "session", session: readSession(headers) }));
}

export function readSession(headers: Fields): Session | null {
  const client = headers["flotilla-client"];
  const serial = optionalCountText(headers, "flotilla-serial");
  const acked = optionalCountText(headers, "flotilla-acked");
  if (client === undefined) {
    if (serial === null && acked === null) return null;
    throw new BadRequest("flotilla-serial and flotilla-acked need flotilla-client");
  }
  if (typeof client !== "string" || serial === null || serial === 0) throw new BadRequest("flotilla-client needs flotilla-serial, from 1");
  if (acked !== null && acked >= serial) throw new BadRequest("flotilla-acked must be below flotilla-serial");
  return { client, serial, acked: acked ?? 0 };
}

export function readDeadline(headers: Fields): number {
  const given = optionalCountText(headers, "flotilla-deadline-ms") ?? DEADLINE_MS_DEFAULT;
  if (given >= 1 && given <= DEADLINE_MS_MAX) return given;
  throw new BadRequest(`flotilla-deadline-ms must be from 1 to ${DEADLINE_MS_MAX}`);
}

export function readKey(text: string, encoding: KeyEncoding, what = "the key"): Uint8Array {
  const bytes = readKeyPart(text, encoding, what);
  if (bytes.length >= 1 && bytes.length <= KEY_BYTES_MAX) return bytes;
  throw new BadRequest(`a key has 1 to ${KEY_BYTES_MAX} bytes, not ${bytes.length}`);
}

/** May be empty. */
export function readKeyPart(text: string, encoding: KeyEncoding, what: string): Uint8Array {
  return encoding === "utf8" ? textBytes(text, what) : decoded(text, "base64url", what);
}

export function percentDecoded(segment: string): string {
  if (!segment.includes("%")) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new BadRequest("the key is not percent-encoded UTF-8");
  }
}

export function readValue(value: string, encoding: ValueEncoding): Uint8Array {
  const bytes = encoding === "utf8" ? textBytes(value, '"value"') : decoded(value, "base64", '"value"');
  if (bytes.length <= VALUE_BYTES_MAX) return bytes;
  throw new BadRequest(`a value has at most ${VALUE_BYTES_MAX} bytes, not ${bytes.length}`, "tooLarge");
}

export function guardsIn({ ifVersion, ifRevision }: { readonly ifVersion?: number; readonly ifRevision?: number }): Guards {
  if (ifVersion === undefined && ifRevision === undefined) return NO_GUARDS;
  return { ifVersion: ifVersion ?? null, ifRevision: ifRevision ?? null };
}

export function optionalCountText(fields: Fields, name: string): number | null {
  const value = fields[name];
  if (value === undefined) return null;
  if (typeof value !== "string" || !/^[0-9]{1,15}$/.test(value)) throw new BadRequest(`"${name}" must be a whole number from 0`);
  return Number(value);
}

const HALF_A_CHARACTER = /\p{Surrogate}/u;

/** Half a character has no bytes; whatever would stand for it is not what was sent. */
function textBytes(text: string, what: string): Uint8Array {
  if (HALF_A_CHARACTER.test(text)) throw new BadRequest(`${what} is not a whole text`);
  return Buffer.from(text);
}

const ALPHABETS = { base64: /^[A-Za-z0-9+/]*={0,2}$/, base64url: /^[A-Za-z0-9_-]*={0,2}$/ };

function decoded(text: string, encoding: "base64" | "base64url", what: string): Uint8Array {
  // Buffer takes anything and drops what it doesn't understand.
  if (!ALPHABETS[encoding].test(text) || !isWhole(text)) throw new BadRequest(`${what} is not ${encoding}`);
  return Buffer.from(text, encoding);
}

/** Four characters are three bytes, and of the last four two may be missing, or stand as padding: one alone is no byte, and was cut off from others. */
function isWhole(text: string): boolean {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  return padding === 0 ? text.length % 4 !== 1 : text.length % 4 === 0;
}
