// What groups and controllers ask each other over the peer port, as JSON values. Reading trusts nothing. Bytes of commands,
// queries and answers are base64 in here; the host puts them in and takes them out.
import type { ClusterId, GroupId } from "../base/ids.ts";
import type { Outcome, RefusalCode, UnknownAfter } from "../base/outcome.ts";
import { REFUSALS, refused, unknown } from "../base/outcome.ts";
import type { Configuration } from "./configuration.ts";

/** To the controllers. */
export const CONFIGURATION_QUESTION = "configuration";
/** To a group: a read of its applied state, or a command for its log. */
export const GROUP_QUESTION = "group";

/** Which configuration has this number; null: the latest. Controllers of another cluster answer without one. */
export type ConfigurationQuestion = { readonly cluster: ClusterId | null; readonly number: number | null };

/** `configuration`: encoded, as base64. Null: it is not kept any more, or does not exist yet, or not for this asker. */
export type ConfigurationAnswer = {
  readonly cluster: ClusterId;
  readonly oldest: number;
  readonly latest: number;
  readonly configuration: string | null;
  /** Where it is a settlement: for whom a shard may stand still by it. Groups that don't know of settlements don't look at this. */
  readonly frozenTo?: readonly GroupId[];
};

export type KnownConfigurations = { readonly oldest: number; readonly latest: number; readonly configuration: Configuration | null };

/** Null for what is no such question. */
export function parseConfigurationQuestion(value: unknown): ConfigurationQuestion | null {
  if (typeof value !== "object" || value === null) return null;
  const { cluster = null, number = null } = value as Readonly<Record<string, unknown>>;
  if (!(number === null || (Number.isSafeInteger(number) && (number as number) >= 0))) return null;
  if (!(cluster === null || (typeof cluster === "string" && cluster !== ""))) return null;
  return { cluster: cluster as ClusterId | null, number: number as number | null };
}

/** Null for what is no such answer. */
export function parseConfigurationAnswer(value: unknown): ConfigurationAnswer | null {
  if (!isRecord(value)) return null;
  const { cluster, oldest, latest, configuration, frozenTo } = value;
  if (!isText(cluster) || !isCount(oldest) || !isCount(latest)) return null;
  if (configuration !== null && typeof configuration !== "string") return null;
  const answer = { cluster: cluster as ClusterId, oldest, latest, configuration };
  if (frozenTo === undefined) return answer;
  return Array.isArray(frozenTo) && frozenTo.every(isText) ? { ...answer, frozenTo: frozenTo as GroupId[] } : null;
}

export type GroupQuestion = {
  /** The asker's. Null: it does not say, as older programs don't. Another cluster may have a group of the same name. */
  readonly cluster: ClusterId | null;
  readonly group: GroupId;
  readonly kind: "read" | "write";
  readonly operation: string;
};

export function parseGroupQuestion(value: unknown): GroupQuestion | null {
  if (!isRecord(value)) return null;
  const { cluster = null, group, kind, operation } = value;
  if (!(cluster === null || isText(cluster)) || !isText(group) || typeof operation !== "string") return null;
  if (kind !== "read" && kind !== "write") return null;
  return { cluster: cluster as ClusterId | null, group: group as GroupId, kind, operation };
}

export type GroupAnswer = {
  readonly configNumber: number;
  readonly outcome: Outcome<string>;
  /** Where the leader of the group is, when a member that does not lead was asked for a write and knows it. */
  readonly leader: string | null;
};

export function groupAnswer({ configNumber, outcome, leader }: GroupAnswer): unknown {
  if (outcome.kind === "done") return { configNumber, result: outcome.value };
  if (outcome.kind === "unknown") return { configNumber, unknown: outcome.after };
  return { configNumber, code: outcome.refusal.code, message: outcome.refusal.message, leader };
}

export function parseGroupAnswer(value: unknown): GroupAnswer | null {
  if (!isRecord(value)) return null;
  const { configNumber, leader } = value;
  const outcome = outcomeIn(value);
  if (!isCount(configNumber) || outcome === null) return null;
  return { configNumber, outcome, leader: isText(leader) ? leader : null };
}

type Fields = Readonly<Record<string, unknown>>;

function outcomeIn({ result, code, message, unknown: after }: Fields): Outcome<string> | null {
  if (typeof result === "string") return { kind: "done", value: result };
  if (typeof after === "string" && UNKNOWNS.has(after)) return unknown(after as UnknownAfter);
  if (typeof code !== "string" || !Object.hasOwn(REFUSALS, code)) return null;
  return refused(code as RefusalCode, String(message));
}

const UNKNOWNS: ReadonlySet<string> = new Set<UnknownAfter>(["deadline", "leadershipLost", "connectionLost", "shutdown"]);

const TEXT_LENGTH_MAX = 256;

const isText = (value: unknown): value is string => typeof value === "string" && value.length > 0 && value.length <= TEXT_LENGTH_MAX;

const isCount = (value: unknown): value is number => typeof value === "number" && Number.isSafeInteger(value) && value >= 0;

function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
