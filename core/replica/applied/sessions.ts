// Each client's request takes effect once, however often it is sent. A session remembers the answer of every serial above
// what its client has acknowledged; a serial that comes again gets the same answer and executes nothing. No answer is
// ever evicted: a session that is full refuses new work.
//
// All of this is part of the replicated state and happens while entries are applied, so time here is log time and every
// member decides the same. A session ends an hour after its last use. An id that is not known is a new one, or one whose
// session has ended; it is new only if it was issued less than an hour ago, and sessions outlive that by the margins
// below, so that no request of an ended session can ever pass for a new one.
import { present } from "../../base/assert.ts";
import { crc32c } from "../../base/checksum.ts";
import type { Outcome } from "../../base/outcome.ts";
import { refused } from "../../base/outcome.ts";
import { OrderedTree } from "../../kv/ordered-tree.ts";
import type { TreeCursor, TreeSnapshot } from "../../kv/ordered-tree.ts";
import { issuedMsOf } from "./client-id.ts";
import type { CommandSession } from "./command-envelope.ts";

/** How long an id may be used for the first time, and how long a session lives at least after its last use. */
export const SESSION_MS = 3_600_000;
/** The clock of the replica that issued an id may run ahead of log time by this much. */
export const ISSUED_AHEAD_MS_MAX = 60_000;

const MINUTE_MS = 60_000;
/** An hour, what an id may be ahead, and one more because last use is kept in whole minutes. */
const LIFETIME_MINUTES = (SESSION_MS + ISSUED_AHEAD_MS_MAX) / MINUTE_MS + 1;
/** Per command, so that many sessions that end together hold nothing up. */
const EXPIRED_PER_COMMAND_MAX = 16;
/** Of the answers that one session remembers; the last of them may go beyond. A session has to fit into one entry of a log. */
export const OPEN_BYTES_MAX = 262_144;

export type SessionFields = {
  acked: number;
  lastUsedMinute: number;
  /** Rising, all above `acked`; `answers[i]` belongs to `serials[i]`. */
  readonly serials: number[];
  readonly answers: Uint8Array[];
};

export type SessionRecord = SessionFields & {
  /** Made since the last snapshot was taken: no snapshot sees it, so it may be changed in place. */
  readonly epoch: number;
  /** Of all its answers, each with its cost. */
  bytes: number;
  /** Its part of the digest: what it is made of, as it was put there. */
  hash: number;
};

/** Of one partition. */
export type SessionLimits = {
  readonly sessionsMax: number;
  readonly openSerialsMax: number;
  /** From here on nothing new is executed for a session; passed by one answer at most. */
  readonly answerBytesMax: number;
  /** Where several partitions are held in one memory: what all of them take, and may take. */
  readonly room?: SessionRoom;
};

/** Kept by the sessions of all partitions that have it. */
export type SessionRoom = {
  sessions: number;
  answerBytes: number;
  /** From here on a partition that has its share already gets nothing more; below that each goes on. */
  readonly most: { readonly sessions: number; readonly answerBytes: number };
  readonly share: { readonly sessions: number; readonly answerBytes: number };
};

/** About what an answer takes in memory besides its bytes. */
export const ANSWER_COST_BYTES = 64;

export type Admission =
  | { readonly kind: "execute" }
  | { readonly kind: "duplicate"; readonly answer: Uint8Array }
  | { readonly kind: "refused"; readonly outcome: Outcome<never> };

const EXECUTE: Admission = { kind: "execute" };

/** Is told which session was changed, or has ended. A view: valid during the call. */
export type SessionListener = (client: Uint8Array) => void;

export class Sessions {
  /** While these sessions are on their way to another group. */
  listener: SessionListener | null = null;
  readonly #limits: SessionLimits;
  readonly #records = new OrderedTree<SessionRecord>();
  /** Keyed by the minute of last use and the client, so that the first entries are those that end first. */
  readonly #byLastUse = new OrderedTree<true>();
  /** The sum of one hash per session and one per answer: the same for sessions that remember the same. */
  #digest = 0;
  #answerBytes = 0;
  #epoch = 0;
  /** Nothing that ends by this minute is left. */
  #sweptMinute = -1;
  #admitted: { readonly client: Uint8Array; readonly record: SessionRecord; readonly serial: number } | null = null;

  constructor(limits: SessionLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#records.size;
  }

  /** Of all answers, each with its cost. */
  get answerBytes(): number {
    return this.#answerBytes;
  }

  digest(): string {
    return `${this.#digest.toString(16).padStart(8, "0")}-${String(this.#records.size)}`;
  }

