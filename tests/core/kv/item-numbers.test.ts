import { ItemNumbers } from "../../../core/kv/item-numbers.ts";

const LARGEST = { version: 2 ** 53 - 1, revision: 2 ** 53 - 2, deadlineMs: 2 ** 48 - 1, checksum: -(2 ** 31), hash: 2 ** 31 - 1 };
const SMALLEST = { version: 1, revision: 2, deadlineMs: 0, checksum: -1, hash: -2 };

function all(numbers: ItemNumbers, row: number): readonly number[] {
  const large = [numbers.version(row), numbers.revision(row), numbers.deadlineMs(row)];
  return [...large, numbers.checksum(row), numbers.hash(row), numbers.offset(row), numbers.length(row)];
}

test("numbers stay as large as they were, in rows that don't touch each other", () => {
  const numbers = new ItemNumbers();
  for (let row = 0; row < 70; row++) {
    numbers.insert(row, row);
    numbers.write(row, row % 2 === 0 ? LARGEST : SMALLEST);
    numbers.place(row, row % 2 === 0 ? -1 - row : row, 2 * row);
  }
  expect(all(numbers, 68)).toEqual([2 ** 53 - 1, 2 ** 53 - 2, 2 ** 48 - 1, -(2 ** 31), 2 ** 31 - 1, -69, 136]);
  expect(all(numbers, 69)).toEqual([1, 2, 0, -1, -2, 69, 138]);
});

test("rows make way, close up, and are copied with all that is in them", () => {
  const numbers = new ItemNumbers();
  numbers.insert(0, 0);
  numbers.write(0, LARGEST);
  numbers.place(0, -5, 6);
  numbers.insert(0, 1);
  numbers.write(0, SMALLEST);
  numbers.place(0, 7, 8);
  const copied = numbers.copy();
  numbers.remove(0, 2);
  expect(all(numbers, 0)).toEqual([2 ** 53 - 1, 2 ** 53 - 2, 2 ** 48 - 1, -(2 ** 31), 2 ** 31 - 1, -5, 6]);
  expect([all(copied, 0), all(copied, 1)]).toEqual([[1, 2, 0, -1, -2, 7, 8], all(numbers, 0)]);
});
