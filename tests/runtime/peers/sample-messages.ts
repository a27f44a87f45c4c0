// One fixed message of every kind: for the golden file, and wherever a test needs a message and doesn't care which.
import { asBoot, asCluster, asGroup, asIndex, asMember, asServiceIndex, asTerm } from "../../../core/base/ids.ts";
import { utf8 } from "../../../core/base/bytes.ts";
import type { Entry } from "../../../core/raft/entry.ts";
import { createEntry } from "../../../core/raft/entry.ts";
import type { Message } from "../../../core/raft/messages.ts";
import type { SnapshotMeta } from "../../../core/raft/snapshot-meta.ts";
import type { PeerBody, PeerMessage } from "../../../core/replica/peer-message.ts";

export const FROM = asMember("member-a");
export const TO = asMember("member-b");
const ENDS = { from: FROM, to: TO, term: asTerm(5) };

export function inEnvelope(body: PeerBody, fields: Partial<PeerMessage> = {}): PeerMessage {
  return {
    cluster: asCluster("3f0b8a52c1d94e0f"),
    group: asGroup("1"),
    from: FROM,
    to: TO,
    boot: asBoot(3),
    wallMs: 1_763_700_000_000,
    version: 1,
    ...fields,
    body,
  };
}

export const raft = (message: Message): PeerMessage => inEnvelope({ kind: "raft", message }, { from: message.from, to: message.to });

export function command(index: number, body: Uint8Array, term = 5): Entry {
  return createEntry({
    index: asIndex(index),
    term: asTerm(term),
    serviceIndex: asServiceIndex(index - 1),
    kind: "command",
    version: 1,
    body,
  });
}

export function append(entries: readonly Entry[], round = 9): PeerMessage {
  const previous = { index: asIndex((entries[0]?.index ?? 11) - 1), term: asTerm(5) };
  return raft({ ...ENDS, kind: "append", previous, entries, commitIndex: asIndex(8), round });
}

export const SNAPSHOT: SnapshotMeta = {
  id: "member-a.120",
  base: { index: asIndex(120), term: asTerm(4), serviceIndex: asServiceIndex(117) },
  membership: {
    index: asIndex(3),
    voters: [FROM, TO],
    outgoing: [],
    learners: [asMember("member-c")],
    removed: [asMember("member-z")],
    places: {
      "member-a": { ordinal: 0, address: "127.0.0.1:7401" },
      "member-b": { ordinal: 1, address: "127.0.0.1:7411" },
      "member-c": { ordinal: 2, address: "127.0.0.1:7421" },
    },
  },
  version: 1,
  sizeBytes: 1_000,
  checksum: 0xdeadbeef,
};

export function chunk(bytes: Uint8Array, snapshot = SNAPSHOT): PeerMessage {
  return raft({ ...ENDS, kind: "snapshotChunk", snapshot, offset: 0, bytes, round: 2 });
}

export const HEARTBEAT = append([]);

export const SAMPLES: Readonly<Record<string, PeerMessage>> = {
  preVote: raft({ ...ENDS, kind: "preVote", last: { index: asIndex(11), term: asTerm(4) } }),
  preVoteReply: raft({ ...ENDS, kind: "preVoteReply", granted: true }),
  vote: raft({ ...ENDS, kind: "vote", last: { index: asIndex(11), term: asTerm(4) }, transfer: true }),
  voteReply: raft({ ...ENDS, kind: "voteReply", granted: false }),
  heartbeat: HEARTBEAT,
  append: append([command(11, utf8("put a")), command(12, utf8("ä\nb")), command(13, new Uint8Array(0))]),
  appendAccepted: raft({ ...ENDS, kind: "appendReply", round: 9, result: { kind: "accepted", matchIndex: asIndex(13) } }),
  appendConflict: raft({
    ...ENDS,
    kind: "appendReply",
    round: 9,
    result: { kind: "conflict", previousIndex: asIndex(10), hint: { index: asIndex(7), term: asTerm(3) } },
  }),
  snapshotChunk: chunk(utf8("first bytes\n")),
  snapshotWanted: raft({
    ...ENDS,
    kind: "snapshotReply",
    snapshotId: SNAPSHOT.id,
    round: 2,
    result: { kind: "wanted", offset: 12 },
  }),
  snapshotCovered: raft({
    ...ENDS,
    kind: "snapshotReply",
    snapshotId: SNAPSHOT.id,
    round: 2,
    result: { kind: "covered", matchIndex: asIndex(120) },
  }),
  snapshotDamaged: raft({ ...ENDS, kind: "snapshotReply", snapshotId: SNAPSHOT.id, round: 2, result: { kind: "damaged" } }),
  readIndex: raft({ ...ENDS, kind: "readIndex", context: 77 }),
  readIndexReply: raft({ ...ENDS, kind: "readIndexReply", context: 77, index: asIndex(13) }),
  readIndexUnknown: raft({ ...ENDS, kind: "readIndexReply", context: 77, index: null }),
  campaignNow: raft({ ...ENDS, kind: "campaignNow" }),
  youAreWiped: inEnvelope({ kind: "youAreWiped", yourBoot: asBoot(2), why: "boot 2 after boot 4" }),
  youAreRemoved: inEnvelope({ kind: "youAreRemoved" }),
  livesSeen: inEnvelope({
    kind: "livesSeen",
    seen: [
      { member: TO, boot: asBoot(4) },
      { member: asMember("member-c"), boot: asBoot(7) },
    ],
  }),
  introduced: inEnvelope({ kind: "livesSeen", seen: [] }, { lives: [asBoot(1), asBoot(2)], toBoot: asBoot(4) }),
  stateDigests: inEnvelope({
    kind: "stateDigests",
    format: 1,
    digests: [
      { index: asIndex(7), digest: "0a1b2c3d-00000000-x" },
      { index: asIndex(12), digest: "ffffffff-01234567-y" },
    ],
  }),
};
