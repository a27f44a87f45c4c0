import { askingOrder } from "../../../core/routing/asking-order.ts";

const MEMBERS = ["a", "b", "c"];

test("who was of use comes first, and then the others in their order", () => {
  expect(askingOrder(MEMBERS, "b", false)).toEqual(["b", "a", "c"]);
});

test("where nobody was, or whoever was is none any more, they come in their order", () => {
  expect(askingOrder(MEMBERS, undefined, false)).toEqual(MEMBERS);
  expect(askingOrder(MEMBERS, "gone", false)).toEqual(MEMBERS);
  expect(askingOrder(MEMBERS, "gone", true)).toEqual(MEMBERS);
});

test("who could not tell comes last, and the next one first, so that all of them get their turn", () => {
  expect(askingOrder(MEMBERS, "a", true)).toEqual(["b", "c", "a"]);
  expect(askingOrder(MEMBERS, "b", true)).toEqual(["c", "a", "b"]);
  expect(askingOrder(MEMBERS, "c", true)).toEqual(MEMBERS);
});
