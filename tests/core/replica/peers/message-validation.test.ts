import fc from "fast-check";
import { utf8 } from "../../../../core/base/bytes.ts";
import { asBoot, asCluster, asGroup, asIndex, asMember, asServiceIndex, asTerm } from "../../../../core/base/ids.ts";
import type { Entry } from "../../../../core/raft/entry.ts";
import { createEntry } from "../../../../core/raft/entry.ts";
import { encodeMembership, foundingMembership } from "../../../../core/raft/membership.ts";
import type { Message } from "../../../../core/raft/messages.ts";
import type { SnapshotMeta } from "../../../../core/raft/snapshot-meta.ts";
import type { PeerBody, PeerMessage } from "../../../../core/replica/peer-message.ts";
import { isWellFormed } from "../../../../core/replica/peers/message-validation.ts";

const [from, to, term] = [asMember("a"), asMember("b"), asTerm(3)];
const head = { from, to, term };
const id = { index: asIndex(4), term: asTerm(2) };
const membership = foundingMembership([{ member: from, place: { ordinal: 0, address: "http://a" } }]);
const snapshot: SnapshotMeta = {
  id: "4-a-1-1",
  base: { ...id, serviceIndex: asServiceIndex(1) },
  membership,
  version: 1,
  sizeBytes: 10,
  checksum: 7,
};

const snapshotOfTerm = (ofTerm: number): SnapshotMeta => ({ ...snapshot, base: { ...snapshot.base, term: asTerm(ofTerm) } });

type EntryOptions = { readonly index: number; readonly service: number; readonly kind?: Entry["kind"]; readonly body?: Uint8Array };

function entry({ index, service, kind = "command", body = utf8("x") }: EntryOptions): Entry {
  return createEntry({ index: asIndex(index), term, serviceIndex: asServiceIndex(service), kind, version: 1, body });
}

const entries = [
  entry({ index: 5, service: 2 }),
  entry({ index: 6, service: 2, kind: "termStart" }),
  entry({ index: 7, service: 2, kind: "membership", body: encodeMembership(membership) }),
  entry({ index: 8, service: 3 }),
];
const append: Message = { ...head, kind: "append", previous: id, entries, commitIndex: asIndex(4), round: 1 };

const GOOD: readonly Message[] = [
  { ...head, kind: "preVote", last: id },
  { ...head, kind: "preVoteReply", granted: true },
  { ...head, kind: "vote", last: id, transfer: false },
  { ...head, kind: "voteReply", granted: false },
  append,
  { ...append, entries: [] },
  { ...head, kind: "appendReply", round: 0, result: { kind: "accepted", matchIndex: asIndex(3) } },
  { ...head, kind: "appendReply", round: 0, result: { kind: "conflict", previousIndex: asIndex(3), hint: id } },
  { ...head, kind: "snapshotChunk", snapshot, offset: 4, bytes: utf8("sixsix"), round: 2 },
  { ...head, kind: "snapshotReply", snapshotId: "4-a-1-1", round: 0, result: { kind: "wanted", offset: 3 } },
  { ...head, kind: "snapshotReply", snapshotId: "4-a-1-1", round: 0, result: { kind: "covered", matchIndex: asIndex(4) } },
  { ...head, kind: "snapshotReply", snapshotId: "4-a-1-1", round: 0, result: { kind: "damaged" } },
  { ...head, kind: "readIndex", context: 9 },
  { ...head, kind: "readIndexReply", context: 9, index: null },
  { ...head, kind: "readIndexReply", context: 9, index: asIndex(1) },
  { ...head, kind: "campaignNow" },
];

function inEnvelope(body: unknown): PeerMessage {
  const [cluster, group, boot] = [asCluster("c"), asGroup("g"), asBoot(1)];
  return { cluster, group, from, to, boot, wallMs: 5, version: 1, body: body as PeerBody };
}

const MANY_DIGESTS = Array.from({ length: 17 }, (_, i) => ({ index: i + 1, digest: "x" }));

const raft = (message: unknown): PeerMessage => inEnvelope({ kind: "raft", message });

test.each(GOOD.map((message) => ({ message, name: JSON.stringify(message).slice(0, 80) })))("well formed: $name", ({ message }) => {
  expect(isWellFormed(raft(message))).toBe(true);
});

