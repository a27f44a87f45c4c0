import { EMPTY_BYTES, textOf, utf8 } from "../../../../core/base/bytes.ts";
import { asBoot, asMember } from "../../../../core/base/ids.ts";
import { Random } from "../../../../core/base/random.ts";
import { createClientId } from "../../../../core/replica/applied/client-id.ts";
import type { SessionLimits, SessionRoom } from "../../../../core/replica/applied/sessions.ts";
import { ANSWER_COST_BYTES, ISSUED_AHEAD_MS_MAX, OPEN_BYTES_MAX, SESSION_MS, Sessions } from "../../../../core/replica/applied/sessions.ts";

const START_MS = 1_800_000_000_000;
const MINUTE_MS = 60_000;

let count = 0;
const clientAt = (issuedMs: number): string => createClientId({ issuedMs, member: asMember("m"), boot: asBoot(1), count: ++count });

type Fields = { readonly client: string; readonly serial: number; readonly acked?: number; readonly atMs?: number };

class Session {
  readonly sessions: Sessions;
  executed = 0;

  constructor(limits: Partial<SessionLimits> = {}) {
    this.sessions = new Sessions({ sessionsMax: 100, openSerialsMax: 4, answerBytesMax: 1_000_000, ...limits });
  }

  /** Executing answers with how many were executed before. */
  send({ client, serial, acked = 0, atMs = START_MS }: Fields): string {
    this.sessions.advance(atMs);
    const admission = this.sessions.admit({ client: utf8(client), serial, acked }, atMs);
    if (admission.kind === "duplicate") return `again ${textOf(admission.answer)}`;
    if (admission.kind === "refused") return admission.outcome.kind === "refused" ? admission.outcome.refusal.code : "?";
    const answer = String(this.executed++);
    this.sessions.remember(utf8(answer));
    return answer;
  }

  /** Everything that a snapshot would contain. */
  contents(): readonly string[] {
    const cursor = this.sessions.snapshot().cursor(EMPTY_BYTES);
    const found: string[] = [];
    while (cursor.next()) {
      const { acked, serials, answers, lastUsedMinute } = cursor.value;
      found.push(`${textOf(cursor.key)} ${String(acked)} ${serials.join()} ${answers.map(textOf).join()} ${String(lastUsedMinute)}`);
    }
    return found;
  }
}

test("a serial that comes again gets the same answer and executes nothing", () => {
  const session = new Session();
  const client = clientAt(START_MS);
  expect(session.send({ client, serial: 1 })).toBe("0");
  expect(session.send({ client, serial: 2 })).toBe("1");
  expect(session.send({ client, serial: 1 })).toBe("again 0");
  expect(session.send({ client, serial: 2 })).toBe("again 1");
  expect(session.executed).toBe(2);
});

test("serials come in any order, and clients don't share them", () => {
  const session = new Session();
  const [a, b] = [clientAt(START_MS), clientAt(START_MS)];
  expect([5, 3, 4].map((serial) => session.send({ client: a, serial }))).toEqual(["0", "1", "2"]);
  expect(session.send({ client: b, serial: 3 })).toBe("3");
  expect([3, 4, 5].map((serial) => session.send({ client: a, serial }))).toEqual(["again 1", "again 2", "again 0"]);
});

test("what is acknowledged is forgotten, inclusive, and acknowledging never goes back", () => {
  const session = new Session();
  const client = clientAt(START_MS);
  for (const serial of [1, 2, 3]) session.send({ client, serial });
  expect(session.send({ client, serial: 4, acked: 2 })).toBe("3");
  expect(session.send({ client, serial: 2, acked: 0 })).toBe("serialForgotten");
  expect(session.send({ client, serial: 3, acked: 0 })).toBe("again 2");
  expect(session.send({ client, serial: 7, acked: 9 })).toBe("serialForgotten");
  expect(session.send({ client, serial: 9 })).toBe("serialForgotten");
  expect(session.send({ client, serial: 10 })).toBe("4");
});

