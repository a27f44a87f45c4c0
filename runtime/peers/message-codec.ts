// A peer message as bytes: one JSON line, then the raw bodies whose lengths the line gives. An entry that was encoded once
// goes out as it is. The line begins with a checksum of all that follows it, header included, because a flipped digit
// in a term would do more harm than any in a value. The simulator sends every message through here too.
import { crc32 } from "node:zlib";
import { asBoot, asCluster, asGroup, asMember } from "../../core/base/ids.ts";
import { LIVES_KEPT } from "../../core/replica/life-number.ts";
import type { Envelope, PeerMessage } from "../../core/replica/peer-message.ts";
import type { RawBodies } from "./message-bodies.ts";
import { readBody, writeBody } from "./message-bodies.ts";
import { HeaderFields, isObject, lengthsIn } from "./header-fields.ts";

export const WIRE_FORMAT = 1;
/** Room for the lengths of 4096 entries and for a membership with a thousand removed ids. */
export const HEADER_BYTES_MAX = 262_144;
/** Room for a full append that ends with an entry of the largest size. */
export const BODY_BYTES_MAX = 4_194_304;

export type RefusalReason =
  /** Not the beginning of a frame: the stream is lost. */
  | "header"
  | "format"
  | "tooLarge"
  | "truncated"
  | "checksum"
  /** Frames of these two are whole; what follows them in a stream can still be read. */
  | "kind"
  | "fields";

export type Refused = { readonly kind: "refused"; readonly reason: RefusalReason; readonly message: string };
export type Decoded = { readonly kind: "message"; readonly message: PeerMessage } | Refused;

export type FrameHeader = {
  readonly kind: "header";
  readonly fields: HeaderFields;
  readonly checksum: number;
  /** With the line's end. */
  readonly headerBytes: number;
  readonly bodyLengths: readonly number[];
  readonly bodyBytes: number;
};

const LINE_START = `{"crc":"`;
const CHECKSUM_DIGITS = 8;
const CHECKED_FROM = LINE_START.length + CHECKSUM_DIGITS;
const NO_CHECKSUM = "0".repeat(CHECKSUM_DIGITS);
const LINE_END = 0x0a;
const [DIGIT_0, DIGIT_A] = [0x30, 0x61];
const HEX = /^[0-9a-f]{8}$/;

/** What a frame is put between on its way. */
export type Around = { readonly before: string; readonly behind: string };

const NOTHING_AROUND: Around = { before: "", behind: "" };

export function encodeMessage(message: PeerMessage): Uint8Array {
  return encodeWithin(message, () => NOTHING_AROUND);
}

/** In one piece with what `around` says, which is told the size of the frame. */
export function encodeWithin(message: PeerMessage, around: (bytes: number) => Around): Uint8Array {
  const { fields, raw } = writeBody(message);
  const { cluster, group, from, to, boot, lives, toBoot, wallMs, version } = message;
  const header = { crc: NO_CHECKSUM, format: WIRE_FORMAT, cluster, group, from, to, boot, lives, toBoot, wallMs, version };
  const lengths = raw.length === 0 ? undefined : raw.map((body) => body.length);
  return assemble(JSON.stringify(Object.assign(header, fields, { lengths })), raw, around);
}

function assemble(header: string, raw: RawBodies, around: (bytes: number) => Around): Uint8Array {
  let length = Buffer.byteLength(header) + 1;
  for (const body of raw) length += body.length;
  const { before, behind } = around(length);
  const whole = Buffer.allocUnsafe(before.length + length + behind.length);
  const start = whole.write(before, "latin1");
  let offset = start + whole.write(header, start);
  whole[offset++] = LINE_END;
  for (const body of raw) {
    whole.set(body, offset);
    offset += body.length;
  }
  whole.write(behind, offset, "latin1");
  writeDigits(whole, start + LINE_START.length, crc32(whole.subarray(start + CHECKED_FROM, offset)));
  return whole;
}

