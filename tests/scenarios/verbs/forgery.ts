// forge from=n2 to=n3 [term=1] [round=1] … : a message that no member would send, put on the network as if one had sent it.
//   previous=1/1 [entries=2/2:x,3/2:y] [commit=0]      an append
//   match=9                                            the acknowledgement of one
import { asIndex, asMember, asTerm } from "../../../core/base/ids.ts";
import type { Entry, EntryId } from "../../../core/raft/entry.ts";
import { entry } from "../../core/raft/entries.ts";
import { memberNamed, numberNamed } from "./arguments.ts";
import type { Verb } from "../stage.ts";

export const forge: Verb = (stage, given) => {
  const nobody = asMember("nobody");
  const round = numberNamed(given, "round", 1);
  const term = asTerm(numberNamed(given, "term", 1));
  const addressed = { from: memberNamed(given, "from") ?? nobody, to: memberNamed(given, "to") ?? nobody, term, round };
  const match = given.named.get("match");
  if (match !== undefined) {
    stage.cluster.network.push({ kind: "appendReply", ...addressed, result: { kind: "accepted", matchIndex: asIndex(Number(match)) } });
    return;
  }
  const entries = given.named.get("entries")?.split(",").map(entryFrom) ?? [];
  const commitIndex = asIndex(numberNamed(given, "commit", 0));
  stage.cluster.network.push({ kind: "append", ...addressed, previous: idFrom(given.named.get("previous") ?? ""), entries, commitIndex });
};

function idFrom(text: string): EntryId {
  const [index, term] = text.split("/").map(Number);
  if (index === undefined || term === undefined) throw new Error(`"${text}" names no entry: index/term is missing`);
  return { index: asIndex(index), term: asTerm(term) };
}

function entryFrom(text: string): Entry {
  const [id = "", body = ""] = text.split(":");
  const { index, term } = idFrom(id);
  return entry(index, term, body);
}
