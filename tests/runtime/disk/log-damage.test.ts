// Damage at random. Whatever happens to the bytes of a log at rest, recovery ends in one of two ways: with everything
// that was confirmed, or with a reported problem. Never with less, never with something else, never with a crash.
import { asIndex, asMember, asTerm } from "../../../core/base/ids.ts";
import { Random } from "../../../core/base/random.ts";
import { encodeSegmentHeader, readSegment, segmentKeyOf } from "../../../runtime/disk/log/segment.ts";
import { FRAME_HEADER_BYTES, frameBytes, sealFrame } from "../../../runtime/disk/log/frame.ts";
import { RECORD_CODES } from "../../../runtime/disk/log/records.ts";
import { LogReplay } from "../../../runtime/disk/log/replay.ts";
import { recoverLog } from "../../../runtime/disk/recovery.ts";
import type { RecoveredLog } from "../../../runtime/disk/recovery.ts";
import type { DiskImage } from "../../simulation/world/disk/simulated-disk.ts";
import { base, DiskBench, entry, logOptions, openLog, write } from "./disk-bench.ts";
import { modelOf, textOfModel } from "./log-model.ts";

const SNAPSHOT = base(30);

function confirmedLog(seed: number): { readonly bench: DiskBench; readonly image: DiskImage; readonly confirmed: string } {
  const bench = new DiskBench(seed);
  const { log } = openLog(bench, { files: bench.disk.boot() });
  log.append(write({ hardState: { term: asTerm(1), vote: asMember("m2") }, metadata: { boots: { m2: 4 } } }), () => undefined);
  for (let i = 1; i <= 120; i++) {
    log.append(write({ entries: [entry(i, 1, bench.random.between(0, 900))] }), () => undefined);
    if (i % 10 === 0) log.append(write({ truncateFrom: asIndex(i) }), () => undefined);
    if (i % 10 === 0) log.append(write({ entries: [entry(i)] }), () => undefined);
    bench.settle();
  }
  if (bench.random.chance(0.5)) log.trim(base(20), () => undefined);
  bench.settle();
  bench.disk.crash("power");
  const second = openLog(bench, { files: bench.disk.boot(), snapshot: SNAPSHOT });
  second.log.append(write({ entries: [entry(121, 1, 700)] }), () => undefined);
  bench.settle();
  bench.disk.crash("power");
  const image = bench.disk.image();
  const confirmed = textOfModel(modelOf(openLog(bench, { files: bench.disk.boot(), snapshot: SNAPSHOT })));
  return { bench, image, confirmed };
}

const DAMAGES: Readonly<Record<string, (bench: DiskBench, random: Random) => void>> = {
  "flipped bits": (bench, random) => {
    for (let flips = random.between(1, 4); flips > 0; flips--) {
      const [path, file] = random.pick(bench.disk.files());
      bench.disk.flipBit(path, random.between(0, 8 * file.size - 1));
    }
  },
  "a flipped bit in what was written last": (bench, random) => {
    const [path, file] = bench.disk
      .files()
      .filter(([, each]) => each.writtenBytes > 512)
      .reduce((last, each) => (each[0] > last[0] ? each : last));
    bench.disk.flipBit(path, 8 * file.writtenBytes - random.between(1, 8 * 1_024));
  },
  "garbage over some bytes": (bench, random) => {
    const [, file] = random.pick(bench.disk.files());
    const bytes = Uint8Array.from({ length: random.between(1, 700) }, () => random.between(1, 255));
    file.write(random.between(0, file.size - bytes.length), bytes);
    file.sync();
  },
  "a file cut short or made longer": (bench, random) => {
    const [, file] = random.pick(bench.disk.files());
    file.resize(random.between(0, 2 * file.size));
  },
  // Never zeros: over the last frame they are what a torn write looks like, and only the other members know better.
  "written sectors copied to other places": (bench, random) => {
    const files = bench.disk.files();
    const [, from] = random.pick(files);
    const [, to] = random.pick(files);
    const source = 512 * random.between(0, Math.floor(from.writtenBytes / 512) - 1);
    to.write(512 * random.between(0, 15), from.read(source, 512));
    to.sync();
  },
};

test.each(Object.keys(DAMAGES))("%s: all that was confirmed, or a problem", (name) => {
  const found = { whole: 0, problem: 0 };
  for (let seed = 1; seed <= 6; seed++) {
    const { bench, image, confirmed } = confirmedLog(seed);
    for (let round = 0; round < 60; round++) {
      bench.disk.restore(image);
      DAMAGES[name]?.(bench, new Random(1_000 * seed + round));
      const { problem, value } = bench.result<RecoveredLog>((answer) =>
        recoverLog(logOptions({ files: bench.disk.boot(), snapshot: SNAPSHOT }), answer),
      );
      if (problem === null) expect([seed, round, textOfModel(modelOf(value))]).toEqual([seed, round, confirmed]);
      else expect([seed, round, ["damaged", "foreign", "newerVersion"].includes(problem.kind)]).toEqual([seed, round, true]);
      found[problem === null ? "whole" : "problem"]++;
    }
  }
  expect(found.problem).toBeGreaterThan(100);
});

test("frames with right checksums and any content are read without a crash", () => {
  const random = new Random(7);
  const identity = { log: "member-1", number: 1 };
  const faults = new Set<string>();
  for (let round = 0; round < 3_000; round++) {
    const segment = new Uint8Array(8_192);
    segment.set(encodeSegmentHeader(identity, segment.length));
    const body = hostileBody(random);
    const buffer = new Uint8Array(frameBytes(body.length));
    buffer.set(body, FRAME_HEADER_BYTES);
    segment.set(sealFrame(buffer, { segmentKey: segmentKeyOf(identity), sequence: 1, bodyBytes: body.length }), 512);
    const reading = readSegment(segment, { ...identity, nextSequence: 1 });
    if (reading.kind === "fault") faults.add(reading.fault.kind);
    const replay = new LogReplay();
    for (const record of reading.kind === "read" ? reading.frames.flatMap(({ records }) => records) : []) {
      if (replay.apply(record) !== null) faults.add("replay");
    }
  }
  expect([...faults].sort()).toEqual(["damaged", "newerVersion", "replay"]);
});

/** A record with some truth in it, so that all readers are reached. */
function hostileBody(random: Random): Uint8Array {
  const values: readonly unknown[] = [
    null,
    0,
    -1,
    1.5,
    3,
    "x",
    [],
    {},
    2 ** 60,
    { index: 1, term: 1, serviceIndex: 1 },
    { term: 1, vote: null },
  ];
  const fields = ["hardState", "base", "lastIndex", "metadata", "term", "vote", "index", "serviceIndex", "from", "log", "number", "bytes"];
  const json = Object.fromEntries(fields.map((field) => [field, random.pick(values)]));
  const content = random.chance(0.8)
    ? new TextEncoder().encode(JSON.stringify(json))
    : Uint8Array.from({ length: 30 }, () => random.between(0, 255));
  const code = random.chance(0.95) ? random.pick(Object.values(RECORD_CODES)) : random.between(0, 255);
  const length = random.chance(0.95) ? content.length : random.between(0, 100);
  return Uint8Array.from([code, random.chance(0.95) ? 1 : 2, 0, 0, length >> 8, length & 255, ...content]);
}
