// A message of the group in one line, for traces.
import { textOf } from "../../core/base/bytes.ts";
import type { Entry, EntryId } from "../../core/raft/entry.ts";
import type { Message, MessageKind, MessageOf } from "../../core/raft/messages.ts";

export function describeMessage(message: Message): string {
  const text = (DETAILS[message.kind] as (message: Message) => string)(message);
  return `${message.from}→${message.to} ${message.kind} term=${String(message.term)}${text === "" ? "" : ` ${text}`}`;
}

const DETAILS: { readonly [K in MessageKind]: (message: MessageOf<K>) => string } = {
  preVote: ({ last }) => `last=${id(last)}`,
  preVoteReply: ({ granted }) => (granted ? "granted" : "refused"),
  vote: ({ last, transfer }) => `last=${id(last)}${transfer ? " transfer" : ""}`,
  voteReply: ({ granted }) => (granted ? "granted" : "refused"),
  append: ({ previous, entries, commitIndex, round }) =>
    `previous=${id(previous)} entries=[${entries.map(entryText).join(" ")}] commit=${String(commitIndex)} round=${String(round)}`,
  appendReply: ({ result, round }) =>
    `${result.kind === "accepted" ? `accepted match=${String(result.matchIndex)}` : `conflict previous=${String(result.previousIndex)} hint=${id(result.hint)}`} round=${String(round)}`,
  snapshotChunk: ({ snapshot, offset, bytes }) =>
    `snapshot=${snapshot.id} offset=${String(offset)} bytes=${String(bytes.length)}/${String(snapshot.sizeBytes)}`,
  snapshotReply: ({ snapshotId, result }) => {
    const detail =
      result.kind === "wanted"
        ? ` offset=${String(result.offset)}`
        : result.kind === "covered"
          ? ` match=${String(result.matchIndex)}`
          : "";
    return `snapshot=${snapshotId} ${result.kind}${detail}`;
  },
  readIndex: ({ context }) => `context=${String(context)}`,
  readIndexReply: ({ context, index }) => `context=${String(context)} ${index === null ? "refused" : `index=${String(index)}`}`,
  campaignNow: () => "",
};

const id = ({ index, term }: EntryId): string => `${String(index)}/${String(term)}`;

function entryText(entry: Entry): string {
  return `${id(entry)}:${entry.kind === "command" ? textOf(entry.body) : entry.kind}`;
}