test("a full window refuses new work, evicts nothing, and takes work again once answers are acknowledged", () => {
  const session = new Session({ openSerialsMax: 3, answerBytesMax: 1_000_000 });
  const client = clientAt(START_MS);
  for (const serial of [1, 2, 3]) session.send({ client, serial });
  expect(session.send({ client, serial: 4 })).toBe("tooManyOpenSerials");
  expect([1, 2, 3].map((serial) => session.send({ client, serial }))).toEqual(["again 0", "again 1", "again 2"]);
  expect(session.send({ client, serial: 4, acked: 1 })).toBe("3");
  expect(session.send({ client, serial: 5, acked: 1 })).toBe("tooManyOpenSerials");
});

test("the number of sessions has a limit, and old ones go on", () => {
  const session = new Session({ sessionsMax: 2 });
  const [a, b, c] = [clientAt(START_MS), clientAt(START_MS), clientAt(START_MS)] as const;
  session.send({ client: a, serial: 1 });
  session.send({ client: b, serial: 1 });
  expect(session.send({ client: c, serial: 1 })).toBe("overloaded");
  expect(session.send({ client: a, serial: 2 })).toBe("2");
  expect(session.sessions.size).toBe(2);
});

test("what is no client id is refused", () => {
  expect(new Session().send({ client: "garbage", serial: 1 })).toBe("badRequest");
});

test("a session lives an hour after its last use, and then its id is refused for good", () => {
  const session = new Session();
  const client = clientAt(START_MS);
  session.send({ client, serial: 1 });
  expect(session.send({ client, serial: 1, atMs: START_MS + SESSION_MS })).toBe("again 0");
  // Used again an hour later: another hour.
  expect(session.send({ client, serial: 1, atMs: START_MS + 2 * SESSION_MS })).toBe("again 0");
  const late = START_MS + 3 * SESSION_MS + 10 * MINUTE_MS;
  expect(session.send({ client, serial: 1, atMs: late })).toBe("sessionExpired");
  expect(session.send({ client, serial: 2, atMs: late })).toBe("sessionExpired");
  expect(session.executed).toBe(1);
  expect(session.sessions.size).toBe(0);
});

test.each([
  { name: "issued an hour ago", issuedMs: START_MS - SESSION_MS, answer: "0" },
  { name: "issued more than an hour ago", issuedMs: START_MS - SESSION_MS - 1, answer: "sessionExpired" },
  { name: "issued by a clock a minute ahead", issuedMs: START_MS + ISSUED_AHEAD_MS_MAX, answer: "0" },
  { name: "issued by a clock further ahead", issuedMs: START_MS + ISSUED_AHEAD_MS_MAX + 1, answer: "sessionExpired" },
])("an unknown id that was $name", ({ issuedMs, answer }) => {
  expect(new Session().send({ client: clientAt(issuedMs), serial: 1 })).toBe(answer);
});

test.each([1, 2, 3, 4])("whatever the times, no serial is ever executed twice (seed %i)", (seed) => {
  const random = new Random(seed);
  const session = new Session({ openSerialsMax: 3, answerBytesMax: 1_000_000 });
  const executed = new Map<string, number>();
  let atMs = START_MS;
  const clients: string[] = [];
  for (let step = 0; step < 3_000; step++) {
    if (random.chance(0.05)) clients.push(clientAt(atMs + random.between(-90 * MINUTE_MS, 2 * MINUTE_MS)));
    atMs += random.chance(0.02) ? random.between(0, 130 * MINUTE_MS) : random.between(0, MINUTE_MS);
    if (clients.length === 0) continue;
    const client = random.pick(clients.slice(-10));
    const serial = random.between(1, 12);
    const before = session.executed;
    session.send({ client, serial, acked: random.chance(0.2) ? random.between(0, 8) : 0, atMs });
    if (session.executed === before) continue;
    const name = `${client} ${String(serial)}`;
    executed.set(name, (executed.get(name) ?? 0) + 1);
  }
  expect(executed.size).toBeGreaterThan(50);
  expect([...executed.values()].filter((times) => times > 1)).toEqual([]);
});

