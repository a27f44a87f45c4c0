import { CHUNK_BYTES, Pace, PULLS_MAX } from "../../../../core/shards/mover/pace.ts";

test("what is late makes half as much of it, down to one small chunk, and what was asked for before that says nothing more", () => {
  const pace = new Pace();
  expect([pace.pulls, pace.bytesMax]).toEqual([PULLS_MAX, CHUNK_BYTES.most]);
  const { round } = pace;
  for (let chunk = 0; chunk < PULLS_MAX; chunk++) pace.wasLate(round);
  expect([pace.pulls, pace.bytesMax]).toEqual([PULLS_MAX / 2, CHUNK_BYTES.most / 2]);
  for (let i = 0; i < 10; i++) pace.wasLate(pace.round);
  expect([pace.pulls, pace.bytesMax]).toEqual([1, CHUNK_BYTES.least]);
});

test("what comes in time raises it little by little, up to where it began", () => {
  const pace = new Pace();
  for (let i = 0; i < 10; i++) pace.wasLate(pace.round);
  let chunks = 0;
  const pulls: number[] = [];
  for (; pace.pulls < PULLS_MAX; chunks++) {
    pace.arrived();
    if (pulls.at(-1) !== pace.pulls) pulls.push(pace.pulls);
  }
  expect(pulls).toEqual(Array.from({ length: PULLS_MAX }, (_, i) => i + 1));
  expect(chunks).toBeGreaterThan(100);
  for (let i = 0; i < 1_000; i++) pace.arrived();
  expect([pace.pulls, pace.bytesMax]).toEqual([PULLS_MAX, CHUNK_BYTES.most]);
});
