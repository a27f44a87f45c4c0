// How far a copy of a shard has come. First all keys in their order, then all sessions in theirs; both while the shard goes
// on changing, so what is copied first may be out of date when the last is. Then what has changed since the copy began, in
// the order of the changes, until nothing is left. `start` is the number of the last change before the copy began.
import { EMPTY_BYTES } from "../../base/bytes.ts";
import { ByteReader } from "../../base/byte-reader.ts";
import { ByteWriter } from "../../base/byte-writer.ts";

export type CopyCursor =
  | { readonly phase: "begin" }
  | { readonly phase: "keys"; readonly start: number; readonly after: Uint8Array }
  | { readonly phase: "sessions"; readonly start: number; readonly after: Uint8Array }
  | { readonly phase: "changes"; readonly since: number };

export const BEGIN: CopyCursor = { phase: "begin" };

const PHASES = ["begin", "keys", "sessions", "changes"] as const;

export function encodeCursor(cursor: CopyCursor): Uint8Array {
  const writer = new ByteWriter().uint8(PHASES.indexOf(cursor.phase));
  if (cursor.phase === "changes") writer.count(cursor.since);
  else if (cursor.phase !== "begin") writer.count(cursor.start).raw(cursor.after);
  return writer.finish();
}

/** Null for bytes that are none. */
export function decodeCursor(bytes: Uint8Array): CopyCursor | null {
  const reader = new ByteReader(bytes);
  const phase = PHASES[reader.uint8()];
  const number = phase === "begin" ? 0 : reader.count();
  const after = reader.rest();
  if (phase === undefined || !reader.isIntact) return null;
  if (phase === "keys" || phase === "sessions") return { phase, start: number, after: after.slice() };
  if (after.length > EMPTY_BYTES.length) return null;
  return phase === "begin" ? BEGIN : { phase, since: number };
}
