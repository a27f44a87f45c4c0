// What surrounds a service's command in the log: the leader's time stamp, and who asks, so that a retry is recognised.
//
//   format (1) · stamp (6) · length of the client id (1, 0 without a session) · client id · serial · acked · command
//
// Read on every member for every command, so it is laid out by hand; serial and acked take as many bytes as they need.
import { countLength, writeCount } from "../../base/byte-writer.ts";
import { ByteReader } from "../../base/byte-reader.ts";
import type { Session } from "../events.ts";
import { CLIENT_ID_BYTES_MAX } from "./client-id.ts";

/** What a leader writes. */
export type CommandFields = { readonly stampMs: number; readonly session: Session | null; readonly command: Uint8Array };

/** What everybody reads. Client id and command are views into the entry. */
export type CommandEnvelope = { readonly stampMs: number; readonly session: CommandSession | null; readonly command: Uint8Array };
export type CommandSession = Omit<Session, "client"> & { readonly client: Uint8Array };

const FORMAT = 1;
const STAMP_BYTES = 6;
const CLIENT_LENGTH_AT = 1 + STAMP_BYTES;
const FIXED_BYTES = CLIENT_LENGTH_AT + 1;
const TWO_TO_32 = 0x1_0000_0000;
/** Larger ones are rare, and not worth keeping the memory for. */
const KEPT_BYTES_MAX = 65_536;

/** Writes one envelope after the other into the same memory: whoever needs one for longer copies it, as an entry does. */
export class EnvelopeEncoder {
  #memory = new Uint8Array(1_024);

  /** Valid until the next call. */
  encode({ stampMs, session, command }: CommandFields): Uint8Array {
    const length = FIXED_BYTES + sessionLength(session) + command.length;
    const bytes = this.#take(length);
    bytes[0] = FORMAT;
    writeStamp(bytes, stampMs);
    bytes[CLIENT_LENGTH_AT] = session?.client.length ?? 0;
    bytes.set(command, session === null ? FIXED_BYTES : writeSession(bytes, session));
    return bytes.subarray(0, length);
  }

  #take(length: number): Uint8Array {
    if (length > KEPT_BYTES_MAX) return new Uint8Array(length);
    if (length > this.#memory.length) this.#memory = new Uint8Array(Math.min(2 * length, KEPT_BYTES_MAX));
    return this.#memory;
  }
}

/** Null for bytes that are none. */
export function decodeCommandEnvelope(bytes: Uint8Array): CommandEnvelope | null {
  if (bytes.length < FIXED_BYTES || bytes[0] !== FORMAT) return null;
  const stampMs = readStamp(bytes);
  const clientLength = bytes[CLIENT_LENGTH_AT] as number;
  if (clientLength === 0) return { stampMs, session: null, command: bytes.subarray(FIXED_BYTES) };
  const reader = new ByteReader(bytes, FIXED_BYTES);
  const session = { client: reader.raw(clientLength), serial: reader.count(), acked: reader.count() };
  const command = reader.rest();
  return reader.isIntact && clientLength <= CLIENT_ID_BYTES_MAX ? { stampMs, session, command } : null;
}

/** Client ids are plain ASCII. Returns the offset behind the session. */
function writeSession(bytes: Uint8Array, { client, serial, acked }: Session): number {
  for (let i = 0; i < client.length; i++) bytes[FIXED_BYTES + i] = client.charCodeAt(i);
  return writeCount(bytes, writeCount(bytes, FIXED_BYTES + client.length, serial), acked);
}

function sessionLength(session: Session | null): number {
  return session === null ? 0 : session.client.length + countLength(session.serial) + countLength(session.acked);
}

function writeStamp(bytes: Uint8Array, stampMs: number): void {
  const high = Math.floor(stampMs / TWO_TO_32);
  const low = stampMs >>> 0;
  bytes[1] = high >>> 8;
  bytes[2] = high;
  bytes[3] = low >>> 24;
  bytes[4] = low >>> 16;
  bytes[5] = low >>> 8;
  bytes[6] = low;
}

function readStamp(bytes: Uint8Array): number {
  const high = at(bytes, 1) * 256 + at(bytes, 2);
  const low = (at(bytes, 3) << 24) | (at(bytes, 4) << 16) | (at(bytes, 5) << 8) | at(bytes, 6);
  return high * TWO_TO_32 + (low >>> 0);
}

const at = (bytes: Uint8Array, i: number): number => bytes[i] as number;
