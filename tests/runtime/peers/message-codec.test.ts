import * as fc from "fast-check";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_LIMITS } from "../../../core/raft/inputs.ts";
import { ENTRY_HEADER_BYTES } from "../../../core/raft/entry.ts";
import type { Decoded } from "../../../runtime/peers/message-codec.ts";
import { BODY_BYTES_MAX, decodeMessage, encodeMessage, HEADER_BYTES_MAX } from "../../../runtime/peers/message-codec.ts";
import { crc32 } from "node:zlib";
import { arbitraryMessage, MESSAGE_KINDS } from "./arbitrary-messages.ts";
import { append, chunk, command, SAMPLES, SNAPSHOT } from "./sample-messages.ts";

const GOLDEN = JSON.parse(readFileSync(join(__dirname, "../../golden/peer-frames.json"), "utf8")) as Readonly<Record<string, string>>;

const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_key, inner: unknown) => (inner instanceof Uint8Array ? [...inner] : inner)));
const reasonOf = (decoded: Decoded): string => (decoded.kind === "refused" ? decoded.reason : "none");

/** A frame whose header says what it likes, with a checksum that matches. */
function forge(header: string, bodies: Uint8Array = new Uint8Array(0)): Uint8Array {
  const rest = Buffer.concat([Buffer.from(`",${header}\n`), bodies]);
  return Buffer.concat([Buffer.from(`{"crc":"${crc32(rest).toString(16).padStart(8, "0")}`), rest]);
}

const ENVELOPE = `"format":1,"cluster":"c","group":"g","from":"a","to":"b","boot":1,"wallMs":2,"version":1`;

describe("round trips", () => {
  test("any message comes back as it was", () => {
    fc.assert(
      fc.property(arbitraryMessage, (message) => {
        const decoded = decodeMessage(encodeMessage(message));
        expect(decoded.kind).toBe("message");
        if (decoded.kind === "message") expect(plain(decoded.message)).toEqual(plain(message));
      }),
      { numRuns: 1_000 },
    );
  });

  test("every kind has a sample", () => {
    const kinds = Object.values(SAMPLES).map(({ body }) => (body.kind === "raft" ? body.message.kind : body.kind));
    expect([...new Set(kinds)].sort()).toEqual([...MESSAGE_KINDS, "youAreWiped", "youAreRemoved", "livesSeen", "stateDigests"].sort());
  });

  test("an entry's bytes leave as they are", () => {
    const entry = command(11, new Uint8Array([0, 10, 13, 255]));
    const frame = encodeMessage(append([entry]));
    expect(Buffer.from(frame.subarray(frame.length - entry.bytes.length))).toEqual(Buffer.from(entry.bytes));
  });
});

describe("golden frames", () => {
  test("there is one for every sample and none besides", () => {
    expect(Object.keys(GOLDEN)).toEqual(Object.keys(SAMPLES));
  });

  test.each(Object.keys(SAMPLES))("%s: today's bytes are those of the first release", (name) => {
    const golden = Buffer.from(GOLDEN[name] ?? "", "latin1");
    const sample = SAMPLES[name];
    if (sample === undefined) throw new Error(`no sample ${name}`);
    expect(Buffer.from(encodeMessage(sample)).toString("latin1")).toBe(golden.toString("latin1"));
    const decoded = decodeMessage(golden);
    expect(plain(decoded)).toEqual(plain({ kind: "message", message: sample }));
  });
});

