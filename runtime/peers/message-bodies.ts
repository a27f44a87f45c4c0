// How each kind of peer message is written into header fields and raw bodies, and read back: both directions side by side,
// one row per kind. Reading trusts nothing; what it can't check field by field (entries that follow each other) it checks here.
import type { MemberId, Term } from "../../core/base/ids.ts";
import { asBoot, asIndex, asMember, asTerm } from "../../core/base/ids.ts";
import { assert } from "../../core/base/assert.ts";
import { EMPTY_BYTES } from "../../core/base/bytes.ts";
import type { Entry, EntryId } from "../../core/raft/entry.ts";
import { decodeEntry } from "../../core/raft/entry.ts";
import type { AppendResult, Message, MessageKind, MessageOf, SnapshotReply } from "../../core/raft/messages.ts";
import { LIVES_SEEN_MAX } from "../../core/replica/peer-message.ts";
import type { LifeSeen, PeerBody, PeerMessage } from "../../core/replica/peer-message.ts";
import { readSnapshotMeta, writeSnapshotMeta } from "./snapshot-meta-fields.ts";
import type { HeaderFields } from "./header-fields.ts";

export type RawBodies = readonly Uint8Array[];
type Written = { readonly fields: Readonly<Record<string, unknown>>; readonly raw: RawBodies };
type Ends = { readonly from: MemberId; readonly to: MemberId };
type Addressed = Ends & { readonly term: Term };

type Format<K extends MessageKind> = {
  readonly write: (message: MessageOf<K>) => Readonly<Record<string, unknown>>;
  readonly read: (addressed: Addressed, fields: HeaderFields, raw: RawBodies) => MessageOf<K>;
  /** Only for kinds with bodies. */
  readonly raw?: (message: MessageOf<K>) => RawBodies;
};

const NO_BODIES: RawBodies = [];

const FORMATS: { readonly [K in MessageKind]: Format<K> } = {
  preVote: {
    write: ({ last }) => ({ last: pair(last) }),
    read: (addressed, fields) => ({ ...addressed, kind: "preVote", last: entryId(fields, "last") }),
  },
  preVoteReply: {
    write: ({ granted }) => ({ granted }),
    read: (addressed, fields) => ({ ...addressed, kind: "preVoteReply", granted: fields.flag("granted") }),
  },
  vote: {
    write: ({ last, transfer }) => ({ last: pair(last), transfer }),
    read: (addressed, fields) => ({
      ...addressed,
      kind: "vote",
      last: entryId(fields, "last"),
      transfer: fields.flag("transfer"),
    }),
  },
  voteReply: {
    write: ({ granted }) => ({ granted }),
    read: (addressed, fields) => ({ ...addressed, kind: "voteReply", granted: fields.flag("granted") }),
  },
  append: {
    write: ({ previous, commitIndex, round }) => ({ previous: pair(previous), commitIndex, round }),
    raw: ({ entries }) => entries.map((entry) => entry.bytes),
    read: (addressed, fields, raw) => {
      const previous = entryId(fields, "previous");
      return {
        ...addressed,
        kind: "append",
        previous,
        entries: readEntries({ raw, previous, term: addressed.term }, fields),
        commitIndex: asIndex(fields.count("commitIndex")),
        round: fields.count("round"),
      };
    },
  },
  appendReply: {
    write: ({ round, result }) => ({ round, ...writeAppendResult(result) }),
    read: (addressed, fields) => ({
      ...addressed,
      kind: "appendReply",
      round: fields.count("round"),
      result: readAppendResult(fields),
    }),
  },
  snapshotChunk: {
    write: ({ snapshot, offset, round }) => ({ snapshot: writeSnapshotMeta(snapshot), offset, round }),
    raw: ({ bytes }) => [bytes],
    read: readSnapshotChunk,
  },
  snapshotReply: {
    write: ({ snapshotId, round, result: { kind, ...rest } }) => ({ snapshotId, round, result: kind, ...rest }),
    read: (addressed, fields) => ({
      ...addressed,
      kind: "snapshotReply",
      snapshotId: fields.text("snapshotId"),
      round: fields.count("round"),
      result: readSnapshotResult(fields),
    }),
  },
  readIndex: {
    write: ({ context }) => ({ context }),
    read: (addressed, fields) => ({ ...addressed, kind: "readIndex", context: fields.count("context") }),
  },
  readIndexReply: {
    write: ({ context, index }) => ({ context, index }),
    read: (addressed, fields) => {
      const index = fields.countOrNull("index");
      return {
        ...addressed,
        kind: "readIndexReply",
        context: fields.count("context"),
        index: index === null ? null : asIndex(index),
      };
    },
  },
  campaignNow: {
    write: () => ({}),
    read: (addressed) => ({ ...addressed, kind: "campaignNow" }),
  },
};

export function writeBody({ from, to, body }: PeerMessage): Written {
  switch (body.kind) {
    case "raft": {
      const { message } = body;
      // The envelope says it for both: on the wire there is one sender and one addressee.
      assert(message.from === from && message.to === to, "a raft message has the addresses of its envelope");
      const format = FORMATS[message.kind] as unknown as Format<MessageKind>;
      const fields = { kind: message.kind, term: message.term, ...format.write(message) };
      return { fields, raw: format.raw === undefined ? NO_BODIES : format.raw(message) };
    }
    case "youAreWiped":
    case "youAreRemoved":
      return { fields: body, raw: NO_BODIES };
    case "livesSeen": {
      const { kind, seen } = body;
      return { fields: { kind, members: seen.map(({ member }) => member), boots: seen.map(({ boot }) => boot) }, raw: NO_BODIES };
    }
    case "stateDigests":
      return {
        fields: {
          kind: body.kind,
          digestFormat: body.format,
          indexes: body.digests.map(({ index }) => index),
          digests: body.digests.map(({ digest }) => digest),
        },
        raw: NO_BODIES,
      };
  }
}

