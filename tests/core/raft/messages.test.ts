import { asIndex, asMember, asServiceIndex, asTerm } from "../../../core/base/ids.ts";
import { createEntry, LOG_ORIGIN } from "../../../core/raft/entry.ts";
import type { Message } from "../../../core/raft/messages.ts";
import { isForOneLife } from "../../../core/raft/messages.ts";
import { foundingMembership } from "../../../core/raft/membership.ts";

const ends = { from: asMember("a"), to: asMember("b"), term: asTerm(1) };
const entry = createEntry({
  index: asIndex(1),
  term: asTerm(1),
  serviceIndex: asServiceIndex(0),
  kind: "command",
  version: 1,
  body: new Uint8Array(),
});
const append = { ...ends, kind: "append", previous: { index: asIndex(0), term: asTerm(0) }, commitIndex: asIndex(0), round: 1 } as const;
const snapshot = { id: "s", base: LOG_ORIGIN, membership: foundingMembership([]), sizeBytes: 1, version: 1 };

test.each<{ readonly name: string; readonly message: Message; readonly expected: boolean }>([
  { name: "entries", message: { ...append, entries: [entry] }, expected: true },
  { name: "a heartbeat", message: { ...append, entries: [] }, expected: false },
  {
    name: "a piece of a snapshot",
    message: { ...ends, kind: "snapshotChunk", snapshot: snapshot as never, offset: 0, bytes: new Uint8Array(1), round: 1 },
    expected: true,
  },
  { name: "the wish that it stands for election", message: { ...ends, kind: "campaignNow" }, expected: true },
  { name: "a question for a vote", message: { ...ends, kind: "vote", last: append.previous, transfer: false }, expected: false },
])("is for one life of its receiver: $name: $expected", ({ message, expected }) => {
  expect(isForOneLife(message)).toBe(expected);
});
