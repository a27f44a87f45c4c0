import { parseStanding } from "../../../runtime/peers/member-standing.ts";

const STANDING = { cluster: "c", group: "1", member: "m", term: 3, lastIndex: 9, leader: "n" };

test("a standing is read back as it was written", () => {
  expect(parseStanding(STANDING)).toEqual(STANDING);
  const blank = { ...STANDING, cluster: null, member: null, leader: null };
  expect(parseStanding(blank)).toEqual(blank);
});

test.each([
  null,
  7,
  [],
  {},
  { ...STANDING, term: -1 },
  { ...STANDING, lastIndex: "9" },
  { ...STANDING, member: 7 },
  { ...STANDING, group: null },
])("nonsense: %j", (value) => {
  expect(parseStanding(value)).toBeNull();
});
