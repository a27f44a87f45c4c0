// What a backup is made of, before it is packed: lines of JSON. The first says whose it is, each of the others is a key, and the last how
// many there are and what all lines before it sum up to: without that line it is not whole. docs/formats.md, "A backup". Pure.
import { keyFields, keyIn, valueFields, valueIn } from "../bytes-json.ts";
import type { Fields } from "../json.ts";
import { fieldsOf, numberOf, parseJson, textOf } from "../json.ts";

export const FORMAT = 1;
const KIND = "flotilla.backup";
const END = "flotilla.backup.end";

/** `createdAt`: when it was begun. */
export type BackupHeader = { readonly cluster: string; readonly createdAt: string };
export type BackupRecord = {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  /** Null: the key stays. */
  readonly expiresAtMs: number | null;
};
export type BackupEnd = { readonly keys: number; readonly sha256: string };

export const headerLine = (header: BackupHeader): string => line({ kind: KIND, format: FORMAT, ...header });
export const endLine = (end: BackupEnd): string => line({ kind: END, ...end });

export function recordLine({ key, value, expiresAtMs }: BackupRecord): string {
  return line({ ...keyFields(key), ...valueFields(value), ...(expiresAtMs === null ? {} : { expiresAtMs }) });
}

export type ReadHeader = { readonly kind: "header"; readonly header: BackupHeader } | { readonly kind: "refused"; readonly why: string };

export function readHeader(text: string): ReadHeader {
  const fields = fieldsOf(parseJson(text));
  const [format, cluster, createdAt] = [numberOf(fields["format"]), textOf(fields["cluster"]), textOf(fields["createdAt"])];
  if (fields["kind"] !== KIND) return { kind: "refused", why: "it does not begin as a backup does" };
  if (format !== FORMAT)
    return { kind: "refused", why: `it has format ${String(format)}, and this program knows ${FORMAT}: take a newer one` };
  if (cluster === null || createdAt === null) return { kind: "refused", why: "its first line does not say whose it is" };
  return { kind: "header", header: { cluster, createdAt } };
}

export type ReadLine =
  | { readonly kind: "record"; readonly record: BackupRecord }
  | { readonly kind: "end"; readonly end: BackupEnd }
  | { readonly kind: "nonsense" };

export function readLine(text: string): ReadLine {
  const fields = fieldsOf(parseJson(text));
  if (fields["kind"] === END) {
    const [keys, sha256] = [numberOf(fields["keys"]), textOf(fields["sha256"])];
    return keys === null || sha256 === null ? { kind: "nonsense" } : { kind: "end", end: { keys, sha256 } };
  }
  const record = recordIn(fields);
  return record === null ? { kind: "nonsense" } : { kind: "record", record };
}

function recordIn(fields: Fields): BackupRecord | null {
  const [key, value] = [keyIn(fields), valueIn(fields)];
  if (key === null || key.length === 0 || value === null) return null;
  const expiresAtMs = fields["expiresAtMs"] === undefined ? null : numberOf(fields["expiresAtMs"]);
  return expiresAtMs === null && fields["expiresAtMs"] !== undefined ? null : { key, value, expiresAtMs };
}

const line = (fields: Fields): string => `${JSON.stringify(fields)}\n`;
