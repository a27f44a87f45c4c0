// A shard that is being copied from another group, until all of it is here. Nobody is served from it. Chunks are taken in
// their order only: one that comes twice, or belongs to a copy that was given up, does not fit the cursor and changes nothing.
import { equalBytes } from "../../base/bytes.ts";
import { ByteReader } from "../../base/byte-reader.ts";
import { readSession } from "../../replica/applied/session-bytes.ts";
import type { SessionLimits } from "../../replica/applied/sessions.ts";
import { emptyContent } from "../shard-content.ts";
import type { ShardContent } from "../shard-content.ts";
import { shardOf } from "../slots.ts";
import type { Chunk, Piece, Totals } from "./chunk.ts";
import { BEGIN, encodeCursor } from "./copy-cursor.ts";
import type { CopyCursor } from "./copy-cursor.ts";

export type Staged =
  /** It does not fit, and nothing was changed. */
  | "late"
  | "taken"
  /** All of it is here, and adds up. */
  | "whole"
  /** It can't be what was sent, or does not add up. What was copied is worth nothing. */
  | "wrong";

export class Staging {
  readonly #shard: number;
  readonly content: ShardContent;
  cursor: CopyCursor;

  /** `content`: what was copied already, in an earlier life. */
  constructor(shard: number, limits: SessionLimits, content = emptyContent(limits)) {
    this.#shard = shard;
    this.content = content;
    this.cursor = BEGIN;
  }

  /** `from`: where the copy was when this chunk was asked for. */
  take(from: Uint8Array, { next, pieces, totals }: Chunk): Staged {
    if (!equalBytes(from, encodeCursor(this.cursor))) return "late";
    for (const piece of pieces) if (!this.#takePiece(piece)) return "wrong";
    this.cursor = next;
    if (next.phase === "begin") return "wrong";
    if (totals === null) return "taken";
    this.content.kv.raiseRevision(totals.revision);
    return this.#addsUpTo(totals) ? "whole" : "wrong";
  }

  #addsUpTo({ keysDigest, sessionsDigest }: Totals): boolean {
    return this.content.kv.digest() === keysDigest && this.content.sessions.digest() === sessionsDigest;
  }

  #takePiece({ kind, bytes }: Piece): boolean {
    const { kv, sessions } = this.content;
    if (kind === "item") return this.#belongs(kv.importItem(bytes));
    if (kind === "keyGone") kv.removeItem(bytes);
    else if (kind === "sessionGone") sessions.drop(bytes);
    else return this.#takeSession(bytes);
    return true;
  }

  #belongs(key: Uint8Array | null): boolean {
    return key !== null && shardOf(key) === this.#shard;
  }

  #takeSession(bytes: Uint8Array): boolean {
    const reader = new ByteReader(bytes);
    const session = readSession(reader);
    if (session === null || reader.remaining > 0) return false;
    this.content.sessions.put(session.client, session.fields);
    return true;
  }
}
