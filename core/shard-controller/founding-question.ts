// What a replica asks the controllers, over the peer port, before and after its group is founded: was my group founded, and
// by whom? It says where it is at the same time, and, when every place of its group is blank, who is to found it. JSON
// values; reading trusts nothing.
import { asGroup } from "../base/ids.ts";
import type { ClusterId, GroupId } from "../base/ids.ts";
import type { FoundingMember, FoundingRecord } from "../replica/identity.ts";
import { isOrdinal, isRecord, isText, parseFounding, parseFoundingMember, PLACES_MAX } from "../replica/identity.ts";
import type { MemberAddress } from "../shards/configuration.ts";
import { isGroupId, membersAsJson, membersFromJson } from "../shards/configuration.ts";

/** The group that the controllers themselves make up. No group of replicas has its name. */
export const CONTROLLERS_GROUP = asGroup("controllers");

export const FOUNDING_QUESTION = "founding";

export type FoundingQuestion = {
  readonly group: GroupId;
  /** The one that the asker belongs to or insists on. Controllers of another one record nothing. */
  readonly cluster: ClusterId | null;
  readonly ordinal: number;
  readonly address: MemberAddress;
  /** To be recorded, unless there is a record. */
  readonly found: readonly FoundingMember[] | null;
};

/** The cluster is the controllers'; no founding: none is recorded, or the asker belongs to another cluster. */
export type FoundingAnswer = { readonly cluster: ClusterId; readonly founding: FoundingRecord | null };

export function foundingQuestionAsJson({ address, ...question }: FoundingQuestion): unknown {
  return { ...question, address: membersAsJson([address]) };
}

export function parseFoundingQuestion(value: unknown): FoundingQuestion | null {
  if (!isRecord(value)) return null;
  const { group, cluster, ordinal } = value;
  const [address] = membersFromJson(value["address"]) ?? [];
  const found = value["found"] === null ? null : foundersIn(value["found"]);
  if (!isGroupId(group) || group === CONTROLLERS_GROUP || !(cluster === null || isText(cluster))) return null;
  if (!isOrdinal(ordinal) || address === undefined || found === undefined) return null;
  return { group, cluster: cluster as ClusterId | null, ordinal, address, found };
}

/** Undefined for what are no founders. */
function foundersIn(value: unknown): readonly FoundingMember[] | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > PLACES_MAX) return undefined;
  const members = value.map(parseFoundingMember);
  return members.includes(null) ? undefined : (members as readonly FoundingMember[]);
}

/** Null for what is no answer about this group. */
export function parseFoundingAnswer(value: unknown, group: GroupId): FoundingAnswer | null {
  if (!isRecord(value) || !isText(value["cluster"])) return null;
  const cluster = value["cluster"] as ClusterId;
  if (value["founding"] === null) return { cluster, founding: null };
  const founding = parseFounding(value["founding"]);
  return founding?.group === group && founding.cluster === cluster ? { cluster, founding } : null;
}
