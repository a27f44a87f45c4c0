// Between what the checker's model speaks of and the bytes that the store takes and gives.
import { textOf, utf8 } from "../../../core/base/bytes.ts";
import { encodeCommand as encodeKvCommand, encodeQuery as encodeKvQuery, NO_GUARDS } from "../../../core/kv/commands.ts";
import type { Guards } from "../../../core/kv/commands.ts";
import { decodeResult as decodeKvResult } from "../../../core/kv/results.ts";
import type { KvInput, KvOutput } from "../../../core/linearizability/kv-operations.ts";
import { Violation } from "../world/violation.ts";

export type KvWrite = Exclude<KvInput, { readonly kind: "get" }>;

export function encodeCommand(input: KvWrite): Uint8Array {
  const key = utf8(input.key);
  const guards: Guards = input.ifVersion === undefined ? NO_GUARDS : { ifVersion: input.ifVersion, ifRevision: null };
  if (input.kind === "delete") return encodeKvCommand({ kind: "delete", key, guards });
  if (input.kind === "increment") return encodeKvCommand({ kind: "increment", key, guards, by: BigInt(input.by) });
  return encodeKvCommand({ kind: input.kind, key, guards, value: utf8(input.value) });
}

export function encodeQuery({ key }: { readonly key: string }): Uint8Array {
  return encodeKvQuery({ kind: "get", key: utf8(key) });
}

export function decodeResult(bytes: Uint8Array): KvOutput {
  const result = decodeKvResult(bytes);
  switch (result?.kind) {
    case "found":
      return { kind: "found", value: textOf(result.value), version: result.version };
    case "absent":
      return { kind: "absent" };
    case "written":
      return { kind: "written", version: result.version };
    case "appended":
      return { kind: "written", version: result.version, length: result.length };
    case "incremented":
      return { kind: "incremented", value: String(result.value), version: result.version };
    case "notAnInteger":
    case "overflow":
      return { kind: result.kind };
    case "deleted":
      return { kind: "deleted", deleted: result.deleted };
    case "versionMismatch":
      return { kind: "versionMismatch", version: result.version };
    default:
      throw new Violation("bug", "a request gets its own answer", `a well-formed request was answered with ${result?.kind ?? "nothing"}`);
  }
}
