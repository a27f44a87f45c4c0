import { asIndex, asMember, asTerm } from "../../../core/base/ids.ts";
import { Random } from "../../../core/base/random.ts";
import { LOG_ORIGIN } from "../../../core/raft/entry.ts";
import { DEFAULT_LIMITS, DEFAULT_TIMING } from "../../../core/raft/inputs.ts";
import { checkInvariants } from "../../../core/raft/invariants.ts";
import { foundingMembership } from "../../../core/raft/membership.ts";
import { RaftState } from "../../../core/raft/state.ts";
import { entry } from "./entries.ts";

const self = asMember("a");

function healthy(): RaftState {
  const membership = foundingMembership([{ member: self, place: { ordinal: 0, address: "a" } }]);
  const options = { self, random: new Random(1), timing: DEFAULT_TIMING, limits: DEFAULT_LIMITS };
  return new RaftState(options, {
    hardState: { term: asTerm(2), vote: self },
    base: LOG_ORIGIN,
    entries: [entry(1, 1), entry(2, 2)],
    snapshot: null,
    membership,
  });
}

test("a member as it starts is sound", () => {
  expect(() => {
    checkInvariants(healthy());
  }).not.toThrow();
});

test.each([
  {
    name: "committed beyond the end",
    spoil: (state: RaftState) => {
      state.commitIndex = asIndex(3);
    },
    claim: "nothing missing is committed",
  },
  {
    name: "applied but not committed",
    spoil: (state: RaftState) => {
      state.handedToApply = asIndex(1);
    },
    claim: "only what is committed is applied",
  },
  {
    name: "confirmed but not handed over",
    spoil: (state: RaftState) => {
      state.appliedIndex = asIndex(1);
    },
    claim: "not handed over",
  },
  {
    name: "an entry of the future",
    spoil: (state: RaftState) => {
      state.term = asTerm(1);
    },
    claim: "later term",
  },
  {
    name: "a follower of itself",
    spoil: (state: RaftState) => {
      state.leader = self;
    },
    claim: "only a leader leads",
  },
])("found: $name", ({ spoil, claim }) => {
  const state = healthy();
  spoil(state);
  expect(() => {
    checkInvariants(state);
  }).toThrow(claim);
});
