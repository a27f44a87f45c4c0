import * as fc from "fast-check";
import type { PeerMessage } from "../../../core/replica/peer-message.ts";
import { FrameParser, KEEP_ALIVE } from "../../../runtime/peers/frame-parser.ts";
import { encodeMessage, HEADER_BYTES_MAX } from "../../../runtime/peers/message-codec.ts";
import { arbitraryMessage } from "./arbitrary-messages.ts";
import { append, chunk, command, HEARTBEAT, SAMPLES, SNAPSHOT } from "./sample-messages.ts";

const frames = (...messages: readonly PeerMessage[]): Buffer => Buffer.concat(messages.map(encodeMessage));
const hex = (messages: readonly PeerMessage[]): readonly string[] =>
  messages.map((message) => Buffer.from(encodeMessage(message)).toString("hex"));

/** The messages of a stream that arrives in pieces of these sizes, over and over. */
function parseInPieces(stream: Uint8Array, sizes: readonly number[]): readonly PeerMessage[] {
  const parser = new FrameParser();
  const messages: PeerMessage[] = [];
  let offset = 0;
  for (let i = 0; offset < stream.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    const parsed = parser.push(stream.slice(offset, offset + size));
    expect(parsed.broken).toBeNull();
    messages.push(...parsed.messages);
    offset += size;
  }
  expect(parser.isBetweenFrames).toBe(true);
  return messages;
}

test("one chunk with everything", () => {
  const samples = Object.values(SAMPLES);
  expect(hex(parseInPieces(frames(...samples), [Number.MAX_SAFE_INTEGER]))).toEqual(hex(samples));
});

test("however the stream is cut, the same messages come out", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(fc.array(arbitraryMessage, { maxLength: 5 }), sizes, (messages, cuts) => {
      const stream = Buffer.concat(messages.flatMap((message) => [Buffer.from(KEEP_ALIVE), encodeMessage(message)]));
      expect(hex(parseInPieces(stream, cuts))).toEqual(hex(messages));
    }),
    { numRuns: 300 },
  );
});

test("what an entry keeps alive is its own frame, not the chunk it came in", () => {
  const small = encodeMessage(append([command(11, new Uint8Array(10))]));
  const large = frames(chunk(new Uint8Array(60_000), { ...SNAPSHOT, sizeBytes: 60_000 }), HEARTBEAT);
  const parsed = new FrameParser().push(Buffer.concat([small, large]));
  const body = parsed.messages[0]?.body;
  const entry = body?.kind === "raft" && body.message.kind === "append" ? body.message.entries[0] : undefined;
  expect(entry?.bytes.buffer.byteLength).toBe(small.length);
});

test("a frame that means nothing here is skipped, and what follows is read", () => {
  const gap = append([command(11, new Uint8Array(3)), command(13, new Uint8Array(3))]);
  const parsed = new FrameParser().push(frames(gap, HEARTBEAT));
  expect(parsed.skipped.map(({ reason }) => reason)).toEqual(["fields"]);
  expect(hex(parsed.messages)).toEqual(hex([HEARTBEAT]));
  expect(parsed.broken).toBeNull();
});

test("after damage nothing more is read", () => {
  const damaged = frames(append([command(11, new Uint8Array(100))]));
  damaged[damaged.length - 1] = 1;
  const parser = new FrameParser();
  const parsed = parser.push(Buffer.concat([frames(HEARTBEAT), damaged, frames(HEARTBEAT)]));
  expect(parsed.broken?.reason).toBe("checksum");
  expect(parsed.messages).toHaveLength(1);
  expect(parser.push(frames(HEARTBEAT)).messages).toHaveLength(0);
});

test("a header that never ends is refused at its limit, dripping or not", () => {
  const parser = new FrameParser();
  let taken = 0;
  while (parser.push(Buffer.alloc(1_000, "x")).broken === null) taken += 1_000;
  expect(taken).toBeLessThanOrEqual(HEADER_BYTES_MAX);
  expect(taken).toBeGreaterThan(HEADER_BYTES_MAX - 2_000);
});

test("a stream that ends inside a frame is seen to be cut off", () => {
  const frame = encodeMessage(append([command(11, new Uint8Array(100))]));
  for (const length of [1, 100, frame.length - 1]) {
    const parser = new FrameParser();
    parser.push(frame.subarray(0, length));
    expect(parser.isBetweenFrames).toBe(false);
  }
});

test("random bytes never throw", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 10 }), (chunks) => {
      const parser = new FrameParser();
      for (const bytes of chunks) expect(parser.push(bytes).messages).toHaveLength(0);
    }),
  );
});