describe("what is refused", () => {
  test.each([
    { name: "nothing at all", bytes: "", reason: "truncated" },
    { name: "a header without its end", bytes: `{"crc":"00000000",`, reason: "truncated" },
    { name: "another protocol", bytes: "GET / HTTP/1.1\r\n", reason: "header" },
    { name: "an empty line", bytes: "\n", reason: "header" },
    { name: "no JSON behind the checksum", bytes: `{"crc":"00000000",nonsense}\n`, reason: "header" },
    { name: "a checksum that is none", bytes: `{"crc":"0000zz00","format":1}\n`, reason: "header" },
    { name: "a format of the future", bytes: `{"crc":"00000000","format":2}\n`, reason: "format" },
    { name: "a wrong checksum", bytes: `{"crc":"00000000",${ENVELOPE},"kind":"campaignNow","term":1}\n`, reason: "checksum" },
    { name: "a negative length", bytes: `{"crc":"00000000","format":1,"lengths":[-1]}\n`, reason: "header" },
    { name: "lengths that are no list", bytes: `{"crc":"00000000","format":1,"lengths":{"length":1}}\n`, reason: "header" },
    { name: "bodies beyond the limit", bytes: `{"crc":"00000000","format":1,"lengths":[${BODY_BYTES_MAX},1]}\n`, reason: "tooLarge" },
    { name: "a header beyond the limit", bytes: `${"x".repeat(HEADER_BYTES_MAX)}\n`, reason: "tooLarge" },
    { name: "very deep JSON", bytes: `{"crc":"00000000","x":${"[".repeat(200_000)}\n`, reason: "header" },
  ])("$name: $reason", ({ bytes, reason }) => {
    expect(reasonOf(decodeMessage(Buffer.from(bytes)))).toBe(reason);
  });

  test.each([
    { name: "a kind that nobody knows", header: `${ENVELOPE},"kind":"gossip"`, reason: "kind" },
    { name: "a kind that is a property of objects", header: `${ENVELOPE},"kind":"constructor"`, reason: "kind" },
    { name: "no kind", header: ENVELOPE, reason: "fields" },
    { name: "no envelope", header: `"format":1,"kind":"campaignNow","term":1`, reason: "fields" },
    { name: "a term that is no number", header: `${ENVELOPE},"kind":"campaignNow","term":"1"`, reason: "fields" },
    { name: "a negative term", header: `${ENVELOPE},"kind":"campaignNow","term":-1`, reason: "fields" },
    { name: "half a term", header: `${ENVELOPE},"kind":"campaignNow","term":1.5`, reason: "fields" },
    { name: "a term beyond 48 bits", header: `${ENVELOPE},"kind":"campaignNow","term":281474976710656`, reason: "fields" },
    { name: "a grant that is 1", header: `${ENVELOPE},"kind":"voteReply","term":1,"granted":1`, reason: "fields" },
    { name: "a body where none belongs", header: `${ENVELOPE},"kind":"campaignNow","term":1,"lengths":[0]`, reason: "fields" },
  ])("well framed, but $name: $reason", ({ header, reason }) => {
    expect(reasonOf(decodeMessage(forge(`${header}}`)))).toBe(reason);
  });

  test("a field that this version doesn't know is no reason to refuse: a newer member may say more", () => {
    expect(reasonOf(decodeMessage(forge(`${ENVELOPE},"kind":"campaignNow","term":1,"mood":"good"}`)))).toBe("none");
  });

  test("bytes behind the message", () => {
    const frame = encodeMessage(SAMPLES["append"] ?? append([]));
    expect(reasonOf(decodeMessage(Buffer.concat([frame, Buffer.from("x")])))).toBe("header");
  });

  test("a message that is cut off anywhere", () => {
    const frame = encodeMessage(append([command(11, new Uint8Array(50))]));
    for (let length = 0; length < frame.length; length++) expect(reasonOf(decodeMessage(frame.subarray(0, length)))).toBe("truncated");
  });

  test("entries that don't follow each other", () => {
    const gap = append([command(11, new Uint8Array(3)), command(13, new Uint8Array(3))]);
    expect(reasonOf(decodeMessage(encodeMessage(gap)))).toBe("fields");
    const future = append([command(11, new Uint8Array(3), 6)]);
    expect(reasonOf(decodeMessage(encodeMessage(future)))).toBe("fields");
  });

  test("a chunk that reaches beyond its snapshot", () => {
    expect(reasonOf(decodeMessage(encodeMessage(chunk(new Uint8Array(SNAPSHOT.sizeBytes + 1)))))).toBe("fields");
  });

  test("any change of any byte", () => {
    fc.assert(
      fc.property(arbitraryMessage, fc.nat(), fc.integer({ min: 1, max: 255 }), (message, at, flip) => {
        const frame = Uint8Array.from(encodeMessage(message));
        const position = at % frame.length;
        frame[position] = (frame[position] ?? 0) ^ flip;
        expect(decodeMessage(frame).kind).toBe("refused");
      }),
      { numRuns: 1_000 },
    );
  });

  test("any bytes whatsoever, without an exception", () => {
    const lines = fc.json().map((json) => Buffer.concat([Buffer.from(`{"crc":"00000000","format":1,"lengths":${json}}\n`)]));
    const forged = fc.jsonValue().map((value) => forge(`${ENVELOPE},"kind":"snapshotChunk","term":1,"snapshot":${JSON.stringify(value)}}`));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 400 }), lines, forged), (bytes) => {
        expect(decodeMessage(bytes).kind).toBe("refused");
      }),
      { numRuns: 1_000 },
    );
  });
});

test("the limits leave room for the largest append that the defaults allow", () => {
  const { appendBytesMax, entryBytesMax, appendEntriesMax, snapshotPieceBytes } = DEFAULT_LIMITS;
  expect(appendBytesMax + entryBytesMax + appendEntriesMax * ENTRY_HEADER_BYTES).toBeLessThanOrEqual(BODY_BYTES_MAX);
  expect(snapshotPieceBytes).toBeLessThanOrEqual(BODY_BYTES_MAX);
  expect(appendEntriesMax * `${entryBytesMax},`.length).toBeLessThan(HEADER_BYTES_MAX / 2);
});
