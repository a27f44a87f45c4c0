import { AssertionFailure, assert, present, unreachable } from "../../../core/base/assert.ts";

test("a claim that holds passes, one that does not is named", () => {
  expect(() => assert(true, "one is one")).not.toThrow();
  expect(() => assert(false, "one is two")).toThrow(new AssertionFailure("does not hold: one is two"));
});

test.each([{ value: 0 }, { value: "" }, { value: false }])("$value is present", ({ value }) => {
  expect(present<unknown>(value, "it")).toBe(value);
});

test.each([{ value: null }, { value: undefined }])("$value is missing", ({ value }) => {
  expect(() => present(value, "the leader")).toThrow(new AssertionFailure("missing: the leader"));
});

test("an unhandled case says what it was", () => {
  expect(() => unreachable({ kind: "odd" } as never)).toThrow('unhandled case: {"kind":"odd"}');
});
