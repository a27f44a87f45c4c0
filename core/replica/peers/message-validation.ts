// Whether a message has the shape that its type promises. It comes from another process, perhaps of another version,
// perhaps not of ours at all; behind this check the types are believed. What it says may still be wrong: that is for the
// consensus to see through.
import { decodeMembership } from "../../raft/membership.ts";
import type { Membership } from "../../raft/membership.ts";
import type { Entry, EntryId } from "../../raft/entry.ts";
import type { Message, MessageKind, MessageOf } from "../../raft/messages.ts";
import type { SnapshotMeta } from "../../raft/snapshot-meta.ts";
import { LIVES_KEPT } from "../life-number.ts";
import { isOrdinal, isRecord, isText } from "../identity.ts";
import { LIVES_SEEN_MAX } from "../peer-message.ts";
import type { IndexDigest, PeerBody, PeerMessage } from "../peer-message.ts";
import { DIGESTS_MAX } from "../watching/checkpoints.ts";

export function isWellFormed(message: PeerMessage): boolean {
  const { cluster, group, from, to, boot, lives = [], toBoot = 0, wallMs, version, body } = message;
  const isAddressed = isText(cluster) && isText(group) && isText(from) && isText(to);
  const areLives = Array.isArray(lives) && lives.length <= LIVES_KEPT && lives.every(isCount) && isCount(toBoot);
  return (
    isAddressed && areLives && isCount(boot) && isCount(wallMs) && isCount(version) && isRecord(body) && isWellFormedBody(message, body)
  );
}

function isWellFormedBody({ from, to }: PeerMessage, body: PeerBody): boolean {
  switch (body.kind) {
    case "raft":
      return isRecord(body.message) && body.message.from === from && body.message.to === to && isWellFormedRaft(body.message);
    case "youAreWiped":
      return isCount(body.yourBoot) && typeof body.why === "string";
    case "youAreRemoved":
      return true;
    case "livesSeen":
      return Array.isArray(body.seen) && body.seen.length <= LIVES_SEEN_MAX && body.seen.every(isLifeSeen);
    case "stateDigests":
      return isCount(body.format) && Array.isArray(body.digests) && areDigests(body.digests);
    default:
      return false;
  }
}

const isLifeSeen = (value: unknown): boolean => isRecord(value) && isText(value["member"]) && isCount(value["boot"]);

function areDigests(digests: readonly IndexDigest[]): boolean {
  return digests.length <= DIGESTS_MAX && digests.every((each) => isRecord(each) && isPosition(each.index) && isText(each.digest));
}

function isWellFormedRaft(message: Message): boolean {
  if (!isPosition(message.term) || typeof message.kind !== "string" || !Object.hasOwn(CHECKS, message.kind)) return false;
  return CHECKS[message.kind](message as never);
}

const CHECKS: { readonly [K in MessageKind]: (message: MessageOf<K>) => boolean } = {
  preVote: ({ last }) => isEntryId(last),
  preVoteReply: ({ granted }) => typeof granted === "boolean",
  vote: ({ last, transfer }) => isEntryId(last) && typeof transfer === "boolean",
  voteReply: ({ granted }) => typeof granted === "boolean",
  append: ({ previous, entries, commitIndex, round, term }) =>
    isEntryId(previous) && isCount(commitIndex) && isCount(round) && Array.isArray(entries) && areConsecutive(entries, { previous, term }),
  appendReply: ({ round, result }) => {
    if (!isCount(round) || !isRecord(result)) return false;
    if (result.kind === "accepted") return isCount(result.matchIndex);
    return result.kind === "conflict" && isCount(result.previousIndex) && isEntryId(result.hint);
  },
  snapshotChunk: ({ snapshot, offset, bytes, round, term }) =>
    isCount(round) &&
    isCount(offset) &&
    bytes instanceof Uint8Array &&
    isSnapshotMeta(snapshot) &&
    snapshot.base.term <= term &&
    offset + bytes.length <= snapshot.sizeBytes,
  snapshotReply: ({ snapshotId, round, result }) => {
    if (!isText(snapshotId) || !isCount(round) || !isRecord(result)) return false;
    if (result.kind === "wanted") return isCount(result.offset);
    return result.kind === "damaged" || (result.kind === "covered" && isCount(result.matchIndex));
  },
  readIndex: ({ context }) => isCount(context),
  readIndexReply: ({ context, index }) => isCount(context) && (index === null || isCount(index)),
  campaignNow: () => true,
};

type After = { readonly previous: EntryId; readonly term: Message["term"] };

function areConsecutive(entries: readonly Entry[], { previous, term }: After): boolean {
  let before = previous;
  let commandsBefore = -1;
  for (const entry of entries) {
    if (!isEntry(entry) || entry.index !== before.index + 1 || entry.term < before.term || entry.term > term) return false;
    // How many commands there are before the first entry, the sender alone knows.
    const commands = entry.serviceIndex - (entry.kind === "command" ? 1 : 0);
    if (commands < 0 || (commandsBefore !== -1 && commands !== commandsBefore)) return false;
    commandsBefore = entry.serviceIndex;
    before = entry;
  }
  return true;
}

function isEntry(entry: unknown): entry is Entry {
  if (typeof entry !== "object" || entry === null) return false;
  const { index, term, serviceIndex, version, kind, bytes } = entry as Entry;
  if (!isPosition(index) || !isPosition(term) || !isPosition(serviceIndex) || !isCount(version)) return false;
  if (!(bytes instanceof Uint8Array)) return false;
  if (kind === "membership") return isMembershipEntry(entry as Entry);
  return kind === "command" || kind === "termStart" || kind === "version";
}

/** Only here is the body looked at: to ask for it is to have it made. */
function isMembershipEntry({ body, index }: Entry): boolean {
  return body instanceof Uint8Array && isMembership(decodeMembership(body, index));
}

function isSnapshotMeta(value: SnapshotMeta): boolean {
  if (!isRecord(value) || !isText(value.id) || !isRecord(value.base) || !isEntryId(value.base)) return false;
  const { base, membership, version, sizeBytes, checksum } = value;
  return isPosition(base.serviceIndex) && isMembership(membership) && isCount(version) && isCount(sizeBytes) && isCount(checksum);
}

function isMembership(value: Membership | null): boolean {
  if (!isRecord(value) || !isCount(value.index) || !isRecord(value.places)) return false;
  const { voters, outgoing, learners, removed, places } = value;
  const areIds = [voters, outgoing, learners, removed].every((ids) => Array.isArray(ids) && ids.every(isText));
  return areIds && Object.values(places).every((place) => isRecord(place) && isOrdinal(place.ordinal) && isText(place.address));
}

function isEntryId(value: EntryId): boolean {
  return typeof value === "object" && value !== null && isPosition(value.index) && isPosition(value.term);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/**
 * Terms and places in the log are counted on from here, and an entry has 48 bits for each. Half of that is out of reach by
 * counting; a message that says more would leave its receiver without a next term, for ever.
 */
function isPosition(value: unknown): boolean {
  return isCount(value) && (value as number) < 2 ** 47;
}