/** As hexadecimal text; without a string of its own. */
function writeDigits(bytes: Uint8Array, at: number, checksum: number): void {
  for (let i = 0; i < CHECKSUM_DIGITS; i++) {
    const digit = (checksum >>> (4 * (CHECKSUM_DIGITS - 1 - i))) & 15;
    bytes[at + i] = digit < 10 ? DIGIT_0 + digit : DIGIT_A + digit - 10;
  }
}

/** For bytes that hold exactly one message. Never throws. */
export function decodeMessage(bytes: Uint8Array): Decoded {
  const lineEnd = bytes.indexOf(LINE_END);
  if (lineEnd === -1) return refuse(bytes.length > HEADER_BYTES_MAX ? "tooLarge" : "truncated", "no end of the header line");
  const header = readHeader(bytes.subarray(0, lineEnd + 1));
  if (header.kind === "refused") return header;
  const length = header.headerBytes + header.bodyBytes;
  if (bytes.length < length) return refuse("truncated", `${bytes.length} bytes of ${length}`);
  if (bytes.length > length) return refuse("header", `${bytes.length - length} bytes follow the message`);
  return readFrame(header, bytes);
}

/** `line` ends with its line end. */
export function readHeader(line: Uint8Array): FrameHeader | Refused {
  if (line.length > HEADER_BYTES_MAX) return refuse("tooLarge", `a header of ${line.length} bytes`);
  const text = Buffer.from(line.buffer, line.byteOffset, line.length - 1).toString();
  const digits = text.slice(LINE_START.length, CHECKED_FROM);
  const fields = text.startsWith(LINE_START) && HEX.test(digits) ? parse(text) : null;
  if (fields === null) return refuse("header", "not the header of a message");
  if (fields["format"] !== WIRE_FORMAT)
    return refuse("format", `format ${JSON.stringify(fields["format"])}; this version reads ${WIRE_FORMAT}`);
  const bodyLengths = lengthsIn(fields["lengths"]);
  if (bodyLengths === null) return refuse("header", `"lengths" is no list of lengths`);
  let bodyBytes = 0;
  for (const length of bodyLengths) bodyBytes += length;
  if (bodyBytes > BODY_BYTES_MAX) return refuse("tooLarge", `bodies of ${bodyBytes} bytes; the limit is ${BODY_BYTES_MAX}`);
  return {
    kind: "header",
    fields: new HeaderFields(fields),
    checksum: Number.parseInt(digits, 16),
    headerBytes: line.length,
    bodyLengths,
    bodyBytes,
  };
}

/** `frame` is the header's line and all its bodies. What is decoded are views into it. */
export function readFrame(header: FrameHeader, frame: Uint8Array): Decoded {
  if (crc32(frame.subarray(CHECKED_FROM)) !== header.checksum) return refuse("checksum", "a message whose checksum doesn't match");
  const { fields } = header;
  const envelope = readEnvelope(fields);
  const body = readBody(envelope, fields, cut(frame, header));
  if (body === null && fields.problem === null) return refuse("kind", `unknown kind "${fields.text("kind")}"`);
  if (body === null || fields.problem !== null) return refuse("fields", fields.problem ?? "no body");
  return { kind: "message", message: { ...envelope, body } };
}

function cut(frame: Uint8Array, { headerBytes, bodyLengths }: FrameHeader): RawBodies {
  // Plain views: those of a Buffer cost more to make, and entries are many.
  const whole = new Uint8Array(frame.buffer, frame.byteOffset, frame.length);
  let offset = headerBytes;
  return bodyLengths.map((length) => whole.subarray(offset, (offset += length)));
}

function readEnvelope(fields: HeaderFields): Envelope {
  return {
    cluster: asCluster(fields.text("cluster")),
    group: asGroup(fields.text("group")),
    from: asMember(fields.text("from")),
    to: asMember(fields.text("to")),
    boot: asBoot(fields.count("boot")),
    ...(fields.has("lives") ? { lives: fields.countsUpTo("lives", LIVES_KEPT).map(asBoot) } : {}),
    ...(fields.has("toBoot") ? { toBoot: asBoot(fields.count("toBoot")) } : {}),
    wallMs: fields.count("wallMs"),
    version: fields.count("version"),
  };
}

function parse(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function refuse(reason: RefusalReason, message: string): Refused {
  return { kind: "refused", reason, message };
}
