// Tellings of how an office is won and lost, and of who belongs.
import { asTerm } from "../../../core/base/ids.ts";
import type { MemberId } from "../../../core/base/ids.ts";
import { LOG_ORIGIN } from "../../../core/raft/entry.ts";
import type { Message } from "../../../core/raft/messages.ts";
import { A, acknowledge, B, BLANK, C, change, D, entry, follows, FOUNDING, grant, inTerm, leads, LIMITS } from "./story.ts";
import type { Story, Telling } from "./story.ts";

const WITHOUT_A = { ...FOUNDING, voters: [B, C] };
const JOINT = { voters: [B, C, D], outgoing: [A, B, C] };
const OTHERS = [B, C];

const vote = (from: MemberId, to: MemberId, { term = 1, transfer = false } = {}): Message => {
  return { kind: "vote", from, to, term: asTerm(term), last: LOG_ORIGIN, transfer };
};
const preVote = (from: MemberId, to: MemberId, term: number): Message => ({
  kind: "preVote",
  from,
  to,
  term: asTerm(term),
  last: LOG_ORIGIN,
});
const encourage = (from: MemberId, to: MemberId, term: number): Message => ({
  kind: "preVoteReply",
  from,
  to,
  term: asTerm(term),
  granted: true,
});
const heartbeat = (from: MemberId, to: MemberId, term: number): Message => {
  return { kind: "append", from, to, term: asTerm(term), previous: LOG_ORIGIN, entries: [], commitIndex: LOG_ORIGIN.index, round: 1 };
};

const ELECTED = "a leader is elected by a majority that has no other";

const ELECTIONS: readonly Telling[] = [
  {
    name: "a leader without a majority of votes",
    promise: ELECTED,
    good: (story) => story.elected(A, 1, [B]),
    bad: (story) => story.elected(A, 1, []),
  },
  {
    name: "a leader by votes of another term",
    promise: ELECTED,
    good: (story) => story.wins(A, 1, [C]).elected(A, 2, [B]),
    bad: (story) => story.wins(A, 1, OTHERS).elected(A, 2, []),
  },
  {
    name: "a leader by one half of a joint phase",
    promise: ELECTED,
    good: (story) => joint(story).elected(A, 1, [B, C]),
    bad: (story) => joint(story).elected(A, 1, [C]),
  },
  {
    name: "a leader whose own vote is not durable",
    promise: ELECTED,
    good: (story) => story.has(A, inTerm(1, A)).wins(A, 1, OTHERS).says(A, leads(1, 0)),
    bad: (story) => story.writes(A, inTerm(1, A)).wins(A, 1, OTHERS).says(A, leads(1, 0)),
  },
  {
    name: "a question for pre-votes by one that is no voter",
    promise: ELECTED,
    good: (story) => story.sends(A, preVote(A, B, 1)),
    bad: (story) => story.live(A, { ...BLANK, membership: WITHOUT_A }).sends(A, preVote(A, B, 1)),
  },
  {
    name: "a question for votes by one that is no voter",
    promise: ELECTED,
    good: (story) => story.has(A, inTerm(1, A)).sends(A, vote(A, B, { transfer: true })),
    bad: (story) =>
      story
        .live(A, { ...BLANK, membership: WITHOUT_A })
        .has(A, inTerm(1, A))
        .sends(A, vote(A, B, { transfer: true })),
  },
  {
    name: "an election that nobody else wanted",
    promise: ELECTED,
    good: (story) =>
      story
        .receives(A, encourage(B, A, 1))
        .has(A, inTerm(1, A))
        .sends(A, vote(A, B)),
    bad: (story) => story.has(A, inTerm(1, A)).sends(A, vote(A, B)),
  },
  {
    name: "an election that a majority wanted in another term",
    promise: ELECTED,
    good: (story) =>
      story
        .receives(A, encourage(B, A, 2))
        .has(A, inTerm(2, A))
        .sends(A, vote(A, B, { term: 2 })),
    bad: (story) =>
      story
        .receives(A, encourage(B, A, 1))
        .has(A, inTerm(2, A))
        .sends(A, vote(A, B, { term: 2 })),
  },
  {
    name: "a pre-vote against a leader that lives",
    promise: ELECTED,
    good: (story) =>
      following(story)
        .ticks(A, LIMITS.electionTicks)
        .receives(A, preVote(C, A, 2))
        .sends(A, encourage(A, C, 2)),
    bad: (story) =>
      following(story)
        .receives(A, preVote(C, A, 2))
        .sends(A, encourage(A, C, 2)),
  },
  {
    name: "a vote against a leader that lives",
    promise: ELECTED,
    good: (story) => votes(following(story).receives(A, vote(C, A, { term: 2, transfer: true }))),
    bad: (story) => votes(following(story).receives(A, vote(C, A, { term: 2 }))),
  },
  {
    name: "one answer too many to a question that came before the leader did",
    promise: ELECTED,
    good: (story) =>
      following(story.receives(A, preVote(C, A, 2)))
        .receives(A, preVote(C, A, 2))
        .sends(A, encourage(A, C, 2)),
    bad: (story) =>
      following(story.receives(A, preVote(C, A, 2)))
        .receives(A, preVote(C, A, 2))
        .sends(A, encourage(A, C, 2))
        .sends(A, encourage(A, C, 2)),
  },
  {
    name: "a vote against a leader that this member has voted for",
    promise: ELECTED,
    good: (story) =>
      elects(story, C)
        .receives(A, vote(C, A, { term: 2 }))
        .sends(A, grant(A, C, 2)),
    bad: (story) =>
      elects(story, C)
        .receives(A, vote(B, A, { term: 3 }))
        .has(A, inTerm(3, B))
        .sends(A, grant(A, B, 3)),
  },
  {
    name: "a vote against a leader that was heard again",
    promise: ELECTED,
    good: (story) =>
      votes(
        following(story)
          .ticks(A, LIMITS.electionTicks)
          .receives(A, vote(C, A, { term: 2 })),
      ),
    bad: (story) =>
      votes(
        following(story)
          .ticks(A, LIMITS.electionTicks)
          .receives(A, heartbeat(B, A, 1))
          .receives(A, vote(C, A, { term: 2 })),
      ),
  },
];

