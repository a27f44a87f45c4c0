import { asBoot, asCluster, asGroup, asMember } from "../../../../core/base/ids.ts";
import { Random } from "../../../../core/base/random.ts";
import { EVIDENCE_AGE_MS_MAX, LogClock, SLEW_MAX, STEP_MS_MIN } from "../../../../core/replica/leading/log-clock.ts";
import { PeerTable } from "../../../../core/replica/peers/peer-table.ts";

const HOUR_MS = 3_600_000;
/** The true time at the beginning of every test. */
const START_MS = 1_800_000_000_000;
const TICK_MS = 25;

/** One member that may lead, and the wall clocks of the others as it hears of them. Offsets are from true time. */
class Clocks {
  readonly now = { monotonicMs: 5_000, wallMs: START_MS };
  readonly peers = new PeerTable({}, { boot: asBoot(1), earlierLives: [] });
  readonly clock = new LogClock({ self: asMember("v0"), now: this.now, peers: this.peers });
  readonly voters;
  readonly offsets: number[];
  trueMs = START_MS;

  constructor(offsets: readonly number[]) {
    this.offsets = [...offsets];
    this.voters = offsets.map((_, i) => asMember(`v${String(i)}`));
    this.now.wallMs = START_MS + (offsets[0] ?? 0);
  }

  hear(heard: readonly number[]): void {
    for (const i of heard) {
      const wallMs = this.trueMs + (this.offsets[i] ?? 0);
      const [cluster, group, to] = [asCluster("c"), asGroup("g"), asMember("v0")];
      this.peers.hear({ cluster, group, from: asMember(`v${String(i)}`), to, boot: asBoot(1), wallMs, version: 1 }, this.now);
    }
  }

  lead(heard: readonly number[]): number {
    this.hear(heard);
    this.clock.startLeading(this.voters);
    return this.clock.stamp() - this.trueMs;
  }

  /** `sleptMs`: time that passes for wall clocks, and not for monotonic ones. */
  tick({ heard = [] as readonly number[], sleptMs = 0 } = {}): number {
    this.trueMs += TICK_MS + sleptMs;
    this.now.monotonicMs += TICK_MS;
    this.now.wallMs = this.trueMs + (this.offsets[0] ?? 0);
    this.hear(heard);
    this.clock.advance(this.voters);
    return this.clock.stamp() - this.trueMs;
  }

  /** How far log time is from true time after so long. */
  run(ms: number, heard: readonly number[]): number {
    let error = 0;
    for (let passed = 0; passed < ms; passed += TICK_MS) error = this.tick({ heard });
    return error;
  }
}

test.each([
  { name: "all right", offsets: [0, 0, 0], heard: [1, 2], error: 0 },
  { name: "its own an hour ahead", offsets: [HOUR_MS, 0, 0], heard: [1], error: 0 },
  { name: "the other's an hour ahead", offsets: [0, HOUR_MS, 0], heard: [1], error: 0 },
  { name: "of two, the lower", offsets: [0, -HOUR_MS, 0], heard: [1], error: -HOUR_MS },
  { name: "of three, the one in the middle", offsets: [0, -HOUR_MS, HOUR_MS], heard: [1, 2], error: 0 },
  { name: "of five, the one in the middle", offsets: [7, -HOUR_MS, HOUR_MS, 3, HOUR_MS], heard: [1, 2, 3, 4], error: 7 },
  { name: "alone in its group", offsets: [40], heard: [], error: 40 },
])("a new leader starts from the clocks that it knows of: $name", ({ offsets, heard, error }) => {
  expect(new Clocks(offsets).lead(heard)).toBe(error);
});

test("a new leader starts no lower than the last stamp", () => {
  const clocks = new Clocks([0, 0, 0]);
  clocks.clock.follow(START_MS + HOUR_MS);
  expect(clocks.lead([1, 2])).toBe(HOUR_MS);
  // And goes on from there, though slowly: it is ahead of all clocks.
  expect(clocks.run(10_000, [1, 2])).toBeCloseTo(HOUR_MS - 100, -1);
});

test("what a peer said long ago is no evidence, what it said lately is carried forward", () => {
  const clocks = new Clocks([HOUR_MS, 0, 0]);
  clocks.hear([1]);
  clocks.now.monotonicMs += EVIDENCE_AGE_MS_MAX;
  clocks.trueMs += EVIDENCE_AGE_MS_MAX;
  clocks.now.wallMs += EVIDENCE_AGE_MS_MAX;
  expect(clocks.lead([])).toBe(0);
  const late = new Clocks([HOUR_MS, 0, 0]);
  late.hear([1]);
  late.now.monotonicMs += EVIDENCE_AGE_MS_MAX + 1;
  expect(late.lead([])).toBe(HOUR_MS);
});

