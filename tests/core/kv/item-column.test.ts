import { textOf, utf8 } from "../../../core/base/bytes.ts";
import { Random } from "../../../core/base/random.ts";
import type { Column } from "../../../core/kv/column.ts";
import { ListColumn } from "../../../core/kv/column.ts";
import { ItemColumn, LARGE_BYTES } from "../../../core/kv/item-column.ts";
import type { KvItem } from "../../../core/kv/kv-state.ts";

let items = 0;

/** No two are alike, and their numbers are as large as they may be. */
function itemOf(value: Uint8Array): KvItem {
  items++;
  const sign = items % 2 === 0 ? -1 : 1;
  return { value, version: items, revision: 2 ** 53 - items, deadlineMs: 2 ** 48 - items, checksum: -3 * sign * items, hash: sign * items };
}

function randomItem(random: Random): KvItem {
  const length = random.chance(0.1) ? random.between(LARGE_BYTES - 1, LARGE_BYTES + 2) : random.between(0, 100);
  return itemOf(new Uint8Array(length).fill(random.between(1, 255)));
}

function all(column: Column<KvItem>): readonly string[] {
  return Array.from({ length: column.length }, (_, i) => {
    const { value, ...numbers } = column.at(i);
    return `${JSON.stringify(numbers)} ${String(value.length)} ${String(value[0])} ${String(value.at(-1))}`;
  });
}

test.each([1, 2, 3, 4, 5])("packed items are what a list of them would be, through every change (seed %i)", (seed) => {
  const random = new Random(seed);
  let [packed, list]: [Column<KvItem>, Column<KvItem>] = [new ItemColumn(), new ListColumn<KvItem>()];
  const held: { readonly column: Column<KvItem>; readonly expected: readonly string[] }[] = [];
  for (let step = 0; step < 600; step++) {
    const at = random.between(0, packed.length);
    const item = randomItem(random);
    const chosen = random.fraction();
    for (const column of [packed, list]) {
      if (chosen < 0.4 || at === column.length) column.insert(at, item);
      else if (chosen < 0.7) column.set(at, item);
      else if (chosen < 0.9) column.remove(at);
    }
    if (chosen >= 0.98 || packed.length > 64) {
      const [end, twin] = [packed.cut(at), list.cut(at)];
      expect(all(end)).toEqual(all(twin));
      if (random.chance(0.5)) [packed, list] = [end, twin];
      else
        for (const [column, cut] of [
          [packed, end],
          [list, twin],
        ] as const)
          if (cut.length < 20) column.append(cut);
    }
    if (chosen > 0.95 && chosen < 0.98) {
      held.push({ column: packed, expected: all(packed) });
      packed = packed.copy();
    }
    expect(all(packed)).toEqual(all(list));
  }
  for (const { column, expected } of held) expect(all(column)).toEqual(expected);
});

test("a value that somebody looks at stays what it is, whatever takes its place", () => {
  const column = new ItemColumn();
  for (const text of ["one", "two", "three"]) column.insert(column.length, itemOf(utf8(text)));
  const seen = column.at(1).value;
  for (let i = 0; i < 100; i++) column.set(1, itemOf(utf8(`other ${String(i)}`)));
  column.remove(0);
  expect([textOf(seen), textOf(column.at(0).value), textOf(column.at(1).value)]).toEqual(["two", "other 99", "three"]);
});

test("the values of many keys are few objects: a collector that looks at each would hold everything up", () => {
  const column = new ItemColumn();
  for (let i = 0; i < 64; i++) column.insert(i, itemOf(new Uint8Array(1_024)));
  const buffers = new Set(Array.from({ length: 64 }, (_, i) => column.at(i).value.buffer));
  expect(buffers.size).toBe(1);
});

test("what is replaced again and again takes no more room than a little over what is needed", () => {
  const column = new ItemColumn();
  for (let i = 0; i < 64; i++) column.insert(i, itemOf(new Uint8Array(1_000)));
  for (let i = 0; i < 10_000; i++) column.set(i % 64, itemOf(new Uint8Array(1_000)));
  expect(column.at(0).value.buffer.byteLength).toBeLessThan(1.3 * 64_000);
  const end = column.cut(32);
  for (const half of [column, end]) expect(half.at(0).value.buffer.byteLength).toBeLessThan(1.3 * 32_000);
});

test("large values that small ones took the place of, or that were removed, give their room back", () => {
  const column = new ItemColumn();
  const room = (): number => column.at(0).value.buffer.byteLength;
  for (let i = 0; i < 64; i++) column.insert(i, itemOf(new Uint8Array(10_000)));
  expect(room()).toBeGreaterThan(640_000);
  for (let i = 0; i < 64; i++) column.set(i, itemOf(utf8("done")));
  expect(room()).toBeLessThan(10_000);
  for (let i = 0; i < 64; i++) column.set(i, itemOf(new Uint8Array(10_000).fill(i)));
  for (let i = 63; i > 0; i--) column.remove(i);
  expect(room()).toBeLessThan(50_000);
  expect(column.at(0).value).toEqual(new Uint8Array(10_000));
  column.set(0, itemOf(new Uint8Array(LARGE_BYTES + 1)));
  column.insert(1, itemOf(utf8("x")));
  expect(column.at(1).value.buffer.byteLength).toBeLessThan(5_000);
});

test("changes of small values seldom make a page anew", () => {
  const column = new ItemColumn();
  for (let i = 0; i < 40; i++) column.insert(i, itemOf(new Uint8Array(256)));
  const pages = new Set<unknown>();
  for (let i = 0; i < 1_000; i++) {
    column.set(i % 40, itemOf(new Uint8Array(256).fill(i)));
    pages.add(column.at(0).value.buffer);
  }
  expect(pages.size).toBeLessThan(1_000 / 30);
});

test("a large value that took the place of another is not told from it by its number", () => {
  const column = new ItemColumn();
  const large = (byte: number): KvItem => itemOf(new Uint8Array(LARGE_BYTES + 1).fill(byte));
  for (let i = 0; i < 3; i++) column.insert(i, large(i));
  const copied = column.copy();
  for (const [index, byte] of [
    [1, 10],
    [0, 11],
    [2, 12],
  ] as const)
    column.set(index, large(byte));
  column.remove(1);
  column.insert(0, large(13));
  expect([0, 1, 2].map((i) => column.at(i).value[0])).toEqual([13, 11, 12]);
  expect([0, 1, 2].map((i) => copied.at(i).value[0])).toEqual([0, 1, 2]);
});
