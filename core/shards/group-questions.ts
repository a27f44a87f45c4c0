// What groups and controllers ask each other over the peer port, as JSON values. Reading trusts nothing.
import type { ClusterId } from "../base/ids.ts";
import type { Configuration } from "./configuration.ts";

export const CONFIGURATION_QUESTION = "configuration";

/** Which configuration has this number; null: the latest. Controllers of another cluster answer without one. */
export type ConfigurationQuestion = { readonly cluster: ClusterId | null; readonly number: number | null };

/** `configuration`: encoded, as base64. Null: it is not kept any more, or does not exist yet, or not for this asker. */
export type ConfigurationAnswer = {
  readonly cluster: ClusterId;
  readonly oldest: number;
  readonly latest: number;
  readonly configuration: string | null;
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
