import type { Span } from "../../../../runtime/tasks/records/byte-order.ts";
import { SHORT_KEY_BYTES, ShortSums } from "../../../../runtime/tasks/records/short-sums.ts";
import { RandomSource } from "./random-records.ts";

function add(sums: ShortSums, key: Buffer): void {
  const padded = Buffer.alloc(SHORT_KEY_BYTES);
  key.copy(padded);
  sums.add(padded.readInt32LE(0), padded.readInt32LE(4), padded.readInt32LE(8));
}

const textOf = ({ bytes, start, end }: Span): string => Buffer.from(bytes.subarray(start, end)).toString("latin1");

function drained(sums: ShortSums): Map<string, number> {
  const found = new Map<string, number>();
  sums.drain((key, count) => void found.set(textOf(key), (found.get(textOf(key)) ?? 0) + count));
  return found;
}

test("it counts as a map does, through growing and after being emptied", () => {
  const sums = new ShortSums();
  const random = new RandomSource(7);
  for (let round = 0; round < 2; round++) {
    const expected = new Map<string, number>();
    for (let i = 0; i < 60_000; i++) {
      // All lengths, and all bytes but 0: few different short keys, which come often.
      const key = random.bytes(random.between(1, SHORT_KEY_BYTES), i % 3 === 0 ? 255 : 4).map((byte) => 255 - byte || 1) as Buffer;
      add(sums, key);
      const text = key.toString("latin1");
      expected.set(text, (expected.get(text) ?? 0) + 1);
    }
    expect(drained(sums)).toEqual(expected);
    expect(sums.bytes).toBe(0);
  }
});

test("keys that differ in one byte, wherever it is, or by what is missing, are different keys", () => {
  const sums = new ShortSums();
  const whole = "abcdefghijkl";
  const keys = Array.from(whole, (_, i) => [whole.slice(0, i + 1), `${whole.slice(0, i)}Z${whole.slice(i + 1)}`]).flat();
  for (const [i, key] of keys.entries()) for (let n = 0; n <= i; n++) add(sums, Buffer.from(key));
  expect(drained(sums)).toEqual(new Map(keys.map((key, i) => [key, i + 1])));
});

test("a key that occurs more often than a field counts is counted in parts, also through growing", () => {
  const sums = new ShortSums(1_000);
  for (let i = 0; i < 9_500; i++) {
    add(sums, Buffer.from("often"));
    add(sums, Buffer.from(String(i)));
  }
  const parts: number[] = [];
  let others = 0;
  sums.drain((key, count) => void (textOf(key) === "often" ? parts.push(count) : (others += count)));
  expect(parts.sort((a, b) => b - a)).toEqual([...new Array<number>(9).fill(1_000), 500]);
  expect(others).toBe(9_500);
});
