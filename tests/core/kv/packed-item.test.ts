import { ItemNumbers } from "../../../core/kv/item-numbers.ts";
import { PackedItem } from "../../../core/kv/packed-item.ts";

const FIELDS = { version: 3, revision: 4, deadlineMs: 5, checksum: -6, hash: -7 };

function numbersOf(offset: number, length: number): ItemNumbers {
  const numbers = new ItemNumbers();
  numbers.insert(0, 0);
  numbers.write(0, FIELDS);
  numbers.place(0, offset, length);
  return numbers;
}

test("an item is what its row says, with its piece of the page", () => {
  const item = new PackedItem(Uint8Array.of(1, 2, 3, 4), numbersOf(1, 2), 0);
  expect({ ...item }).toEqual(FIELDS);
  expect(item.value).toEqual(Uint8Array.of(2, 3));
});

test("a large value is the whole of what it came in", () => {
  const item = new PackedItem(Uint8Array.of(1, 2, 3, 4), numbersOf(-8, 4), 0);
  expect(item.value).toEqual(Uint8Array.of(1, 2, 3, 4));
});

test("an item stays what it is when its row becomes another's", () => {
  const numbers = numbersOf(1, 2);
  const item = new PackedItem(Uint8Array.of(1, 2, 3, 4), numbers, 0);
  numbers.write(0, { ...FIELDS, version: 9 });
  numbers.place(0, 3, 1);
  expect([item.version, [...item.value]]).toEqual([3, [2, 3]]);
});
