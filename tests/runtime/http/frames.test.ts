import { textOf, utf8 } from "../../../core/base/bytes.ts";
import { Random } from "../../../core/base/random.ts";
import { encodeFrame, FRAME_HEADER_BYTES_MAX, FrameReader } from "../../../runtime/http/frames.ts";

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
