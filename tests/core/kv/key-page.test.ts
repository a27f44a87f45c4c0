import fc from "fast-check";
import { compareBytes } from "../../../core/base/bytes.ts";
import { KeyPage } from "../../../core/kv/key-page.ts";

/** Short keys over few letters: many share a beginning, some are the beginning of another. */
const key = fc.uint8Array({ maxLength: 5, max: 3 });
const sortedKeys = fc
  .uniqueArray(key, { comparator: (a, b) => compareBytes(a, b) === 0, maxLength: 40 })
  .map((keys) => keys.sort(compareBytes));

function pageOf(keys: readonly Uint8Array[]): KeyPage {
  const page = new KeyPage();
  keys.forEach((each, i) => {
    page.insert(i, each);
  });
  return page;
}

const keysIn = (page: KeyPage): number[][] => Array.from({ length: page.count }, (_, i) => [...page.at(i)]);
const lists = (keys: readonly Uint8Array[]): number[][] => keys.map((each) => [...each]);

test("finds what a plain search finds", () => {
  fc.assert(
    fc.property(sortedKeys, key, (keys, wanted) => {
      const page = pageOf(keys);
      const below = keys.filter((each) => compareBytes(each, wanted) < 0).length;
      const at = keys.findIndex((each) => compareBytes(each, wanted) === 0);
      expect(page.countBelow(wanted)).toBe(below);
      expect(page.indexOf(wanted)).toBe(at);
      expect(page.countUpTo(wanted)).toBe(at === -1 ? below : below + 1);
      for (let i = -1; i <= keys.length; i++) expect(page.isAt(i, wanted)).toBe(i === at && i !== -1);
    }),
  );
});

test("inserts and removes in the middle", () => {
  fc.assert(
    fc.property(sortedKeys, fc.tuple(fc.nat(), fc.nat()), fc.uint8Array({ maxLength: 400 }), (keys, [where, which], long) => {
      const page = pageOf(keys);
      const expected = [...keys];
      const at = where % (keys.length + 1);
      page.insert(at, long);
      expected.splice(at, 0, long);
      expect(keysIn(page)).toEqual(lists(expected));
      const gone = which % expected.length;
      page.remove(gone);
      expected.splice(gone, 1);
      expect(keysIn(page)).toEqual(lists(expected));
    }),
  );
});

test("is cut and joined again, and a copy goes its own way", () => {
  fc.assert(
    fc.property(sortedKeys, fc.nat(), (keys, where) => {
      const page = pageOf(keys);
      const copy = page.copy();
      const at = where % (keys.length + 1);
      const right = page.cut(at);
      expect(keysIn(page)).toEqual(lists(keys.slice(0, at)));
      expect(keysIn(right)).toEqual(lists(keys.slice(at)));
      page.append(right);
      expect(keysIn(page)).toEqual(lists(keys));
      page.insert(0, Uint8Array.of(9));
      expect(keysIn(copy)).toEqual(lists(keys));
    }),
  );
});
