// What groups ask each other, and what they ask the controllers, as JSON values for the peer port. Bytes of commands, queries
// and answers are base64 in here; the host puts them in and takes them out. Anybody may send anything: what is not
// well formed reads as null.
import { textOf, utf8 } from "../base/bytes.ts";
import type { GroupId } from "../base/ids.ts";
import type { Outcome, RefusalCode, UnknownAfter } from "../base/outcome.ts";
import { REFUSALS, refused, unknown } from "../base/outcome.ts";
import type { Configuration } from "./configuration.ts";
import { decodeConfiguration, encodeConfiguration } from "./configuration.ts";

/** To the controllers: the configuration of this number; null for the latest. */
export const CONFIGURATION_QUESTION = "configuration";
/** To a group: a read of its applied state, or a command for its log. */
export const GROUP_QUESTION = "group";

type Fields = Readonly<Record<string, unknown>>;

export function configurationQuestion(number: number | null): unknown {
  return { number };
}

export function parseConfigurationQuestion(value: unknown): { readonly number: number | null } | null {
  if (!isRecord(value)) return null;
  const { number } = value;
  return number === null || isCount(number) ? { number } : null;
}

/** Null: there is no such configuration yet. */
export function configurationAnswer(configuration: Configuration | null): unknown {
  return { configuration: configuration === null ? null : textOf(encodeConfiguration(configuration)) };
}

/** Null where there is none, and for what is no answer. */
export function parseConfigurationAnswer(value: unknown): Configuration | null {
  const text = isRecord(value) ? value["configuration"] : null;
  return typeof text === "string" ? decodeConfiguration(utf8(text)) : null;
}

export type GroupQuestion = {
  readonly group: GroupId;
  /** Who asks, and which configuration the asking group has. */
  readonly from: GroupId;
  readonly configNumber: number;
  readonly kind: "read" | "write";
  readonly operation: string;
};

export function parseGroupQuestion(value: unknown): GroupQuestion | null {
  if (!isRecord(value)) return null;
  const { group, from, configNumber, kind, operation } = value;
  if (!isText(group) || !isText(from) || !isCount(configNumber) || typeof operation !== "string") return null;
  return kind === "read" || kind === "write" ? { group: group as GroupId, from: from as GroupId, configNumber, kind, operation } : null;
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
