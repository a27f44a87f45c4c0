// The sequential specification of the key/value store, one key at a time: a version is 1 when the key is created and
// rises by one with every change; deletion ends it, and the next creation begins at 1 again.
import { utf8 } from "../../base/bytes.ts";
import type { KvInput, KvOutput } from "../kv-operations.ts";
import type { KvVisibility } from "./visibility.ts";

export type KvState = {
  /** 0: the key is absent. Where versions are not seen, 1 for every key that exists. */
  readonly version: number;
  /** Null stands for every value that no read begins with. */
  readonly value: string | null;
  /** In bytes; 0 where lengths are not seen. */
  readonly length: number;
};

/** What the store would answer, in full. */
export type Answer = {
  readonly kind: KvOutput["kind"];
  readonly value?: string | null;
  readonly version?: number;
  readonly length?: number;
  readonly deleted?: boolean;
};

type Write = Extract<KvInput, { readonly kind: "put" | "append" }>;
type Increment = Extract<KvInput, { readonly kind: "increment" }>;

export const ABSENT: KvState = { version: 0, value: null, length: 0 };

export function apply(state: KvState, input: KvInput, seen: KvVisibility): Applied {
  const { version, value } = state;
  if (input.kind === "get") return { state, answer: version === 0 ? { kind: "absent" } : { kind: "found", value, version } };
  if (input.ifVersion !== undefined && input.ifVersion !== version) return { state, answer: { kind: "versionMismatch", version } };
  if (input.kind === "delete") return { state: ABSENT, answer: { kind: "deleted", deleted: version > 0 } };
  if (input.kind === "increment") return incremented(state, input, seen);
  const next = written(state, input, seen);
  return { state: next, answer: { kind: "written", version: next.version, length: next.length } };
}

function written(state: KvState, input: Write, seen: KvVisibility): KvState {
  const isAppended = input.kind === "append" && state.version > 0;
  const value = isAppended ? joined(state.value, input.value) : input.value;
  return {
    version: seen.versions ? state.version + 1 : 1,
    value: value !== null && seen.startsSomeRead(value) ? value : null,
    length: seen.lengths ? utf8(input.value).length + (isAppended ? state.length : 0) : 0,
  };
}

type Applied = { readonly state: KvState; readonly answer: Answer };

function incremented(state: KvState, { key, by }: Increment, seen: KvVisibility): Applied {
  const before = state.version === 0 ? 0n : integerOf(state.value);
  if (before === null) return { state, answer: { kind: "notAnInteger" } };
  const sum = before + BigInt(by);
  if (BigInt.asIntN(64, sum) !== sum) return { state, answer: { kind: "overflow" } };
  const next = written(state, { kind: "put", key, value: String(sum) }, seen);
  return { state: next, answer: { kind: "incremented", value: String(sum), version: next.version } };
}

/** Only the shortest text of a number of 64 bits is one. */
function integerOf(value: string | null): bigint | null {
  if (value === null || !/^-?[0-9]{1,19}$/.test(value)) return null;
  return String(BigInt.asIntN(64, BigInt(value))) === value ? BigInt(value) : null;
}

function joined(value: string | null, more: string): string | null {
  return value === null ? null : value + more;
}

export function agrees(answer: Answer, recorded: Answer): boolean {
  return (
    answer.kind === recorded.kind &&
    (recorded.value === undefined || recorded.value === answer.value) &&
    (recorded.version === undefined || recorded.version === answer.version) &&
    (recorded.length === undefined || recorded.length === answer.length) &&
    (recorded.deleted === undefined || recorded.deleted === answer.deleted)
  );
}

export function inputKey(input: KvInput, seen: KvVisibility): string {
  if (input.kind === "get") return "get";
  const kind = `${input.kind}?${input.ifVersion ?? ""}`;
  if (input.kind === "delete") return kind;
  if (input.kind === "increment") return `${kind}+${input.by}`;
  const canBeSeen = input.kind === "put" ? seen.startsSomeRead(input.value) : seen.isPartOfSomeRead(input.value);
  return canBeSeen ? `${kind}=${input.value}` : `${kind}#${seen.lengths ? utf8(input.value).length : ""}`;
}

/** The version that the key must have for the operation to give its output, if the output tells. */
export function versionNeededBy(input: KvInput, output: KvOutput): number | undefined {
  switch (output.kind) {
    case "found":
    case "versionMismatch":
      return output.version;
    case "absent":
      return 0;
    case "written":
    case "incremented":
      return output.version === undefined ? guardOf(input) : output.version - 1;
    case "deleted":
      return output.deleted ? guardOf(input) : 0;
    case "notAnInteger":
    case "overflow":
      return guardOf(input);
  }
}

function guardOf(input: KvInput): number | undefined {
  return input.kind === "get" ? undefined : input.ifVersion;
}
