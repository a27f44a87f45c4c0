import { membersIn, surplus } from "../../../../client/cli/commands/group-members.ts";

const member = (ordinal: number) => ({ member: `m${ordinal}`, ordinal, address: `a${ordinal}:7401`, http: `http://a${ordinal}:7400` });

test("who belongs is read as it is said; what is no member is left out", () => {
  const members = [member(0), { member: 7, ordinal: 1 }, { member: "m", ordinal: "2" }, null, member(3)];
  expect(membersIn({ members, closedFrom: 3 })).toEqual({ members: [member(0), member(3)], closedFrom: 3 });
  expect(membersIn({ members: [member(1)] })).toEqual({ members: [member(1)], closedFrom: null });
});

test("the highest places beyond the wanted number go first", () => {
  const found = { members: [0, 3, 1, 4, 2].map(member), closedFrom: null };
  expect(surplus(found, 3).map(({ ordinal }) => ordinal)).toEqual([4, 3]);
  expect(surplus(found, 5)).toEqual([]);
});