test.each([
  { name: "the leader's own", which: 0 },
  { name: "another's", which: 1 },
])("one clock that jumps an hour ahead moves nothing: $name", ({ which }) => {
  const clocks = new Clocks([0, 0, 0]);
  clocks.lead([1, 2]);
  clocks.run(5_000, [1, 2]);
  clocks.offsets[which] = HOUR_MS;
  expect(Math.abs(clocks.run(60_000, [1, 2]))).toBeLessThanOrEqual(1);
});

test.each([[[1, 2]], [[1]]])("one clock that jumps an hour back stops nothing (heard: %j)", (heard) => {
  const clocks = new Clocks([0, 0, 0]);
  clocks.lead([1, 2]);
  clocks.offsets[1] = -HOUR_MS;
  expect(clocks.run(60_000, heard)).toBeGreaterThanOrEqual(-60_000 * SLEW_MAX - 1);
});

test("it is slewed towards the middle of the clocks, at most by a hundredth", () => {
  const clocks = new Clocks([0, 0, 0]);
  clocks.lead([1, 2]);
  clocks.offsets.fill(500);
  expect(clocks.run(10_000, [1, 2])).toBeCloseTo(100, -1);
  expect(clocks.run(100_000, [1, 2])).toBeCloseTo(500, -1);
  clocks.offsets.fill(0);
  expect(clocks.run(10_000, [1, 2])).toBeCloseTo(400, -1);
});

test("a laptop that slept: a majority of clocks agrees, and time steps forward", () => {
  const clocks = new Clocks([0, 0, 0]);
  clocks.lead([1, 2]);
  clocks.run(1_000, [1, 2]);
  expect(Math.abs(clocks.tick({ heard: [1, 2], sleptMs: 8 * HOUR_MS }))).toBeLessThanOrEqual(1);
});

test("too little to step for is left to slewing", () => {
  const clocks = new Clocks([0, 0, 0]);
  clocks.lead([1, 2]);
  const error = clocks.tick({ heard: [1, 2], sleptMs: STEP_MS_MIN - 100 });
  expect(error).toBeLessThan(-800);
});

test("a majority must agree before time steps, and its own clock is only one", () => {
  const clocks = new Clocks([0, 0, 0, 0, 0]);
  clocks.lead([1, 2, 3, 4]);
  clocks.offsets[0] = HOUR_MS;
  clocks.offsets[1] = HOUR_MS;
  expect(Math.abs(clocks.run(5_000, [1, 2, 3, 4]))).toBeLessThanOrEqual(1);
  clocks.offsets[2] = HOUR_MS;
  expect(Math.abs(clocks.run(1_000, [1, 2, 3, 4]) - HOUR_MS)).toBeLessThanOrEqual(20);
});

test("too few clocks known to speak for a majority: no step", () => {
  const clocks = new Clocks([0, 0, 0, 0, 0]);
  clocks.lead([1, 2, 3, 4]);
  clocks.run(EVIDENCE_AGE_MS_MAX + 1_000, []);
  clocks.offsets.fill(HOUR_MS);
  expect(clocks.run(1_000, [1])).toBeLessThan(100);
});

test.each([1, 2, 3, 4, 5])("stamps never decrease, and a minority of wrong clocks moves them little (seed %i)", (seed) => {
  const random = new Random(seed);
  const size = random.pick([3, 5]);
  const clocks = new Clocks(new Array<number>(size).fill(0));
  const all = clocks.voters.map((_, i) => i).slice(1);
  clocks.lead(all);
  const wrong = random.shuffled([...all, 0]).slice(0, (size - 1) / 2);
  let last = 0;
  for (let step = 0; step < 4_000; step++) {
    if (random.chance(0.01)) clocks.offsets[random.pick(wrong)] = random.between(-2 * HOUR_MS, 2 * HOUR_MS);
    if (random.chance(0.002)) {
      clocks.clock.stopLeading();
      clocks.lead(all);
    }
    const error = clocks.tick({ heard: all });
    const stamp = error + clocks.trueMs;
    expect(stamp).toBeGreaterThanOrEqual(last);
    expect(Math.abs(error)).toBeLessThan(50);
    last = stamp;
  }
});

test("a follower's estimate goes on from the last stamp, and is no lower than the clocks in the middle", () => {
  const clocks = new Clocks([HOUR_MS, 0, 0]);
  clocks.hear([1]);
  expect(clocks.clock.estimateMs(clocks.voters)).toBe(START_MS);
  clocks.clock.follow(START_MS + 7_000);
  clocks.now.monotonicMs += 500;
  expect(clocks.clock.estimateMs(clocks.voters)).toBe(START_MS + 7_500);
  // An older stamp says nothing new.
  clocks.clock.follow(START_MS);
  expect(clocks.clock.estimateMs(clocks.voters)).toBe(START_MS + 7_500);
});

test("a leader's estimate is what it would stamp", () => {
  const clocks = new Clocks([0, 0, 0]);
  clocks.lead([1, 2]);
  clocks.run(500, [1, 2]);
  expect(clocks.clock.estimateMs(clocks.voters)).toBe(clocks.clock.stamp());
});