test.each([
  { name: "you are wiped", body: { kind: "youAreWiped", yourBoot: 3, why: "x" }, good: true },
  { name: "you are wiped, without a life", body: { kind: "youAreWiped", why: "x" }, good: false },
  { name: "you are removed", body: { kind: "youAreRemoved" }, good: true },
  { name: "lives seen", body: { kind: "livesSeen", seen: [{ member: "m", boot: 3 }] }, good: true },
  { name: "lives seen, of nobody", body: { kind: "livesSeen", seen: [{ boot: 3 }] }, good: false },
  { name: "lives seen, too many", body: { kind: "livesSeen", seen: new Array(65).fill({ member: "m", boot: 3 }) }, good: false },
  { name: "digests", body: { kind: "stateDigests", format: 1, digests: [{ index: 3, digest: "x" }] }, good: true },
  { name: "digests of no index", body: { kind: "stateDigests", format: 1, digests: [{ index: -1, digest: "x" }] }, good: false },
  { name: "no digests", body: { kind: "stateDigests", format: 1 }, good: false },
  { name: "more digests than there can be", body: { kind: "stateDigests", format: 1, digests: MANY_DIGESTS }, good: false },
  { name: "a kind that does not exist", body: { kind: "toString" }, good: false },
  { name: "no body", body: null, good: false },
  { name: "a raft message that is none", body: { kind: "raft", message: 7 }, good: false },
])("$name: $good", ({ body, good }) => {
  expect(isWellFormed(inEnvelope(body))).toBe(good);
});

const badEntry = (fields: object): Message => ({ ...append, entries: [{ ...(entries[0] as Entry), ...fields }] });

test.each([
  { name: "a kind that every object has", message: { ...head, kind: "constructor" } },
  { name: "a negative term", message: { ...append, term: -1 } },
  { name: "a fraction", message: { ...append, round: 1.5 } },
  { name: "not a number", message: { ...append, commitIndex: Number.NaN } },
  { name: "a number as text", message: { ...append, commitIndex: "4" } },
  { name: "a number that is no longer exact", message: { ...append, commitIndex: 2 ** 53 } },
  { name: "a term after which not many could follow", message: { ...head, kind: "vote", last: id, transfer: false, term: 2 ** 48 - 1 } },
  { name: "an entry far out", message: { ...head, kind: "preVote", last: { ...id, index: 2 ** 47 } } },
  {
    name: "a snapshot far out",
    message: {
      ...head,
      kind: "snapshotChunk",
      snapshot: { ...snapshot, base: { ...snapshot.base, index: 2 ** 47 } },
      offset: 4,
      bytes: utf8("sixsix"),
      round: 2,
    },
  },
  { name: "no previous entry", message: { ...append, previous: null } },
  { name: "entries that are no list", message: { ...append, entries: { length: 1 } } },
  { name: "a gap after the previous entry", message: { ...append, entries: entries.slice(1) } },
  { name: "a gap between entries", message: { ...append, entries: [entries[0], entries[2]] } },
  { name: "an entry that is nothing", message: { ...append, entries: [null] } },
  { name: "an entry of a later term than the message", message: badEntry({ term: 4 }) },
  { name: "an entry of an earlier term than the one before", message: badEntry({ term: 1 }) },
  { name: "an unknown kind of entry", message: badEntry({ kind: "surprise" }) },
  { name: "an entry without bytes", message: badEntry({ bytes: "x" }) },
  {
    name: "a command that is not counted",
    message: { ...append, entries: [entries[0], { ...(entries[3] as Entry), index: 6, serviceIndex: 2 }] },
  },
  { name: "a membership entry that is none", message: badEntry({ kind: "membership", serviceIndex: 1, body: utf8("{}") }) },
  {
    name: "a membership entry with members that are none",
    message: badEntry({ kind: "membership", serviceIndex: 1, body: utf8(JSON.stringify({ ...membership, voters: [1] })) }),
  },
  {
    name: "a membership entry without places",
    message: badEntry({ kind: "membership", serviceIndex: 1, body: utf8(JSON.stringify({ ...membership, places: null })) }),
  },
  { name: "an answer of no kind", message: { ...head, kind: "appendReply", round: 0, result: { kind: "maybe" } } },
  { name: "a chunk beyond the end", message: { ...head, kind: "snapshotChunk", snapshot, offset: 5, bytes: utf8("sixsix"), round: 2 } },
  {
    name: "a chunk of a snapshot that is of a later term",
    message: { ...head, kind: "snapshotChunk", snapshot: snapshotOfTerm(4), offset: 0, bytes: utf8("six"), round: 2 },
  },
  { name: "a chunk of text", message: { ...head, kind: "snapshotChunk", snapshot, offset: 0, bytes: "six", round: 2 } },
  {
    name: "a snapshot without a base",
    message: { ...head, kind: "snapshotChunk", snapshot: { ...snapshot, base: null }, offset: 0, bytes: utf8(""), round: 2 },
  },
])("malformed: $name", ({ message }) => {
  expect(isWellFormed(raft(message))).toBe(false);
});

test("nothing makes it throw", () => {
  const paths = GOOD.flatMap((message) => Object.keys(message).map((field) => ({ message, field })));
  fc.assert(
    fc.property(fc.constantFrom(...paths), fc.anything({ withNullPrototype: true }), ({ message, field }, anything) => {
      isWellFormed(raft({ ...message, [field]: anything }));
      isWellFormed(inEnvelope(anything));
      if (message.kind === "append") isWellFormed(raft({ ...message, entries: [anything] }));
      if (message.kind === "snapshotChunk") isWellFormed(raft({ ...message, snapshot: { ...message.snapshot, membership: anything } }));
    }),
    { numRuns: 2_000 },
  );
});
