import { asIndex, asMember, asTerm } from "../../../core/base/ids.ts";
import type { RaftStatus } from "../../../core/raft/inputs.ts";
import { foundingMembership } from "../../../core/raft/membership.ts";
import { MEMBERS_MAX, whyNotJoin, whyNotPlace } from "../../../core/replica/joining.ts";

const PLACES = [0, 1, 2].map((ordinal) => ({ ordinal, address: `10.0.0.${ordinal}:7401` }));
const MEMBERSHIP = {
  ...foundingMembership(PLACES.map((place) => ({ member: asMember(`m${place.ordinal}`), place }))),
  removed: [asMember("gone")],
};
const follower = (member: string, recentlyActive: boolean): RaftStatus["followers"][number] => ({
  member: asMember(member),
  state: "replicate",
  matchIndex: asIndex(1),
  nextIndex: asIndex(2),
  recentlyActive,
});

const LEADER: RaftStatus = {
  self: asMember("m0"),
  role: "leader",
  isLearner: false,
  term: asTerm(1),
  leader: asMember("m0"),
  commitIndex: asIndex(1),
  durableIndex: asIndex(1),
  lastIndex: asIndex(1),
  baseIndex: asIndex(0),
  snapshotIndex: asIndex(0),
  membership: MEMBERSHIP,
  termStarted: true,
  transferringTo: null,
  logBytes: 0,
  followers: [follower("m1", true), follower("m2", false)],
};

test.each<{ name: string; status?: Partial<RaftStatus>; member?: string; ordinal: number; expected: string | null }>([
  { name: "whose predecessor is silent is taken in", ordinal: 2, expected: null },
  { name: "at a new place is taken in", ordinal: 3, expected: null },
  { name: "at the place of a member that answers is not", ordinal: 1, expected: "m1 is at place 1 and answers" },
  { name: "at the leader's own place is not", ordinal: 0, expected: "m0 is at place 0 and answers" },
  { name: "that was removed is not", ordinal: 2, member: "gone", expected: "gone was removed, and ids are never used again" },
  { name: "who asks a follower is sent on", ordinal: 2, status: { role: "follower", followers: [] }, expected: "does not lead" },
])("a newcomer $name", ({ status, member, ordinal, expected }) => {
  const place = { ordinal, address: `10.0.0.${ordinal}:7401` };
  expect(whyNotJoin({ ...LEADER, ...status }, { member: asMember(member ?? "new"), place })).toBe(expected);
});

test("a closed place takes nobody in", () => {
  const closed = { ...LEADER, membership: { ...MEMBERSHIP, closedFrom: 2 } };
  const ask = (ordinal: number) => whyNotJoin(closed, { member: asMember("new"), place: { ordinal, address: `10.0.0.${ordinal}:7401` } });
  expect(ask(2)).toBe("place 2 is closed: the group is to have 2 members");
  expect(ask(1)).toBe("m1 is at place 1 and answers");
});

test("a group has only so many members", () => {
  const learners = Array.from({ length: MEMBERS_MAX - 3 }, (_, i) => asMember(`learner-${i}`));
  const place = { ordinal: 2, address: "10.0.0.2:7401" };
  const why = (membership: RaftStatus["membership"]): string | null =>
    whyNotJoin({ ...LEADER, membership }, { member: asMember("new"), place });
  expect(why({ ...MEMBERSHIP, learners })).toBe(`the group has ${MEMBERS_MAX} members, and takes in no more`);
  expect(why({ ...MEMBERSHIP, learners: learners.slice(1) })).toBeNull();
});

test.each<{ ordinal: number; address: string; expected: string | null }>([
  { ordinal: 2, address: "10.0.0.2:7401", expected: null },
  { ordinal: 14, address: "flotilla-14.flotilla.default.svc:7401", expected: null },
  { ordinal: 3, address: "[::1]:7401", expected: null },
  { ordinal: 15, address: "10.0.0.15:7401", expected: "place 15: a group has at most 15 places" },
  { ordinal: 2, address: "10.0.0.7:7401", expected: "place 2 is at 10.0.0.2:7401, not at 10.0.0.7:7401" },
  { ordinal: 3, address: "10.0.0.2:7401", expected: "10.0.0.2:7401 is place 2, not place 3" },
  { ordinal: 3, address: "somewhere", expected: "place 3: its address is not host:port" },
  { ordinal: 3, address: "http://10.0.0.3/:80", expected: "place 3: its address is not host:port" },
])("place $ordinal at $address: $expected", ({ expected, ...place }) => {
  expect(whyNotPlace(place, PLACES)).toBe(expected);
});