test("many sessions that end together go little by little", () => {
  const session = new Session({ sessionsMax: 1_000 });
  for (let i = 0; i < 100; i++) session.send({ client: clientAt(START_MS), serial: 1 });
  const late = START_MS + 2 * SESSION_MS;
  session.sessions.advance(late);
  const left = session.sessions.size;
  expect(left).toBeLessThan(100);
  expect(left).toBeGreaterThan(0);
  for (let i = 0; i < 10; i++) session.sessions.advance(late);
  expect(session.sessions.size).toBe(0);
});

test("a snapshot doesn't see what comes later", () => {
  const session = new Session();
  const client = clientAt(START_MS);
  session.send({ client, serial: 1 });
  const snapshot = session.sessions.snapshot();
  session.send({ client, serial: 2, atMs: START_MS + 5 * MINUTE_MS });
  session.send({ client: clientAt(START_MS), serial: 1 });
  session.send({ client, serial: 3, acked: 2 });
  const record = snapshot.get(utf8(client));
  expect(record).toMatchObject({ acked: 0, serials: [1], lastUsedMinute: Math.floor(START_MS / MINUTE_MS) });
  expect(snapshot.size).toBe(1);
});

test.each([1, 2])("restored sessions decide everything as the originals do (seed %i)", (seed) => {
  const random = new Random(seed);
  const limits = { sessionsMax: 30, openSerialsMax: 3, answerBytesMax: 40 * (ANSWER_COST_BYTES + 2) };
  const original = new Session(limits);
  const clients = Array.from({ length: 40 }, () => clientAt(START_MS));
  const next = (atMs: number): Fields => ({
    client: random.pick(clients),
    serial: random.between(1, 9),
    acked: random.between(0, 3),
    atMs,
  });
  let atMs = START_MS;
  for (let i = 0; i < 400; i++) original.send(next((atMs += random.between(0, MINUTE_MS / 4))));
  // In the middle of sessions that have ended and are being removed.
  atMs += 63 * MINUTE_MS;
  original.send({ client: clientAt(atMs), serial: 1, atMs });
  const restored = new Session(limits);
  restored.executed = original.executed;
  const cursor = original.sessions.snapshot().cursor(EMPTY_BYTES);
  while (cursor.next()) {
    const { acked, serials, answers, lastUsedMinute } = cursor.value;
    restored.sessions.put(cursor.key.slice(), { acked, lastUsedMinute, serials: serials.slice(), answers: answers.slice() });
  }
  clients.push(...Array.from({ length: 40 }, () => clientAt(atMs)));
  for (let i = 0; i < 400; i++) {
    const fields = next((atMs += random.between(0, MINUTE_MS / 4)));
    expect(restored.send(fields)).toBe(original.send(fields));
    expect(restored.sessions.answerBytes).toBe(original.sessions.answerBytes);
    expect(restored.sessions.digest()).toBe(original.sessions.digest());
  }
  expect(restored.contents()).toEqual(original.contents());
});

test("when all answers together take the room that there is, new work is refused, none is forgotten, and acknowledging makes room", () => {
  const session = new Session({ openSerialsMax: 100, answerBytesMax: 5 * (ANSWER_COST_BYTES + 1) });
  const [a, b] = [clientAt(START_MS), clientAt(START_MS)];
  for (const serial of [1, 2, 3]) session.send({ client: a, serial });
  for (const serial of [1, 2]) session.send({ client: b, serial });
  const refused = [
    session.send({ client: a, serial: 4 }),
    session.send({ client: b, serial: 3 }),
    session.send({ client: clientAt(START_MS), serial: 1 }),
  ];
  expect(refused).toEqual(["overloaded", "overloaded", "overloaded"]);
  expect([1, 2, 3].map((serial) => session.send({ client: a, serial }))).toEqual(["again 0", "again 1", "again 2"]);
  expect(session.send({ client: b, serial: 3, acked: 1 })).toBe("5");
  expect(session.send({ client: a, serial: 4 })).toBe("overloaded");
  expect(session.sessions.answerBytes).toBe(5 * (ANSWER_COST_BYTES + 1));
});

