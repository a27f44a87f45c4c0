// What surrounds a service's command in the log: the leader's time stamp, and who asks, so that a retry is recognised.
//
//   format (1) · stamp (6) · length of the client id (1, 0 without a session) · client id · serial · acked · command
//
// Read on every member for every command, so it is laid out by hand; serial and acked take as many bytes as they need.
import { countLength, writeCount } from "../../base/byte-writer.ts";
import { ByteReader } from "../../base/byte-reader.ts";
import { CLIENT_ID_BYTES_MAX } from "./client-id.ts";

export type CommandSession = {
  readonly client: Uint8Array;
  readonly serial: number;
  /** The client has all answers up to this serial, inclusive. */
  readonly acked: number;
};

export type CommandEnvelope = {
  readonly stampMs: number;
  readonly session: CommandSession | null;
  readonly command: Uint8Array;
};

const FORMAT = 1;
const STAMP_BYTES = 6;
const CLIENT_LENGTH_AT = 1 + STAMP_BYTES;
const FIXED_BYTES = CLIENT_LENGTH_AT + 1;
const TWO_TO_32 = 0x1_0000_0000;

export function encodeCommandEnvelope({ stampMs, session, command }: CommandEnvelope): Uint8Array {
  const bytes = new Uint8Array(FIXED_BYTES + sessionLength(session) + command.length);
  bytes[0] = FORMAT;
  writeStamp(bytes, stampMs);
  let offset = FIXED_BYTES;
  if (session !== null) {
    bytes[CLIENT_LENGTH_AT] = session.client.length;
    bytes.set(session.client, offset);
    offset = writeCount(bytes, offset + session.client.length, session.serial);
    offset = writeCount(bytes, offset, session.acked);
  }
  bytes.set(command, offset);
  return bytes;
}

/** Null for bytes that are none. Client id and command are views into them. */
export function decodeCommandEnvelope(bytes: Uint8Array): CommandEnvelope | null {
  if (bytes.length < FIXED_BYTES || bytes[0] !== FORMAT) return null;
  const stampMs = readStamp(bytes);
  const clientLength = bytes[CLIENT_LENGTH_AT] as number;
  if (clientLength === 0) return { stampMs, session: null, command: bytes.subarray(FIXED_BYTES) };
  const reader = new ByteReader(bytes.subarray(FIXED_BYTES));
  const session = { client: reader.raw(clientLength), serial: reader.count(), acked: reader.count() };
  const command = reader.rest();
  return reader.isIntact && clientLength <= CLIENT_ID_BYTES_MAX ? { stampMs, session, command } : null;
}

function sessionLength(session: CommandSession | null): number {
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
  const at = (i: number): number => bytes[i] as number;
  return (at(1) * 256 + at(2)) * TWO_TO_32 + (((at(3) << 24) | (at(4) << 16) | (at(5) << 8) | at(6)) >>> 0);
}