/** Null for a kind that this version doesn't know: a newer member may say things that an older one must survive. */
export function readBody({ from, to }: Ends, fields: HeaderFields, raw: RawBodies): PeerBody | null {
  const kind = fields.text("kind");
  if (Object.hasOwn(FORMATS, kind)) {
    const format = FORMATS[kind as MessageKind];
    const message: Message = format.read({ from, to, term: asTerm(fields.count("term")) }, fields, raw);
    if (format.raw === undefined && raw.length > 0) fields.refuse(`a "${kind}" has no bodies`);
    return { kind: "raft", message };
  }
  if (raw.length > 0) fields.refuse(`a "${kind}" has no bodies`);
  if (kind === "youAreRemoved") return { kind };
  if (kind === "livesSeen") return { kind, seen: readLives(fields) };
  if (kind === "stateDigests") return readDigests(fields);
  if (kind === "youAreWiped") return { kind, yourBoot: asBoot(fields.count("yourBoot")), why: fields.text("why") };
  return null;
}

function readLives(fields: HeaderFields): readonly LifeSeen[] {
  const boots = fields.countsUpTo("boots", LIVES_SEEN_MAX);
  const members = fields.texts("members");
  if (members.length !== boots.length) fields.refuse(`"members" and "boots" are not of one length`);
  return boots.map((boot, at) => ({ member: asMember(members[at] ?? ""), boot: asBoot(boot) }));
}

function readDigests(fields: HeaderFields): PeerBody {
  const digests = fields.texts("digests");
  const indexes = fields.counts("indexes", digests.length);
  const pairs = digests.map((digest, i) => ({ index: asIndex(indexes[i] ?? 0), digest }));
  return { kind: "stateDigests", format: fields.count("digestFormat"), digests: pairs };
}

const pair = ({ index, term }: EntryId): readonly [number, number] => [index, term];

function entryId(fields: HeaderFields, name: string): EntryId {
  const [index, term] = fields.counts(name, 2);
  return { index: asIndex(index ?? 0), term: asTerm(term ?? 0) };
}

type EntriesAfter = { readonly raw: RawBodies; readonly previous: EntryId; readonly term: Term };

/** The log relies on entries that follow each other; a sender that says otherwise is refused here, before it matters. */
function readEntries({ raw, previous, term }: EntriesAfter, fields: HeaderFields): readonly Entry[] {
  const entries: Entry[] = [];
  let before: EntryId | Entry = previous;
  for (const bytes of raw) {
    const entry = decodeEntry(bytes);
    if (entry === null) {
      fields.refuse(`body ${entries.length} is no entry`);
      return [];
    }
    if (!follows(entry, before) || entry.term > term) {
      fields.refuse(`entry ${entry.index} of term ${entry.term} can't follow ${before.index} of term ${before.term} in term ${term}`);
      return [];
    }
    entries.push(entry);
    before = entry;
  }
  return entries;
}

function follows(entry: Entry, before: EntryId | Entry): boolean {
  if (entry.index !== before.index + 1 || entry.term < before.term) return false;
  const counted = entry.kind === "command" ? 1 : 0;
  return "serviceIndex" in before ? entry.serviceIndex === before.serviceIndex + counted : entry.serviceIndex >= counted;
}

function writeAppendResult(result: AppendResult): Readonly<Record<string, unknown>> {
  if (result.kind === "accepted") return { result: "accepted", matchIndex: result.matchIndex };
  return { result: "conflict", previousIndex: result.previousIndex, hint: pair(result.hint) };
}

function readAppendResult(fields: HeaderFields): AppendResult {
  const kind = fields.text("result");
  if (kind === "conflict") {
    return { kind, previousIndex: asIndex(fields.count("previousIndex")), hint: entryId(fields, "hint") };
  }
  if (kind !== "accepted") fields.refuse(`"result" is neither "accepted" nor "conflict"`);
  return { kind: "accepted", matchIndex: asIndex(fields.count("matchIndex")) };
}

function readSnapshotChunk(addressed: Addressed, fields: HeaderFields, raw: RawBodies): MessageOf<"snapshotChunk"> {
  const snapshot = readSnapshotMeta(fields.object("snapshot"));
  const offset = fields.count("offset");
  const bytes = raw[0] ?? EMPTY_BYTES;
  if (raw.length !== 1) fields.refuse(`a "snapshotChunk" has one body`);
  if (offset + bytes.length > snapshot.sizeBytes) fields.refuse("the chunk reaches beyond the end of its snapshot");
  return { ...addressed, kind: "snapshotChunk", snapshot, offset, bytes, round: fields.count("round") };
}

function readSnapshotResult(fields: HeaderFields): SnapshotReply["result"] {
  const kind = fields.text("result");
  if (kind === "wanted") return { kind, offset: fields.count("offset") };
  if (kind === "covered") return { kind, matchIndex: asIndex(fields.count("matchIndex")) };
  if (kind !== "damaged") fields.refuse(`"result" is none of "wanted", "covered" and "damaged"`);
  return { kind: "damaged" };
}