test("a session that ends gives its room back", () => {
  const session = new Session({ answerBytesMax: ANSWER_COST_BYTES });
  session.send({ client: clientAt(START_MS), serial: 1 });
  const atMs = START_MS + SESSION_MS + ISSUED_AHEAD_MS_MAX + 2 * MINUTE_MS;
  expect(session.send({ client: clientAt(START_MS), serial: 1, atMs: START_MS + SESSION_MS })).toBe("overloaded");
  expect(session.send({ client: clientAt(atMs), serial: 1, atMs })).toBe("1");
  expect(session.sessions.answerBytes).toBe(ANSWER_COST_BYTES + 1);
});

test("the digest tells what is remembered, and not how it came about", () => {
  const client = clientAt(START_MS);
  const [one, other] = [new Session(), new Session()];
  const empty = one.sessions.digest();
  for (const serial of [1, 2, 3]) one.send({ client, serial, acked: 1 });
  const whole = one.sessions.digest();
  other.sessions.put(utf8(client), one.sessions.get(utf8(client)) ?? { acked: 0, lastUsedMinute: 0, serials: [], answers: [] });
  expect(other.sessions.digest()).toBe(whole);
  one.send({ client, serial: 4, acked: 2 });
  expect(one.sessions.digest()).not.toBe(whole);
  one.sessions.drop(utf8(client));
  expect(one.sessions.digest()).toBe(empty);
});

test("a session that remembers too many bytes takes no new work", () => {
  const { sessions } = new Session({ openSerialsMax: 100, answerBytesMax: 1_000_000 });
  const client = utf8(clientAt(START_MS));
  const admit = (serial: number, acked = 0): string => sessions.admit({ client, serial, acked }, START_MS).kind;
  expect(admit(1)).toBe("execute");
  sessions.remember(new Uint8Array(OPEN_BYTES_MAX));
  expect(admit(2)).toBe("refused");
  expect(admit(1)).toBe("duplicate");
  expect(admit(2, 1)).toBe("execute");
});

test("F42: whoever follows is told of every session that is used, and of every one that ends", () => {
  const session = new Session();
  const told: string[] = [];
  const [a, b] = [clientAt(START_MS), clientAt(START_MS)];
  session.send({ client: a, serial: 1 });
  session.sessions.listener = (client) => told.push(textOf(client));
  session.send({ client: b, serial: 1 });
  session.send({ client: a, serial: 1 });
  expect(told).toEqual([b, a]);
  session.sessions.advance(START_MS + 2 * SESSION_MS);
  expect(told.slice(2).sort()).toEqual([a, b].sort());
});

describe("partitions that share a room", () => {
  const COST = ANSWER_COST_BYTES + 1;
  const roomOf = (most: SessionRoom["most"], share: SessionRoom["share"]): SessionRoom => ({ sessions: 0, answerBytes: 0, most, share });

  test("one that has its share gets no more answers when the room is taken; one below it goes on", () => {
    const room = roomOf({ sessions: 100, answerBytes: 3 * COST }, { sessions: 50, answerBytes: COST });
    const [one, other] = [new Session({ room, openSerialsMax: 100 }), new Session({ room })];
    const client = clientAt(START_MS);
    expect([1, 2, 3, 4].map((serial) => one.send({ client, serial }))).toEqual(["0", "1", "2", "overloaded"]);
    expect([1, 2].map((serial) => other.send({ client, serial }))).toEqual(["0", "overloaded"]);
    expect(room).toMatchObject({ sessions: 2, answerBytes: 4 * COST });
    // What one gives back, the other may have.
    expect(one.send({ client, serial: 4, acked: 2 })).toBe("3");
    expect(room.answerBytes).toBe(3 * COST);
    one.sessions.leaveRoom();
    expect(room).toMatchObject({ sessions: 1, answerBytes: COST });
    expect(other.send({ client, serial: 2 })).toBe("1");
  });

  test("and no more sessions", () => {
    const room = roomOf({ sessions: 3, answerBytes: 1_000_000 }, { sessions: 2, answerBytes: 1_000 });
    const [one, other] = [new Session({ room }), new Session({ room })];
    const begin = (session: Session): string => session.send({ client: clientAt(START_MS), serial: 1 });
    expect([begin(one), begin(one), begin(one), begin(one)]).toEqual(["0", "1", "2", "overloaded"]);
    expect([begin(other), begin(other), begin(other)]).toEqual(["0", "1", "overloaded"]);
  });
});
