import fc from "fast-check";
import { utf8 } from "../../../core/base/bytes.ts";
import { decodeItem, encodeItem, itemLength } from "../../../core/kv/item-bytes.ts";
import { DEADLINE_MS_MAX, KEY_BYTES_MAX, VALUE_BYTES_MAX } from "../../../core/kv/limits.ts";

const item = { value: utf8("v"), version: 1, revision: 300, deadlineMs: 5 };

test("an item reads as it was written, and is as long as was said", () => {
  const number = fc.maxSafeNat().filter((n) => n > 0);
  const content = fc.record({ value: fc.uint8Array(), version: number, revision: number, deadlineMs: fc.nat({ max: DEADLINE_MS_MAX }) });
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: KEY_BYTES_MAX }), content, (key, written) => {
      const bytes = encodeItem(key, written);
      expect(decodeItem(bytes)).toEqual({ key, content: written });
      expect(bytes.length).toBe(itemLength(key, written));
    }),
  );
});

test("the bytes of an item never change by accident", () => {
  expect([...encodeItem(utf8("k"), item)]).toEqual([1, 107, 1, 172, 2, 5, 118]);
});

test("the value is a copy: the bytes may be used again", () => {
  const bytes = encodeItem(utf8("k"), item);
  const value = decodeItem(bytes)?.content.value;
  bytes.fill(0);
  expect(value).toEqual(utf8("v"));
});

test.each([
  { name: "nothing", bytes: new Uint8Array(0) },
  { name: "one cut short", bytes: encodeItem(utf8("k"), item).slice(0, 4) },
  { name: "an empty key", bytes: encodeItem(utf8(""), item) },
  { name: "a key that is too long", bytes: encodeItem(new Uint8Array(KEY_BYTES_MAX + 1), item) },
  { name: "a value that is too long", bytes: encodeItem(utf8("k"), { ...item, value: new Uint8Array(VALUE_BYTES_MAX + 1) }) },
  { name: "version 0", bytes: encodeItem(utf8("k"), { ...item, version: 0 }) },
  { name: "revision 0", bytes: encodeItem(utf8("k"), { ...item, revision: 0 }) },
  { name: "a deadline beyond all", bytes: encodeItem(utf8("k"), { ...item, deadlineMs: DEADLINE_MS_MAX + 1 }) },
])("$name is no item", ({ bytes }) => {
  expect(decodeItem(bytes)).toBeNull();
});
