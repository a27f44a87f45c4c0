import { Random } from "../../../core/base/random.ts";
import {
  beginsFrame,
  FRAME_HEADER_BYTES,
  frameBytes,
  markerOf,
  openSectors,
  readHeader,
  sealFrame,
  SECTOR_BYTES,
} from "../../../runtime/disk/log/frame.ts";

function sealed(body: Uint8Array, sequence = 1): Uint8Array {
  const buffer = new Uint8Array(frameBytes(body.length)).fill(0xee); // what an earlier frame left in the buffer
  buffer.set(body, FRAME_HEADER_BYTES);
  return sealFrame(buffer, { segmentKey: 7, sequence, bodyBytes: body.length });
}

test.each([0, 1, 483, 484, 485, 995, 996, 20_000])("a frame with %i bytes of body is read as it was written", (length) => {
  const random = new Random(length);
  const body = Uint8Array.from({ length }, () => random.between(0, 255));
  const frame = sealed(body, 2 ** 40 + 5);
  expect(frame.length).toBe(frameBytes(length));
  expect(readHeader(frame.subarray(0, SECTOR_BYTES))).toMatchObject({
    kind: "header",
    header: { segmentKey: 7, sequence: 2 ** 40 + 5, bodyBytes: length },
  });
  const payload = openSectors(frame);
  expect([...payload.subarray(FRAME_HEADER_BYTES, FRAME_HEADER_BYTES + length)]).toEqual([...body]);
  expect(payload.subarray(FRAME_HEADER_BYTES + length).every((byte) => byte === 0)).toBe(true);
});

test("no sector of a frame is all zero, whatever is in it", () => {
  const frame = sealed(new Uint8Array(5_000));
  for (let sector = 0; sector < frame.length; sector += SECTOR_BYTES) {
    expect(frame.subarray(sector, sector + SECTOR_BYTES).some((byte) => byte !== 0)).toBe(true);
  }
});

test("no single flipped bit makes a marker zero, or a later sector's marker a first one", () => {
  for (let sequence = 0; sequence < 16; sequence++) {
    for (let bit = 0; bit < 8; bit++) {
      expect(markerOf(sequence, "first") ^ (1 << bit)).not.toBe(0);
      expect(beginsFrame(markerOf(sequence, "later") ^ (1 << bit))).toBe(false);
    }
    expect(beginsFrame(markerOf(sequence, "first"))).toBe(true);
  }
});

test("any flipped bit in a header is noticed", () => {
  const frame = sealed(new Uint8Array(10));
  for (let bit = 8; bit < 8 * (FRAME_HEADER_BYTES + 1); bit++) {
    const changed = frame.slice();
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect([bit, readHeader(changed.subarray(0, SECTOR_BYTES)).kind]).toEqual([bit, "damaged"]);
  }
});