const OFFICE = "an office ends in time";
const SILENCE = 3 * LIMITS.electionTicks + 3;

const OFFICES: readonly Telling[] = [
  {
    name: "a leader that no majority answers",
    promise: OFFICE,
    good: (story) => story.elected(A, 1).leadsOn(A, SILENCE, { heard: [B], says: leads(1, 0) }),
    bad: (story) => story.elected(A, 1).leadsOn(A, SILENCE, { heard: [], says: leads(1, 0) }),
  },
  {
    name: "a leader that hears answers to an earlier office only",
    promise: OFFICE,
    good: (story) => story.elected(A, 1).leadsOn(A, SILENCE, { heard: OTHERS, says: leads(1, 0) }),
    bad: (story) => story.elected(A, 2).leadsOn(A, SILENCE, { heard: OTHERS, says: leads(2, 0) }),
  },
  {
    name: "a leader that one half of a joint phase doesn't answer",
    promise: OFFICE,
    good: (story) =>
      joint(story)
        .elected(A, 1)
        .leadsOn(A, SILENCE, { heard: OTHERS, says: leads(1, 0) }),
    bad: (story) =>
      joint(story)
        .elected(A, 1)
        .leadsOn(A, SILENCE, { heard: [C], says: leads(1, 0) }),
  },
  {
    name: "a leader that was removed long ago",
    promise: OFFICE,
    good: (story) => removed(story).leadsOn(A, SILENCE, { heard: OTHERS, says: leads(1, 1) }),
    bad: (story) => removed(story).leadsOn(A, 21 * LIMITS.electionTicks, { heard: OTHERS, says: leads(1, 1) }),
  },
  {
    name: "a hand-over that never ends",
    promise: OFFICE,
    good: (story) =>
      story
        .elected(A, 1)
        .leadsOn(A, SILENCE - 3, { heard: OTHERS, says: { ...leads(1, 0), transferringTo: B } })
        .leadsOn(A, 1, { heard: OTHERS, says: leads(1, 0) })
        .leadsOn(A, SILENCE - 3, { heard: OTHERS, says: { ...leads(1, 0), transferringTo: B } }),
    bad: (story) => story.elected(A, 1).leadsOn(A, SILENCE + 1, { heard: OTHERS, says: { ...leads(1, 0), transferringTo: B } }),
  },
];

const IN_FORCE = "the last membership in the log is in force, and changes one step at a time";

