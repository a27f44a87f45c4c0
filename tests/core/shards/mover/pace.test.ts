import { CHUNK_BYTES, Pace, PULLS_MAX } from "../../../../core/shards/mover/pace.ts";

test("the pace falls once for all that were asked for at the same time, and rises little by little", () => {
  const pace = new Pace();
  for (let i = 0; i < PULLS_MAX; i++) pace.wasLate(0);
  expect([pace.pulls, pace.bytesMax]).toEqual([PULLS_MAX / 2, CHUNK_BYTES.most / 2]);
  for (let round = 1; round < 10; round++) pace.wasLate(round);
  expect([pace.pulls, pace.bytesMax]).toEqual([1, CHUNK_BYTES.slow]);
  for (let i = 0; i < 4 + 2 * 4 - 1; i++) pace.arrived();
  expect(pace.pulls).toBe(2);
  pace.arrived();
  expect(pace.pulls).toBe(3);
  for (let i = 0; i < 1_000; i++) pace.arrived();
  expect([pace.pulls, pace.bytesMax]).toEqual([PULLS_MAX, CHUNK_BYTES.most]);
});
