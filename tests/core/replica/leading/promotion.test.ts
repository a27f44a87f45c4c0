import { asIndex, asMember, asTerm } from "../../../../core/base/ids.ts";
import type { FollowerStatus, RaftStatus } from "../../../../core/raft/inputs.ts";
import { NO_MEMBERS } from "../../../../core/raft/membership.ts";
import { Promotion, ROUND_MS_MAX } from "../../../../core/replica/leading/promotion.ts";

const [me, learner] = [asMember("me"), asMember("learner")];

type Fields = {
  readonly last: number;
  readonly match: number;
  readonly state?: FollowerStatus["state"];
  readonly joint?: boolean;
  readonly isHeard?: boolean;
  readonly learners?: RaftStatus["membership"]["learners"];
};

function status({ last, match, state = "replicate", joint = false, isHeard = true, learners = [learner] }: Fields): RaftStatus {
  const index = asIndex(last);
  const follower = { member: learner, state, matchIndex: asIndex(match), nextIndex: asIndex(match + 1), recentlyActive: isHeard };
  return {
    self: me,
    role: "leader",
    isLearner: false,
    term: asTerm(1),
    leader: me,
    commitIndex: index,
    durableIndex: index,
    lastIndex: index,
    baseIndex: asIndex(0),
    snapshotIndex: asIndex(0),
    membership: { ...NO_MEMBERS, voters: [me], outgoing: joint ? [me] : [], learners },
    termStarted: true,
    transferringTo: null,
    logBytes: 0,
    followers: [follower],
  };
}

test("a learner that follows within an election timeout is promoted", () => {
  const promotion = new Promotion();
  expect(promotion.candidate(status({ last: 100, match: 10 }), 0)).toBeNull();
  // It reached what there was at first, but that took too long.
  expect(promotion.candidate(status({ last: 200, match: 50 }), 500)).toBeNull();
  expect(promotion.candidate(status({ last: 300, match: 200 }), 1_000)).toBeNull();
  // Fifty entries behind a log that grows, and never further.
  expect(promotion.candidate(status({ last: 330, match: 290 }), 1_100)).toBeNull();
  expect(promotion.candidate(status({ last: 360, match: 310 }), 1_200)).toBe(learner);
});

test.each([
  { name: "in time", tookMs: ROUND_MS_MAX, found: learner },
  { name: "too late", tookMs: ROUND_MS_MAX + 1, found: null },
])("a round that ends $name", ({ tookMs, found }) => {
  const promotion = new Promotion();
  promotion.candidate(status({ last: 100, match: 50 }), 0);
  const start = 50;
  promotion.candidate(status({ last: 100, match: 100 }), start);
  const afterFirst = promotion.candidate(status({ last: 100, match: 100 }), start + tookMs);
  expect(afterFirst).toBe(found);
});

test("nobody is promoted at first sight, however good it looks", () => {
  expect(new Promotion().candidate(status({ last: 100, match: 100 }), 0)).toBeNull();
});

test.each([
  { name: "while a change is under way", fields: { last: 100, match: 100, joint: true } },
  { name: "when nothing is heard of it, though nobody writes and it had everything", fields: { last: 100, match: 100, isHeard: false } },
  { name: "while it gets a snapshot", fields: { last: 100, match: 100, state: "snapshot" as const } },
  { name: "when it is no learner", fields: { last: 100, match: 100, learners: [] } },
])("nobody is promoted $name", ({ fields }) => {
  const promotion = new Promotion();
  for (let nowMs = 0; nowMs < 1_000; nowMs += 100) expect(promotion.candidate(status(fields), nowMs)).toBeNull();
});

test("a learner at a closed place is passed over, and keeps nobody waiting", () => {
  const promotion = new Promotion();
  const other = asMember("other");
  const { membership, followers, ...rest } = status({ last: 100, match: 100, learners: [learner, other] });
  const places = { [learner]: { ordinal: 3, address: "c:1" }, [other]: { ordinal: 1, address: "b:1" } };
  const both = followers.flatMap((each) => [each, { ...each, member: other }]);
  const closed = { ...rest, followers: both, membership: { ...membership, places, closedFrom: 3 } };
  expect(promotion.candidate(closed, 0)).toBeNull();
  expect(promotion.candidate(closed, 100)).toBe(other);
});

test("a new term begins with new rounds", () => {
  const promotion = new Promotion();
  promotion.candidate(status({ last: 100, match: 100 }), 0);
  promotion.startLeading();
  expect(promotion.candidate(status({ last: 100, match: 100 }), 100)).toBeNull();
  expect(promotion.candidate(status({ last: 100, match: 100 }), 200)).toBe(learner);
});
