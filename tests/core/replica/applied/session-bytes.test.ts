import { ByteReader } from "../../../../core/base/byte-reader.ts";
import { EMPTY_BYTES, utf8 } from "../../../../core/base/bytes.ts";
import { Random } from "../../../../core/base/random.ts";
import { encodeSession, readSession, readSessions, SessionSource } from "../../../../core/replica/applied/session-bytes.ts";
import { Sessions } from "../../../../core/replica/applied/sessions.ts";
import { slicesOf } from "../snapshots/slices.ts";

const LIMITS = { sessionsMax: 100, openSerialsMax: 8, answerBytesMax: 1_000_000 };

function someSessions(): Sessions {
  const sessions = new Sessions(LIMITS);
  for (let i = 0; i < 20; i++) {
    const serials = [5, 7, 1_000 + i];
    sessions.put(utf8(`a-${String(i)}`), { acked: 4, lastUsedMinute: i, serials, answers: serials.map((n) => utf8(String(n))) });
  }
  return sessions;
}

test("sessions come back as they were, in slices of any size", () => {
  const sessions = someSessions();
  for (const size of [1, 50, 10_000]) {
    const back = new Sessions(LIMITS);
    for (const bytes of slicesOf(new SessionSource(sessions), size)) expect(readSessions(bytes, back)).toBe(true);
    expect(back.digest()).toBe(sessions.digest());
  }
});

test.each([
  {
    name: "cut short",
    bytes: encodeSession(utf8("a-1"), { acked: 0, lastUsedMinute: 1, serials: [1], answers: [utf8("xyz")] }).slice(0, -1),
  },
  {
    name: "a serial that is acknowledged",
    bytes: encodeSession(utf8("a-1"), { acked: 3, lastUsedMinute: 1, serials: [3], answers: [EMPTY_BYTES] }),
  },
  {
    name: "serials out of order",
    bytes: encodeSession(utf8("a"), { acked: 0, lastUsedMinute: 1, serials: [2, 1], answers: [EMPTY_BYTES, EMPTY_BYTES] }),
  },
  {
    name: "a client id that is too long",
    bytes: encodeSession(new Uint8Array(65), { acked: 0, lastUsedMinute: 1, serials: [], answers: [] }),
  },
])("no session: $name", ({ bytes }) => {
  expect(readSession(new ByteReader(bytes))).toBeNull();
  expect(readSessions(bytes, new Sessions(LIMITS))).toBe(false);
});

test("no bytes make it throw", () => {
  const random = new Random(1);
  for (let i = 0; i < 2_000; i++) {
    const bytes = Uint8Array.from({ length: random.between(1, 40) }, () => random.between(0, 255));
    readSessions(bytes, new Sessions(LIMITS));
  }
});
