// What the tests of core/replica ask their replicas, and what came of it, in few words.
import { textOf, utf8 } from "../../../core/base/bytes.ts";
import type { Outcome } from "../../../core/base/outcome.ts";
import { encodeCommand, encodeQuery, NO_GUARDS } from "../../../core/kv/commands.ts";
import { decodeResult } from "../../../core/kv/results.ts";
import type { Reply } from "../../../core/replica/effects.ts";
import type { ClientOperation, Session } from "../../../core/replica/events.ts";

export function put(key: string, value: string, session: Session | null = null): ClientOperation {
  return write(encodeCommand({ kind: "put", key: utf8(key), guards: NO_GUARDS, value: utf8(value) }), session);
}

export function append(key: string, value: string, session: Session | null = null): ClientOperation {
  return write(encodeCommand({ kind: "append", key: utf8(key), guards: NO_GUARDS, value: utf8(value) }), session);
}

export function remove(key: string): ClientOperation {
  return write(encodeCommand({ kind: "delete", key: utf8(key), guards: NO_GUARDS }), null);
}

export function write(command: Uint8Array, session: Session | null): ClientOperation {
  return { kind: "write", command, session };
}

export function get(key: string, consistency: "linearizable" | "stale" = "linearizable"): ClientOperation {
  return { kind: "read", query: encodeQuery({ kind: "get", key: utf8(key) }), consistency };
}

/** The value that was read, "v<version>" of a write, else the kind, the refusal or what is unknown after. */
export function shortly(outcome: Outcome<Reply> | null): string {
  if (outcome === null) return "no answer";
  if (outcome.kind === "refused") return outcome.refusal.code;
  if (outcome.kind === "unknown") return `unknown ${outcome.after}`;
  const reply = outcome.value;
  if (reply.kind !== "result") return reply.kind;
  const result = decodeResult(reply.result);
  if (result?.kind === "found") return textOf(result.value);
  return result?.kind === "written" || result?.kind === "appended" ? `v${String(result.version)}` : (result?.kind ?? "nothing");
}
