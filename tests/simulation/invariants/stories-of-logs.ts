// Tellings of what is written, said and applied: logs, commits, votes, restarts.
import { A, acknowledge, B, BLANK, C, entry, follows, grant, inTerm, leads } from "./story.ts";
import type { Story, Telling } from "./story.ts";

export const STORIES_OF_LOGS: readonly Telling[] = [
  {
    name: "two leaders",
    promise: "one leader per term",
    good: (story) => story.elected(A, 1).elected(B, 2),
    bad: (story) => story.elected(A, 1).elected(B, 1),
  },
  {
    name: "two different entries of one index and term",
    promise: "logs that agree at one entry agree in front of it",
    good: (story) => story.has(A, { entries: [entry(1, 1, "x")] }).has(B, { entries: [entry(1, 2, "y")] }),
    bad: (story) => story.has(A, { entries: [entry(1, 1, "x")] }).has(B, { entries: [entry(1, 1, "y")] }),
  },
  {
    name: "a gap in the log",
    promise: "logs that agree at one entry agree in front of it",
    good: (story) => story.has(A, { entries: [entry(1, 1), entry(2, 1)] }),
    bad: (story) => story.has(A, { entries: [entry(1, 1), entry(3, 1)] }),
  },
  {
    name: "two entries committed at one index",
    promise: "what is committed never changes",
    good: (story) => committed(story).says(B, follows(1, 1)),
    bad: (story) =>
      committed(story)
        .has(C, { entries: [entry(1, 2)] })
        .says(C, follows(2, 1)),
  },
  {
    name: "a leader without what was committed",
    promise: "what is committed never changes",
    good: (story) => committed(story).elected(B, 2),
    bad: (story) => committed(story).elected(C, 2),
  },
  {
    name: "a commit that only the leader's disk holds",
    promise: "what is committed is on the disks of a majority",
    good: (story) => committed(story),
    bad: (story) =>
      story
        .elected(A, 1)
        .has(A, { entries: [entry(1, 1)] })
        .writes(B, { entries: [entry(1, 1)] })
        .says(A, leads(1, 1)),
  },
  {
    name: "a commit by an entry of an earlier term",
    promise: "what is committed is on the disks of a majority",
    good: (story) => story.allHave(entry(1, 1)).elected(A, 2).allHave(entry(2, 2)).says(A, leads(2, 2)),
    bad: (story) => both(story).elected(A, 2).says(A, leads(2, 1)),
  },
  {
    name: "an application before the disk",
    promise: "applied is durable and committed, and nothing goes backwards",
    good: (story) => story.has(A, { entries: [entry(1, 1)] }).applies(A, 1),
    bad: (story) => story.writes(A, { entries: [entry(1, 1)] }).applies(A, 1),
  },
  {
    name: "a commit index that falls",
    promise: "applied is durable and committed, and nothing goes backwards",
    good: (story) => committed(story).says(A, leads(1, 1)),
    bad: (story) => committed(story).says(A, follows(1, 0)),
  },
  {
    name: "two votes",
    promise: "one vote per term, none after a lost disk",
    good: (story) =>
      story
        .has(A, inTerm(1, B))
        .sends(A, grant(A, B, 1))
        .sends(A, grant(A, B, 1)),
    bad: (story) =>
      story
        .has(A, inTerm(1, B))
        .sends(A, grant(A, B, 1))
        .has(A, inTerm(1, C))
        .sends(A, grant(A, C, 1)),
  },
  {
    name: "a vote of a member whose disk is gone",
    promise: "one vote per term, none after a lost disk",
    good: (story) => story.has(A, inTerm(1, B)).sends(A, grant(A, B, 1)),
    bad: (story) => {
      story.has(A, inTerm(1, B));
      story.watch.wiped(A);
      story.sends(A, grant(A, B, 1));
    },
  },
  {
    name: "a vote that is not durable",
    promise: "nothing is said that the disk could forget",
    good: (story) => story.has(A, inTerm(1, B)).sends(A, grant(A, B, 1)),
    bad: (story) => story.writes(A, inTerm(1, B)).sends(A, grant(A, B, 1)),
  },
  {
    name: "an acknowledgement that is not durable",
    promise: "nothing is said that the disk could forget",
    good: (story) => story.has(B, { ...inTerm(1), entries: [entry(1, 1)] }).sends(B, acknowledge(B, 1)),
    bad: (story) =>
      story
        .has(B, inTerm(1))
        .writes(B, { entries: [entry(1, 1)] })
        .sends(B, acknowledge(B, 1)),
  },
  {
    name: "a restart without what was confirmed",
    promise: "a restart finds what the disk had confirmed",
    good: (story) => story.has(A, { entries: [entry(1, 1)] }).live(A, { ...BLANK, entries: [entry(1, 1)] }),
    bad: (story) => story.has(A, { entries: [entry(1, 1)] }).live(A, BLANK),
  },
  {
    name: "a restart with what was never written",
    promise: "a restart finds what the disk had confirmed",
    good: (story) => story.writes(A, { entries: [entry(1, 1)] }).live(A, { ...BLANK, entries: [entry(1, 1)] }),
    bad: (story) => story.writes(A, { entries: [entry(1, 1)] }).live(A, { ...BLANK, entries: [entry(1, 2)] }),
  },
  {
    name: "a tail that outlives what replaced it",
    promise: "a log holds what its disk was given, and no more",
    good: (story) => truncated(story).says(A, follows(2, 0)),
    bad: (story) => truncated(story).says(A, { ...follows(2, 0), lastIndex: entry(2, 1).index }),
  },
  {
    name: "a read that misses what was committed before it",
    promise: "a read sees what was committed when it was asked",
    good: (story) => committed(story).asksToRead(B).reads(B, 1).asksToRead(C).reads(C, null),
    bad: (story) => committed(story).asksToRead(B).reads(B, 0),
  },
  {
    name: "a read of what was committed after it",
    promise: "a read sees what was committed when it was asked",
    good: (story) => committed(story.asksToRead(B)).reads(B, 0),
    bad: (story) => committed(story.asksToRead(B)).reads(B, 0).asksToRead(B).reads(B, 0),
  },
  {
    name: "another answer to the same command",
    promise: "members that applied the same are in the same state",
    good: (story) => both(story).applies(A, 1, { text: "x", result: "1" }).applies(B, 1, { text: "x", result: "1" }),
    bad: (story) => both(story).applies(A, 1, { text: "x", result: "1" }).applies(B, 1, { text: "x", result: "2" }),
  },
];

/** Entry 1, on the disks of two, committed by the first. */
function committed(story: Story): Story {
  return both(story).elected(A, 1).says(A, leads(1, 1));
}

/** Two entries of term 1 gave way to one of term 2. */
function truncated(story: Story): Story {
  return story.has(A, { entries: [entry(1, 1), entry(2, 1)] }).has(A, { truncateFrom: entry(1, 1).index, entries: [entry(1, 2)] });
}

function both(story: Story): Story {
  return story.has(A, { entries: [entry(1, 1)] }).has(B, { entries: [entry(1, 1)] });
}
