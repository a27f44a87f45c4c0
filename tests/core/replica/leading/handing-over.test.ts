import { HandingOver, STALL_MS_MIN, STALLS_WITHIN_MS } from "../../../../core/replica/leading/handing-over.ts";

const HEALTHY = { isStopping: false, isDiverged: false, isDiskShort: false };

/** Ticks with these gaps between them, and says when a hand-over was asked for. */
function gaps(subject: HandingOver, lengths: readonly number[]): readonly number[] {
  const asked: number[] = [];
  let nowMs = 0;
  for (const length of lengths) {
    subject.ticked(nowMs, nowMs + length);
    nowMs += length;
    if (subject.reasonNow(nowMs, HEALTHY) === "slowLoop") asked.push(nowMs);
  }
  return asked;
}

test.each([
  { name: "ticks in time", lengths: new Array<number>(400).fill(25), asked: [] },
  { name: "one long stall", lengths: [25, 30_000, 25, 25], asked: [] },
  { name: "two stalls", lengths: [400, 25, 400, 25], asked: [] },
  { name: "three stalls within seconds", lengths: [400, 25, 400, 25, 400, 25], asked: [1_250] },
  { name: "three stalls that are just none", lengths: new Array<number>(3).fill(STALL_MS_MIN - 1), asked: [] },
  { name: "three stalls far apart", lengths: [400, STALLS_WITHIN_MS, 400, STALLS_WITHIN_MS, 400], asked: [] },
])("$name", ({ lengths, asked }) => {
  // Long healthy gaps are made of ticks in time.
  const ticks = lengths.flatMap((length) => (length === STALLS_WITHIN_MS ? new Array<number>(length / 25).fill(25) : [length]));
  expect(gaps(new HandingOver(), ticks)).toEqual(asked);
});

test("who stalls all the time asks for it less and less often", () => {
  const asked = gaps(new HandingOver(), new Array<number>(4_000).fill(400));
  expect(asked.map((ms, i) => Math.round((ms - (asked[i - 1] ?? ms)) / 1_000))).toEqual([0, 10, 20, 40, 80, 160, 320, 320, 320, 320]);
});

test("after a healthy minute stalls are judged as if they were the first", () => {
  const subject = new HandingOver();
  const stalls = new Array<number>(800).fill(400);
  const healthy = new Array<number>(2_800).fill(25);
  const asked = gaps(subject, [...stalls, ...healthy, ...stalls]);
  const [before, after] = [asked.slice(0, 6), asked.slice(6)];
  expect(before.at(-1)).toBeGreaterThan(300_000);
  // Though the next of those before would have been three minutes later.
  expect(after.map((ms) => ms - 390_000)).toEqual(before);
});

test("a disk that is short of space, with pauses between attempts", () => {
  const subject = new HandingOver();
  const short = { isStopping: false, isDiverged: false, isDiskShort: true };
  expect(subject.reasonNow(0, short)).toBe("diskFull");
  expect(subject.reasonNow(9_999, short)).toBeNull();
  expect(subject.reasonNow(10_000, short)).toBe("diskFull");
  expect(subject.reasonNow(30_000, HEALTHY)).toBeNull();
});

test("where every member's disk is short, leadership goes round less and less often", () => {
  const short = { isStopping: false, isDiverged: false, isDiskShort: true };
  const members = [new HandingOver(), new HandingOver(), new HandingOver()];
  const changes: number[] = [];
  let leader = 0;
  for (let nowMs = 0; nowMs < 3_600_000; nowMs += 25) {
    const subject = members[leader] as HandingOver;
    subject.ticked(nowMs - 25, nowMs);
    if (subject.reasonNow(nowMs, short) === null) continue;
    changes.push(nowMs);
    leader = (leader + 1) % members.length;
    members[leader]?.startLeading(nowMs);
  }
  // Three at once, then three after 10 s, after 20, ...; every 80 s in the end.
  expect(changes.filter((ms) => ms < 60_000)).toHaveLength(9);
  expect(changes.filter((ms) => ms >= 1_800_000).length).toBeLessThan(72);
  // Whoever has room again, and none later, gives its office away at once.
  const subject = members[leader] as HandingOver;
  expect(subject.reasonNow(3_700_000, HEALTHY)).toBeNull();
  expect(subject.reasonNow(3_700_025, short)).toBe("diskFull");
});

test("stopping comes before everything else, at once, and is tried again soon", () => {
  const subject = new HandingOver();
  const stopping = { isStopping: true, isDiverged: false, isDiskShort: true };
  subject.reasonNow(0, { isStopping: false, isDiverged: false, isDiskShort: true });
  subject.atOnce();
  expect(subject.reasonNow(1, stopping)).toBe("shutdown");
  expect(subject.reasonNow(500, stopping)).toBeNull();
  expect(subject.reasonNow(1_001, stopping)).toBe("shutdown");
});

test("a new leader is judged by its own time in office", () => {
  const subject = new HandingOver();
  for (const nowMs of [400, 800, 1_200]) subject.ticked(nowMs - 400, nowMs);
  subject.startLeading(1_200);
  expect(subject.reasonNow(1_200, HEALTHY)).toBeNull();
  for (const nowMs of [1_600, 2_000, 2_400]) subject.ticked(nowMs - 400, nowMs);
  expect(subject.reasonNow(2_400, HEALTHY)).toBe("slowLoop");
});

test("a leader that serves nobody looks for a successor, and soon again", () => {
  const subject = new HandingOver();
  const diverged = { isStopping: false, isDiverged: true, isDiskShort: true };
  expect(subject.reasonNow(0, diverged)).toBe("divergence");
  expect(subject.reasonNow(999, diverged)).toBeNull();
  expect(subject.reasonNow(1_000, diverged)).toBe("divergence");
});

test("one that has its office again keeps it for a while: the other one's state may be wrong, too", () => {
  const subject = new HandingOver();
  const diverged = { isStopping: false, isDiverged: true, isDiskShort: false };
  subject.startLeading(0);
  expect(subject.reasonNow(0, diverged)).toBe("divergence");
  subject.startLeading(1_500);
  expect(subject.reasonNow(4_499, diverged)).toBeNull();
  expect(subject.reasonNow(4_500, diverged)).toBe("divergence");
  // Once it is right again, the next time is the first one.
  subject.startLeading(10_000);
  expect(subject.reasonNow(10_025, HEALTHY)).toBeNull();
  subject.atOnce();
  expect(subject.reasonNow(10_050, diverged)).toBe("divergence");
});

test("who stops doesn't wait for that", () => {
  const subject = new HandingOver();
  const diverged = { isStopping: false, isDiverged: true, isDiskShort: false };
  subject.reasonNow(0, diverged);
  subject.startLeading(1_500);
  expect(subject.reasonNow(1_525, { ...diverged, isStopping: true })).toBe("shutdown");
});