  /** Log time has come to `stampMs`. */
  advance(stampMs: number): void {
    const minute = minuteOf(stampMs);
    if (minute === this.#sweptMinute) return;
    for (let i = 0; i < EXPIRED_PER_COMMAND_MAX; i++) {
      const cursor = this.#byLastUse.cursor(NO_KEY);
      if (!cursor.next() || !hasEnded(minuteIn(cursor.key), minute)) {
        this.#sweptMinute = minute;
        return;
      }
      this.#end(cursor.key.slice(MINUTE_BYTES));
    }
  }

  /** Whether this command is to be executed; if so, `remember` must be told the answer. */
  admit(session: CommandSession, stampMs: number): Admission {
    const { client, serial, acked } = session;
    const minute = minuteOf(stampMs);
    let record = this.#records.get(client);
    if (record !== undefined && hasEnded(record.lastUsedMinute, minute)) {
      this.#end(client);
      record = undefined;
    }
    if (record === undefined) {
      const refusal = this.#whyNotNew(client, stampMs);
      if (refusal !== null) return refusal;
      record = this.#create(client.slice(), minute);
    } else {
      record = this.#touch(client, record, minute);
    }
    this.#acknowledge(client, record, acked);
    this.listener?.(client);
    return this.#admitSerial(client, record, serial);
  }

  remember(answer: Uint8Array): void {
    const { client, record, serial } = present(this.#admitted, "an answer is remembered only after its command was admitted");
    this.#admitted = null;
    this.#grow(record, costOf(answer));
    this.#count(record, answerHash(client, serial, answer));
    const at = placeOf(record.serials, serial);
    insertAt(record.serials, at, serial);
    insertAt(record.answers, at, answer);
  }

  /** They are held here no longer. */
  leaveRoom(): void {
    this.#takeRoom(-this.#records.size, -this.#answerBytes);
  }

  snapshot(): TreeSnapshot<SessionRecord> {
    this.#epoch++;
    return this.#records.snapshot();
  }

  get(client: Uint8Array): SessionFields | null {
    return this.#records.get(client) ?? null;
  }

  /** Goes through all of them in order, as long as none is changed. */
  cursor(from: Uint8Array): TreeCursor<SessionRecord> {
    return this.#records.cursor(from);
  }

  /** For a restoration, and for sessions that come from another group: in the place of what there was. */
  put(client: Uint8Array, fields: SessionFields): void {
    this.drop(client);
    const bytes = fields.answers.reduce((sum, answer) => sum + costOf(answer), 0);
    this.#insert(client, { ...fields, bytes, hash: sessionHash(client, fields), epoch: this.#epoch });
  }

  /** Away with it, without that being an end that anybody is told of. */
  drop(client: Uint8Array): void {
    const record = this.#records.get(client);
    if (record !== undefined) this.#delete(client, record);
  }

  #admitSerial(client: Uint8Array, record: SessionRecord, serial: number): Admission {
    if (serial <= record.acked) return refuse("serialForgotten", `the client has acknowledged the answers up to ${String(record.acked)}`);
    const at = placeOf(record.serials, serial);
    if (record.serials[at] === serial) return { kind: "duplicate", answer: record.answers[at] as Uint8Array };
    const { openSerialsMax, answerBytesMax } = this.#limits;
    if (record.serials.length >= openSerialsMax || record.bytes >= OPEN_BYTES_MAX) {
      return refuse("tooManyOpenSerials", `${String(record.serials.length)} answers are not acknowledged yet`);
    }
    if (this.#answerBytes >= answerBytesMax || this.#isRoomTaken("answerBytes", this.#answerBytes)) {
      return refuse("overloaded", "the answers that clients have not acknowledged yet take all the room that there is for them");
    }
    this.#admitted = { client, record, serial };
    return EXECUTE;
  }

  #whyNotNew(client: Uint8Array, stampMs: number): Admission | null {
    const issuedMs = issuedMsOf(client);
    if (issuedMs === null) return refuse("badRequest", "this is no client id");
    if (stampMs - issuedMs > SESSION_MS || issuedMs - stampMs > ISSUED_AHEAD_MS_MAX) {
      return refuse("sessionExpired", "the session has ended, an hour after its last use, or the id was issued too long ago to begin one");
    }
    const { sessionsMax } = this.#limits;
    const { size } = this.#records;
    if (size < sessionsMax && !this.#isRoomTaken("sessions", size)) return null;
    return refuse("overloaded", `there are ${String(size)} sessions already`);
  }

  #isRoomTaken(what: "sessions" | "answerBytes", own: number): boolean {
    const { room } = this.#limits;
    return room !== undefined && room[what] >= room.most[what] && own >= room.share[what];
  }

