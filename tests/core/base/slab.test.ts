import { Slab } from "../../../core/base/slab.ts";

test("every array is all zero and nobody else's", () => {
  const slab = new Slab({ slabBytes: 65_536, sharedBytesMax: 4_096 });
  const arrays = Array.from({ length: 2_000 }, (_, i) => slab.take(i % 300));
  for (const [i, array] of arrays.entries()) {
    expect(array.length).toBe(i % 300);
    expect(array.every((byte) => byte === 0)).toBe(true);
    array.fill(1 + (i % 255));
  }
  expect(arrays.every((array, i) => array.every((byte) => byte === 1 + (i % 255)))).toBe(true);
});

test("small arrays share memory, and a large one keeps no small one alive", () => {
  const slab = new Slab({ slabBytes: 65_536, sharedBytesMax: 4_096 });
  expect(slab.take(100).buffer).toBe(slab.take(100).buffer);
  expect(slab.take(5_000).buffer.byteLength).toBe(5_000);
});
