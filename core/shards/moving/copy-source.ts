// The next chunk of a shard that leaves, read from the applied state of any member of its group. Null: this member can't tell,
// because it has not come as far as the copy has.
import { equalBytes } from "../../base/bytes.ts";
import { encodeSession } from "../../replica/applied/session-bytes.ts";
import type { ShardContent } from "../shard-content.ts";
import type { Change } from "./change-log.ts";
import type { ChangeLog } from "./change-log.ts";
import type { Chunk, Piece } from "./chunk.ts";
import type { CopyCursor } from "./copy-cursor.ts";
import { BEGIN } from "./copy-cursor.ts";

export type Leaving = {
  readonly content: ShardContent;
  readonly changes: ChangeLog;
  /** Log time at which the shard was frozen; null while it still serves. */
  readonly frozenAtMs: number | null;
};

type CursorOf<P extends CopyCursor["phase"]> = Extract<CopyCursor, { readonly phase: P }>;

export function readChunk(leaving: Leaving, cursor: CopyCursor, bytesMax: number): Chunk | null {
  const { changes } = leaving;
  if (cursor.phase === "begin") return readKeys(leaving, { start: changes.sequence, after: null }, bytesMax);
  const reached = cursor.phase === "changes" ? cursor.since : cursor.start;
  if (reached > changes.sequence) return null;
  // What was changed since is not known any more.
  if (reached < changes.base) return { next: BEGIN, left: 0, pieces: [], totals: null };
  if (cursor.phase === "keys") return readKeys(leaving, cursor, bytesMax);
  return cursor.phase === "sessions" ? readSessions(leaving, cursor, bytesMax) : readChanges(leaving, cursor, bytesMax);
}

type KeysFrom = { readonly start: number; readonly after: Uint8Array | null };

function readKeys({ content, changes }: Leaving, { start, after }: KeysFrom, bytesMax: number): Chunk {
  const page = content.kv.exportItems(after, bytesMax);
  const pieces = page.items.map((bytes): Piece => ({ kind: "item", bytes }));
  const next: CopyCursor =
    page.next === null ? { phase: "sessions", start, after: new Uint8Array(0) } : { phase: "keys", start, after: page.next };
  return { next, left: changes.sequence - start, pieces, totals: null };
}

function readSessions({ content, changes }: Leaving, { start, after }: CursorOf<"sessions">, bytesMax: number): Chunk {
  const pieces: Piece[] = [];
  const left = changes.sequence - start;
  const sessions = content.sessions.cursor(after);
  let last = after;
  for (let bytes = 0; sessions.next();) {
    if (equalBytes(sessions.key, after)) continue;
    const session = encodeSession(sessions.key, sessions.value);
    if (pieces.length > 0 && bytes + session.length > bytesMax) {
      return { next: { phase: "sessions", start, after: last }, left, pieces, totals: null };
    }
    pieces.push({ kind: "session", bytes: session });
    bytes += session.length;
    last = sessions.key.slice();
  }
  return { next: { phase: "changes", since: start }, left, pieces, totals: null };
}

function readChanges(leaving: Leaving, { since }: CursorOf<"changes">, bytesMax: number): Chunk {
  const { content, changes, frozenAtMs } = leaving;
  const pieces: Piece[] = [];
  let last = since;
  let bytes = 0;
  for (const change of changes.since(since)) {
    const piece = pieceOf(content, change);
    if (pieces.length > 0 && bytes + piece.bytes.length > bytesMax) {
      return { next: { phase: "changes", since: last }, left: changes.sequence - last, pieces, totals: null };
    }
    pieces.push(piece);
    bytes += piece.bytes.length;
    last = change.sequence;
  }
  const next: CopyCursor = { phase: "changes", since: changes.sequence };
  if (frozenAtMs === null) return { next, left: 0, pieces, totals: null };
  const { kv, sessions } = content;
  const totals = { keysDigest: kv.digest(), sessionsDigest: sessions.digest(), revision: kv.revision, stampMs: frozenAtMs };
  return { next, left: 0, pieces, totals };
}

function pieceOf({ kv, sessions }: ShardContent, { kind, id }: Change): Piece {
  if (kind === "key") {
    const item = kv.exportItem(id);
    return item === null ? { kind: "keyGone", bytes: id } : { kind: "item", bytes: item };
  }
  const session = sessions.get(id);
  return session === null ? { kind: "sessionGone", bytes: id } : { kind: "session", bytes: encodeSession(id, session) };
}
