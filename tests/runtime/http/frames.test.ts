import { textOf, utf8 } from "../../../core/base/bytes.ts";
import { Random } from "../../../core/base/random.ts";
import { encodeFrame, FRAME_HEADER_BYTES_MAX, FrameReader, inFrames } from "../../../runtime/http/frames.ts";

test("frames come out whole, however the bytes are cut", () => {
  const random = new Random(7);
  for (let round = 0; round < 50; round++) {
    const bodies = Array.from({ length: random.between(1, 20) }, (_, i) => utf8(`body ${i} `.repeat(random.between(0, 30))));
    const bytes = Buffer.concat(bodies.map((body, i) => encodeFrame({ i }, [body.subarray(0, 3), body.subarray(3)])));
    const reader = new FrameReader();
    const read: string[] = [];
    for (let offset = 0; offset < bytes.length;) {
      const length = random.between(1, 40);
      const { frames, broken } = reader.push(bytes.subarray(offset, offset + length));
      expect(broken).toBeNull();
      read.push(...frames.map(({ header, body }) => `${String(header["i"])}:${textOf(body)}`));
      offset += length;
    }
    expect(read).toEqual(bodies.map((body, i) => `${i}:${textOf(body)}`));
  }
});

test.each([
  { name: "no JSON", bytes: "hello\n", says: "a header that is no JSON object" },
  { name: "a list", bytes: "[]\n", says: "a header that is no JSON object" },
  { name: "no length", bytes: "{}\n", says: '"bytes" is no whole number' },
  { name: "a length beyond the limit", bytes: '{"bytes":99999999}\n', says: '"bytes" is no whole number' },
  { name: "an endless line", bytes: "x".repeat(FRAME_HEADER_BYTES_MAX + 1), says: "a header of more than" },
])("$name breaks the stream for good", ({ bytes, says }) => {
  const reader = new FrameReader();
  expect(reader.push(utf8(bytes)).broken).toContain(says);
  expect(reader.push(encodeFrame({}, []))).toMatchObject({ frames: [], broken: expect.stringContaining(says) as unknown });
});

test("rows go into as few frames as have room for them, in their order; one of any size goes alone", () => {
  const random = new Random(3);
  for (let round = 0; round < 20; round++) {
    const most = random.between(1, 2_000_000);
    const rows = Array.from({ length: random.between(0, 1_500) }, () => ({
      header: random.between(1, Math.ceil(most / 4)),
      body: random.between(0, most),
    }));
    const frames = inFrames(rows, (row) => row);
    expect(frames.flat().every((row, i) => row === rows[i])).toBe(true);
    expect(frames.flat()).toHaveLength(rows.length);
    const sizes = frames.map((frame) => [frame.length, sum(frame, "header"), sum(frame, "body")] as const);
    for (const [count, header, body] of sizes)
      expect(count === 1 || (count <= 512 && header <= FRAME_HEADER_BYTES_MAX / 2 && body <= 1_048_576)).toBe(true);
  }
  expect(inFrames([], (row: { header: number; body: number }) => row)).toEqual([]);
  expect(
    inFrames(
      Array.from({ length: 512 }, () => ({ header: 60, body: 100 })),
      (row) => row,
    ),
  ).toHaveLength(1);
});

const sum = <K extends string>(rows: readonly Readonly<Record<K, number>>[], name: K): number =>
  rows.reduce((all, row) => all + row[name], 0);

test("a large frame that arrives in small pieces is put together once", () => {
  const bytes = encodeFrame({ large: true }, [new Uint8Array(16 << 20).fill(7)]);
  const reader = new FrameReader(32 << 20);
  const begun = performance.now();
  let found = 0;
  for (let at = 0; at < bytes.length; at += 4_096) found += reader.push(bytes.subarray(at, at + 4_096)).frames.length;
  expect(found).toBe(1);
  // It was more than ten seconds when each piece was put to those before.
  expect(performance.now() - begun).toBeLessThan(2_000);
});
