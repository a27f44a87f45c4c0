// Every kind of peer message, at random: the codec must give back exactly what it was given.
import * as fc from "fast-check";
import { asBoot, asCluster, asGroup, asIndex, asMember, asServiceIndex, asTerm } from "../../../core/base/ids.ts";
import type { Entry, EntryId } from "../../../core/raft/entry.ts";
import { createEntry } from "../../../core/raft/entry.ts";
import type { Membership } from "../../../core/raft/membership.ts";
import type { Message, MessageKind } from "../../../core/raft/messages.ts";
import type { SnapshotMeta } from "../../../core/raft/snapshot-meta.ts";
import { LIVES_KEPT } from "../../../core/replica/life-number.ts";
import { LIVES_SEEN_MAX } from "../../../core/replica/peer-message.ts";
import type { PeerBody, PeerMessage } from "../../../core/replica/peer-message.ts";
import { WIRE_NUMBER_MAX } from "../../../runtime/peers/header-fields.ts";

const count = fc.oneof(fc.nat(1_000), fc.integer({ min: 0, max: WIRE_NUMBER_MAX }));
const text = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({ maxLength: 10, unit: "grapheme" }),
  fc.constant("__proto__"),
  fc.constant("kind"),
);
const member = text.map(asMember);
const bytes = fc.uint8Array({ maxLength: 300 });
const index = count.map(asIndex);
const entryId: fc.Arbitrary<EntryId> = fc.record({ index, term: count.map(asTerm) });

/** Entries that follow `previous`, as one leader would send them in `term`. */
function entriesAfter(previous: EntryId, term: number, bodies: readonly (Uint8Array | null)[]): readonly Entry[] {
  let serviceIndex = 7;
  return bodies.map((body, i) => {
    serviceIndex += body === null ? 0 : 1;
    return createEntry({
      index: asIndex(previous.index + 1 + i),
      term: asTerm(term),
      serviceIndex: asServiceIndex(serviceIndex),
      kind: body === null ? "termStart" : "command",
      version: 1 + (i % 3),
      body: body ?? new Uint8Array(0),
    });
  });
}

const MEMBERSHIP = {
  index,
  voters: fc.array(member, { maxLength: 5 }),
  outgoing: fc.array(member, { maxLength: 5 }),
  learners: fc.array(member, { maxLength: 2 }),
  removed: fc.array(member, { maxLength: 4 }),
  places: fc
    .array(fc.tuple(text, fc.record({ ordinal: count, address: text })), { maxLength: 4 })
    .map((places) => Object.fromEntries(places) as Membership["places"]),
};

/** Older versions leave out what newer ones say. */
const membership: fc.Arbitrary<Membership> = fc.oneof(fc.record(MEMBERSHIP), fc.record({ ...MEMBERSHIP, closedFrom: fc.option(count) }));

const snapshotOf = (sizeBytes: number): fc.Arbitrary<SnapshotMeta> =>
  fc.record({
    id: text,
    base: fc.record({ index, term: count.map(asTerm), serviceIndex: count.map(asServiceIndex) }),
    membership,
    version: count,
    sizeBytes: fc.constant(sizeBytes),
    checksum: count,
  });

type Fields = Readonly<Record<string, unknown>>;

const FIELDS: { readonly [K in MessageKind]: (term: number) => fc.Arbitrary<Fields> } = {
  preVote: () => fc.record({ last: entryId }),
  preVoteReply: () => fc.record({ granted: fc.boolean() }),
  vote: () => fc.record({ last: entryId, transfer: fc.boolean() }),
  voteReply: () => fc.record({ granted: fc.boolean() }),
  append: (term) =>
    fc
      .record({ index: fc.nat(1_000_000), bodies: fc.array(fc.option(bytes), { maxLength: 8 }), commitIndex: count, round: count })
      .map(({ index: previousIndex, bodies, commitIndex, round }) => {
        const previous: EntryId = { index: asIndex(previousIndex), term: asTerm(Math.min(term, 3)) };
        return { previous, entries: entriesAfter(previous, term, bodies), commitIndex, round };
      }),
  appendReply: () =>
    fc.record({
      round: count,
      result: fc.oneof(
        fc.record({ kind: fc.constant("accepted"), matchIndex: count }),
        fc.record({ kind: fc.constant("conflict"), previousIndex: count, hint: entryId }),
      ),
    }),
  snapshotChunk: () =>
    fc.tuple(fc.nat(1_000_000), bytes, fc.nat(1_000)).chain(([offset, piece, rest]) =>
      fc.record({
        snapshot: snapshotOf(offset + piece.length + rest),
        offset: fc.constant(offset),
        bytes: fc.constant(piece),
        round: count,
      }),
    ),
  snapshotReply: () =>
    fc.record({
      snapshotId: text,
      round: count,
      result: fc.oneof(
        fc.record({ kind: fc.constant("wanted"), offset: count }),
        fc.record({ kind: fc.constant("covered"), matchIndex: count }),
        fc.record({ kind: fc.constant("damaged") }),
      ),
    }),
  readIndex: () => fc.record({ context: count }),
  readIndexReply: () => fc.record({ context: count, index: fc.option(count) }),
  campaignNow: () => fc.constant({}),
};

export const MESSAGE_KINDS = Object.keys(FIELDS) as readonly MessageKind[];

const raftMessage = fc
  .tuple(fc.constantFrom(...MESSAGE_KINDS), fc.nat(1_000_000))
  .chain(([kind, term]) => FIELDS[kind](term).map((fields) => ({ kind, term, ...fields })));

const envelope = fc.record(
  {
    cluster: text.map(asCluster),
    group: text.map(asGroup),
    from: member,
    to: member,
    boot: count.map(asBoot),
    wallMs: count,
    version: fc.nat(255),
    lives: fc.array(count.map(asBoot), { maxLength: LIVES_KEPT }),
    toBoot: count.map(asBoot),
  },
  { requiredKeys: ["cluster", "group", "from", "to", "boot", "wallMs", "version"] },
);

const body: fc.Arbitrary<(ends: { from: string; to: string }) => PeerBody> = fc.oneof(
  {
    weight: 8,
    arbitrary: raftMessage.map(
      (fields) => (ends: Fields) => ({ kind: "raft", message: { ...ends, ...fields } as unknown as Message }) as const,
    ),
  },
  fc.record({ kind: fc.constant("youAreWiped" as const), yourBoot: count.map(asBoot), why: text }).map((wiped) => () => wiped),
  fc.constant(() => ({ kind: "youAreRemoved" }) as const),
  fc
    .array(fc.record({ member, boot: count.map(asBoot) }), { maxLength: LIVES_SEEN_MAX })
    .map((seen) => () => ({ kind: "livesSeen", seen }) as const),
  fc
    .array(fc.record({ index: count.map(asIndex), digest: text }), { maxLength: 16 })
    .map((digests) => () => ({ kind: "stateDigests", format: 1, digests }) as const),
);

export const arbitraryMessage: fc.Arbitrary<PeerMessage> = fc
  .tuple(envelope, body)
  .map(([fields, makeBody]) => ({ ...fields, body: makeBody({ from: fields.from, to: fields.to }) }));