const MEMBERSHIPS: readonly Telling[] = [
  {
    name: "a membership that is not the log's last",
    promise: IN_FORCE,
    good: (story) => story.has(A, { entries: [change(1, JOINT)] }).says(A, follows(1, 0)),
    bad: (story) => story.has(A, { entries: [change(1, JOINT)] }).says(A, { ...follows(1, 0), membership: FOUNDING }),
  },
  {
    name: "a membership that was truncated and is still in force",
    promise: IN_FORCE,
    good: (story) => truncated(story).says(A, follows(1, 0)),
    bad: (story) => truncated(story).says(A, { ...follows(1, 0), membership: { ...FOUNDING, index: change(1, {}).index } }),
  },
  {
    name: "a change before the term has started",
    promise: IN_FORCE,
    good: (story) =>
      story
        .elected(A, 1)
        .has(A, { entries: [change(1, JOINT)] })
        .says(A, leads(1, 0)),
    bad: (story) =>
      story
        .elected(A, 1)
        .has(A, { entries: [change(1, JOINT)] })
        .says(A, { ...leads(1, 0), termStarted: false }),
  },
  {
    name: "a change upon one that is not committed",
    promise: IN_FORCE,
    good: (story) => changedTwice(story, { learners: [D] }).says(A, leads(1, 1)),
    bad: (story) => changedTwice(story, { learners: [D] }).says(A, leads(1, 0)),
  },
  {
    name: "a joint phase within a joint phase",
    promise: IN_FORCE,
    good: (story) => changedTwice(story, { voters: [B, C, D] }).says(A, leads(1, 1)),
    bad: (story) => changedTwice(story, JOINT).says(A, leads(1, 1)),
  },
  {
    name: "a voter that has not caught up",
    promise: IN_FORCE,
    good: (story) => promoted(story, LIMITS.appendEntriesMax).says(A, leads(1, 0)),
    bad: (story) => promoted(story, LIMITS.appendEntriesMax + 1).says(A, leads(1, 0)),
  },
];

/** A joint phase is in force everywhere, and was before anything else. */
function joint(story: Story): Story {
  story.live(D, BLANK);
  for (const member of [A, B, C, D]) story.live(member, { ...BLANK, membership: { ...FOUNDING, ...JOINT } });
  return story;
}

/** A follows B. */
function following(story: Story): Story {
  return story
    .has(A, inTerm(1))
    .receives(A, heartbeat(B, A, 1))
    .says(A, { ...follows(1, 0), leader: B });
}

function votes(story: Story): Story {
  return story.has(A, inTerm(2, C)).sends(A, grant(A, C, 2));
}

/** A votes for a candidate in term 2 and follows it. */
function elects(story: Story, leader: MemberId): Story {
  story
    .receives(A, vote(leader, A, { term: 2 }))
    .has(A, inTerm(2, leader))
    .sends(A, grant(A, leader, 2))
    .says(A, follows(2, 0));
  return story.receives(A, heartbeat(leader, A, 2)).says(A, { ...follows(2, 0), leader });
}

/** A leads, and everybody knows that it no longer belongs. */
function removed(story: Story): Story {
  story.elected(A, 1).allHave(change(1, { voters: [B, C] }));
  for (const member of OTHERS) story.receives(A, acknowledge(member, 1));
  return story.says(A, leads(1, 1));
}

function truncated(story: Story): Story {
  return story.has(A, { entries: [change(1, JOINT)] }).has(A, { truncateFrom: change(1, {}).index, entries: [entry(1, 2)] });
}

/** A leads, a joint phase is in force, and A has just changed that. */
function changedTwice(story: Story, next: Parameters<typeof change>[1]): Story {
  story.live(D, BLANK).elected(A, 1).allHave(change(1, JOINT));
  return story.says(A, leads(1, 0)).has(A, { entries: [change(2, next)] });
}

/** A makes D a voter, which lacks so many entries. */
function promoted(story: Story, missing: number): Story {
  const entries = Array.from({ length: missing }, (_, i) => entry(i + 1, 1));
  story
    .elected(A, 1)
    .allHave(...entries)
    .live(D, BLANK);
  return story.has(A, { entries: [change(missing + 1, JOINT)] });
}

export const STORIES_OF_LEADERSHIP: readonly Telling[] = [...ELECTIONS, ...OFFICES, ...MEMBERSHIPS];
