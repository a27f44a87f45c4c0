import type { Span } from "../../../../runtime/tasks/records/byte-order.ts";
import { hashOf } from "../../../../runtime/tasks/records/byte-order.ts";
import { COUNT_MAX, SumTable } from "../../../../runtime/tasks/records/sum-table.ts";
import { RandomSource } from "./random-records.ts";

function add(table: SumTable, key: Buffer, hash = hashOf(key, 0, key.length)): void {
  table.hash = hash;
  table.add(key, 0, key.length);
}

const hexOf = ({ bytes, start, end }: Span): string => Buffer.from(bytes.subarray(start, end)).toString("hex");

function drained(table: SumTable): Map<string, number> {
  const found = new Map<string, number>();
  table.drain((key, count) => void found.set(hexOf(key), count));
  return found;
}

test("it counts as a map does, through growing and after being emptied", () => {
  const table = new SumTable();
  const random = new RandomSource(7);
  for (let round = 0; round < 2; round++) {
    const expected = new Map<string, number>();
    for (let i = 0; i < 60_000; i++) {
      const key = random.bytes(random.between(0, 6), 8);
      add(table, key);
      expected.set(key.toString("hex"), (expected.get(key.toString("hex")) ?? 0) + 1);
    }
    expect(drained(table)).toEqual(expected);
    expect(table.bytes).toBe(0);
  }
});

test("keys with the same hash are different keys", () => {
  const table = new SumTable();
  for (const key of ["ab", "cd", "ab", "abc", ""]) add(table, Buffer.from(key), 42);
  expect(drained(table)).toEqual(
    new Map(
      [
        ["ab", 2],
        ["cd", 1],
        ["abc", 1],
        ["", 1],
      ].map(([key, count]) => [Buffer.from(key as string).toString("hex"), count]),
    ),
  );
});

test("a key that occurs more often than a field counts is counted in parts, also through growing", () => {
  const table = new SumTable(1_000);
  for (let i = 0; i < 9_500; i++) {
    add(table, Buffer.from("often"));
    add(table, Buffer.from(String(i)));
  }
  const parts: number[] = [];
  let others = 0;
  table.drain((key, count) => void (hexOf(key) === Buffer.from("often").toString("hex") ? parts.push(count) : (others += count)));
  expect(parts.sort((a, b) => b - a)).toEqual([...new Array<number>(9).fill(1_000), 500]);
  expect(others).toBe(9_500);
  // What a field of 32 bits has room for.
  expect(new Int32Array([COUNT_MAX])[0]).toBe(COUNT_MAX);
});