  #takeRoom(sessions: number, answerBytes: number): void {
    const { room } = this.#limits;
    if (room === undefined) return;
    room.sessions += sessions;
    room.answerBytes += answerBytes;
  }

  #create(client: Uint8Array, minute: number): SessionRecord {
    const fields: SessionFields = { acked: 0, lastUsedMinute: minute, serials: [], answers: [] };
    const record = { ...fields, bytes: 0, hash: sessionHash(client, fields), epoch: this.#epoch };
    this.#insert(client, record);
    return record;
  }

  #insert(client: Uint8Array, record: SessionRecord): void {
    this.#records.set(client, record);
    this.#byLastUse.set(lastUseKey(record.lastUsedMinute, client), true);
    this.#digest = (this.#digest + record.hash) >>> 0;
    this.#answerBytes += record.bytes;
    this.#takeRoom(1, record.bytes);
  }

  #delete(client: Uint8Array, record: SessionRecord): void {
    this.#digest = (this.#digest - record.hash) >>> 0;
    this.#answerBytes -= record.bytes;
    this.#takeRoom(-1, -record.bytes);
    this.#records.delete(client);
    this.#byLastUse.delete(lastUseKey(record.lastUsedMinute, client));
  }

  #grow(record: SessionRecord, bytes: number): void {
    record.bytes += bytes;
    this.#answerBytes += bytes;
    this.#takeRoom(0, bytes);
  }

  #count(record: SessionRecord, hash: number): void {
    record.hash = (record.hash + hash) | 0;
    this.#digest = (this.#digest + hash) >>> 0;
  }

  /** A record that may be changed in place, used now. */
  #touch(client: Uint8Array, found: SessionRecord, minute: number): SessionRecord {
    let record = found;
    if (record.epoch !== this.#epoch) {
      record = { ...found, epoch: this.#epoch, serials: found.serials.slice(), answers: found.answers.slice() };
      this.#records.set(client, record);
    }
    if (minute !== record.lastUsedMinute) {
      this.#byLastUse.delete(lastUseKey(record.lastUsedMinute, client));
      this.#byLastUse.set(lastUseKey(minute, client), true);
      this.#count(record, -headHash(client, record));
      record.lastUsedMinute = minute;
      this.#count(record, headHash(client, record));
    }
    return record;
  }

  #end(client: Uint8Array): void {
    this.listener?.(client);
    this.drop(client);
  }

  /** What is acknowledged only ever rises. */
  #acknowledge(client: Uint8Array, record: SessionRecord, acked: number): void {
    if (acked <= record.acked) return;
    this.#count(record, -headHash(client, record));
    record.acked = acked;
    this.#count(record, headHash(client, record));
    const forgotten = placeOf(record.serials, acked + 1);
    if (forgotten === 0) return;
    for (let i = 0; i < forgotten; i++) {
      const answer = record.answers[i] as Uint8Array;
      this.#grow(record, -costOf(answer));
      this.#count(record, -answerHash(client, record.serials[i] as number, answer));
    }
    record.serials.splice(0, forgotten);
    record.answers.splice(0, forgotten);
  }
}

/** Numbers are mixed in by multiplication: checksums alone are linear, and sums of them could cancel each other out. */
function answerHash(client: Uint8Array, serial: number, answer: Uint8Array): number {
  const mixed = Math.imul(crc32c(answer, crc32c(client)) ^ Math.imul(serial, 0x9e3779b1), 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}

function headHash(client: Uint8Array, { acked, lastUsedMinute }: SessionFields): number {
  const mixed = Math.imul(crc32c(client) ^ Math.imul(acked + 1, 0x9e3779b1), 0x85ebca6b) ^ Math.imul(lastUsedMinute, 0xc2b2ae35);
  return mixed ^ (mixed >>> 15);
}

function sessionHash(client: Uint8Array, fields: SessionFields): number {
  return fields.answers.reduce(
    (sum, answer, i) => (sum + answerHash(client, fields.serials[i] as number, answer)) | 0,
    headHash(client, fields) | 0,
  );
}

/** Whether it is still what was put there. */
export function isIntact(client: Uint8Array, record: SessionRecord): boolean {
  return sessionHash(client, record) === record.hash;
}

const costOf = (answer: Uint8Array): number => answer.length + ANSWER_COST_BYTES;

/** Where the serial is, or would be. Most serials are the highest so far. */
function placeOf(serials: readonly number[], serial: number): number {
  let at = serials.length;
  while (at > 0 && (serials[at - 1] as number) >= serial) at--;
  return at;
}

/** Nearly always at the end, where nothing has to move and no list of what was taken out is made. */
function insertAt<T>(list: T[], at: number, value: T): void {
  if (at === list.length) list.push(value);
  else list.splice(at, 0, value);
}

function hasEnded(lastUsedMinute: number, minute: number): boolean {
  return minute > lastUsedMinute + LIFETIME_MINUTES;
}

const minuteOf = (stampMs: number): number => Math.floor(stampMs / MINUTE_MS);

const NO_KEY = new Uint8Array(0);
const MINUTE_BYTES = 4;

function lastUseKey(minute: number, client: Uint8Array): Uint8Array {
  const key = new Uint8Array(MINUTE_BYTES + client.length);
  for (let i = 0; i < MINUTE_BYTES; i++) key[i] = minute >>> (24 - 8 * i);
  key.set(client, MINUTE_BYTES);
  return key;
}

function minuteIn(key: Uint8Array): number {
  let minute = 0;
  for (let i = 0; i < MINUTE_BYTES; i++) minute = minute * 256 + (key[i] as number);
  return minute;
}

function refuse(code: Parameters<typeof refused>[0], message: string): Admission {
  return { kind: "refused", outcome: refused(code, message) };
}
