import { asIndex, asMember, asTerm } from "../../../core/base/ids.ts";
import { Random } from "../../../core/base/random.ts";
import { LOG_ORIGIN } from "../../../core/raft/entry.ts";
import { DEFAULT_LIMITS, DEFAULT_TIMING } from "../../../core/raft/inputs.ts";
import { foundingMembership } from "../../../core/raft/membership.ts";
import { RaftState } from "../../../core/raft/state.ts";
import { entry } from "./entries.ts";

const self = asMember("a");
const membership = foundingMembership([{ member: self, place: { ordinal: 0, address: "a" } }]);

const OPTIONS = { self, random: new Random(1), timing: DEFAULT_TIMING, limits: DEFAULT_LIMITS };

function state(seed = 1): RaftState {
  return new RaftState(
    { ...OPTIONS, random: new Random(seed) },
    {
      hardState: { term: asTerm(3), vote: null },
      base: LOG_ORIGIN,
      entries: [entry(1, 1), entry(2, 3)],
      snapshot: null,
      membership,
    },
  );
}

test("a vote is given once a term, and a term is never entered again", () => {
  const it = state();
  it.enterTerm(asTerm(3), self);
  expect(() => {
    it.enterTerm(asTerm(3), asMember("b"));
  }).toThrow("a vote given once");
  expect(() => {
    it.enterTerm(asTerm(2), null);
  }).toThrow();
  it.enterTerm(asTerm(4), null);
  expect(it.hardState).toEqual({ term: 4, vote: null });
});

test("what is committed is never truncated", () => {
  const it = state();
  it.commitIndex = asIndex(1);
  expect(() => {
    it.truncateFrom(asIndex(1));
  }).toThrow("never truncated");
  it.truncateFrom(asIndex(2));
  expect(it.log.lastIndex).toBe(1);
});

test("no member writes to itself", () => {
  expect(() => {
    state().send({ kind: "campaignNow", from: self, to: self, term: asTerm(3) });
  }).toThrow("itself");
});

test("election timeouts are drawn between one and two timeouts, and differ", () => {
  const drawn = new Set<number>();
  for (let seed = 0; seed < 200; seed++) drawn.add(state(seed).electionTimeout);
  expect(Math.min(...drawn)).toBe(DEFAULT_TIMING.electionTicks);
  expect(Math.max(...drawn)).toBe(2 * DEFAULT_TIMING.electionTicks - 1);
  expect(drawn.size).toBe(DEFAULT_TIMING.electionTicks);
});

test("a snapshot that was durable before its term was begins that term, without a vote", () => {
  const base = { index: asIndex(9), term: asTerm(5), serviceIndex: LOG_ORIGIN.serviceIndex };
  const it = new RaftState(OPTIONS, { hardState: { term: asTerm(3), vote: asMember("b") }, base, entries: [], snapshot: null, membership });
  expect(it.hardState).toEqual({ term: 5, vote: null });
  expect(it.hardStateChanged).toBe(true); // and it is written before anything is said in it
});
