import { parseStanding } from "../../../runtime/peers/member-standing.ts";

const STANDING = { cluster: "c", group: "1", member: "m", term: 3, lastIndex: 9, leader: "n", serves: true, leaves: false };

test("a standing is read back as it was written", () => {
  expect(parseStanding(STANDING)).toEqual(STANDING);
  const blank = { ...STANDING, cluster: null, member: null, leader: null };
  expect(parseStanding(blank)).toEqual(blank);
});

test("a version that did not say so serves if it knows a leader, and leaves unannounced", () => {
  const { cluster, group, member, term, lastIndex, leader } = STANDING;
  const old = { cluster, group, member, term, lastIndex, leader };
  expect(parseStanding(old)).toEqual(STANDING);
  expect(parseStanding({ ...old, leader: null })).toMatchObject({ serves: false, leaves: false });
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
  { ...STANDING, serves: 1 },
  { ...STANDING, leaves: null },
])("nonsense: %j", (value) => {
  expect(parseStanding(value)).toBeNull();
});
