// One session with all that it remembers, as bytes: in a snapshot, and on the way to another group.
import { EMPTY_BYTES } from "../../base/bytes.ts";
import { ByteReader } from "../../base/byte-reader.ts";
import { ByteWriter } from "../../base/byte-writer.ts";
import type { TreeCursor } from "../../kv/ordered-tree.ts";
import { CLIENT_ID_BYTES_MAX } from "./client-id.ts";
import type { SnapshotSource } from "../state-machine.ts";
import { isIntact } from "./sessions.ts";
import type { SessionFields, SessionRecord, Sessions } from "./sessions.ts";

export function writeSession(writer: ByteWriter, client: Uint8Array, { acked, lastUsedMinute, serials, answers }: SessionFields): void {
  writer.sized(client).count(acked).count(lastUsedMinute).count(serials.length);
  serials.forEach((serial, i) => writer.count(serial).sized(answers[i] as Uint8Array));
}

export function encodeSession(client: Uint8Array, fields: SessionFields): Uint8Array {
  const writer = new ByteWriter();
  writeSession(writer, client, fields);
  return writer.finish();
}

/** All sessions as they were when it was made. */
export class SessionSource implements SnapshotSource {
  readonly #cursor: TreeCursor<SessionRecord>;
  #isSound = true;

  constructor(sessions: Sessions) {
    this.#cursor = sessions.snapshot().cursor(EMPTY_BYTES);
  }

  get isSound(): boolean {
    return this.#isSound;
  }

  next(slice: ByteWriter, bytesMax: number): boolean {
    const start = slice.length;
    while (slice.length - start < bytesMax && this.#cursor.next()) {
      const { key: client, value: record } = this.#cursor;
      this.#isSound &&= isIntact(client, record);
      writeSession(slice, client, record);
    }
    return slice.length > start;
  }
}

/** Puts all sessions that the bytes hold. False: these are none, and nothing that was put is worth anything. */
export function readSessions(bytes: Uint8Array, into: Sessions): boolean {
  const reader = new ByteReader(bytes);
  while (reader.remaining > 0) {
    const session = readSession(reader);
    if (session === null) return false;
    into.put(session.client, session.fields);
  }
  return true;
}

/** Client and answers are copies. Null: this is no session. */
export function readSession(reader: ByteReader): { readonly client: Uint8Array; readonly fields: SessionFields } | null {
  const client = reader.sized().slice();
  const [acked, lastUsedMinute, open] = [reader.count(), reader.count(), reader.count()];
  const serials: number[] = [];
  const answers: Uint8Array[] = [];
  for (let i = 0; i < open && reader.isIntact; i++) {
    serials.push(reader.count());
    answers.push(reader.sized().slice());
  }
  if (!reader.isIntact || client.length > CLIENT_ID_BYTES_MAX) return null;
  const isRising = serials.every((serial, i) => serial > (serials[i - 1] ?? acked));
  return isRising ? { client, fields: { acked, lastUsedMinute, serials, answers } } : null;
}
