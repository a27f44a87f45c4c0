// What members without a group, or whose group is out of reach, say to each other. Plain JSON values, sent from place to
// place (not from member to member: who sits at a place is just what is asked). Any of them may be lost, late or repeated.
import type { ClusterId, GroupId, MemberId } from "../base/ids.ts";
import type { Place } from "../raft/membership.ts";
import type { Identity } from "./identity.ts";
import { isOrdinal, isRecord, isText, parseIdentity, parsePlace } from "./identity.ts";

/** Names one question of one life of one member, so that an answer to an earlier question is recognised as late. */
export type AskId = { readonly asker: MemberId; readonly boot: number; readonly sequence: number };

export type BirthBody =
  /** Who are you? `places`: how many places the asker's configuration has. */
  | { readonly kind: "ask"; readonly ask: AskId; readonly places: number }
  | { readonly kind: "answer"; readonly ask: AskId; readonly identity: Identity; readonly places: number }
  | { readonly kind: "turnedAway"; readonly ask: AskId; readonly why: string }
  /** Make me a learner of my place. Only a leader can. */
  | ({ readonly kind: "join"; readonly member: MemberId } & Reference)
  /** `removed`: never, under this id. */
  | ({
      readonly kind: "joinAnswer";
      readonly member: MemberId;
      readonly accepted: boolean;
      readonly removed: boolean;
      readonly message: string;
    } & Reference);

/** Of which cluster the sender is, and which letter this is or answers. Older programs say neither. */
type Reference = { readonly cluster: ClusterId | null; readonly ask: AskId | null };

export type BirthMessage = { readonly group: GroupId; readonly from: Place; readonly body: BirthBody };

/** Null for anything that is no such message. */
export function parseBirthMessage(value: unknown): BirthMessage | null {
  if (!isRecord(value) || !isText(value["group"])) return null;
  const from = parsePlace(value["from"]);
  const body = parseBody(value["body"]);
  return from === null || body === null ? null : { group: value["group"] as GroupId, from, body };
}

type Fields = Readonly<Record<string, unknown>>;

const PARSERS: { readonly [K in BirthBody["kind"]]: (fields: Fields) => BirthBody | null } = {
  ask: (fields) => {
    const ask = parseAskId(fields["ask"]);
    return ask !== null && isOrdinal(fields["places"]) ? { kind: "ask", ask, places: fields["places"] } : null;
  },
  answer: (fields) => {
    const ask = parseAskId(fields["ask"]);
    const identity = parseIdentity(fields["identity"]);
    if (ask === null || identity === null || !isOrdinal(fields["places"])) return null;
    return { kind: "answer", ask, identity, places: fields["places"] };
  },
  turnedAway: (fields) => {
    const ask = parseAskId(fields["ask"]);
    return ask !== null && isText(fields["why"]) ? { kind: "turnedAway", ask, why: fields["why"] } : null;
  },
  join: (fields) => {
    const reference = parseReference(fields);
    return reference !== null && isText(fields["member"]) ? { kind: "join", member: fields["member"] as MemberId, ...reference } : null;
  },
  joinAnswer: (fields) => {
    const { member, accepted, removed, message } = fields;
    const reference = parseReference(fields);
    if (!isText(member) || typeof accepted !== "boolean" || typeof removed !== "boolean" || !isText(message)) return null;
    return reference === null ? null : { kind: "joinAnswer", member: member as MemberId, accepted, removed, message, ...reference };
  },
};

function parseReference({ cluster = null, ask = null }: Fields): Reference | null {
  const parsed = ask === null ? null : parseAskId(ask);
  if ((cluster !== null && !isText(cluster)) || (ask !== null && parsed === null)) return null;
  return { cluster: cluster as ClusterId | null, ask: parsed };
}

function parseBody(value: unknown): BirthBody | null {
  if (!isRecord(value) || typeof value["kind"] !== "string" || !Object.hasOwn(PARSERS, value["kind"])) return null;
  return PARSERS[value["kind"] as BirthBody["kind"]](value);
}

function parseAskId(value: unknown): AskId | null {
  if (!isRecord(value) || !isText(value["asker"]) || !isCount(value["boot"]) || !isCount(value["sequence"])) return null;
  return { asker: value["asker"] as MemberId, boot: value["boot"], sequence: value["sequence"] };
}

const isCount = (value: unknown): value is number => typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
