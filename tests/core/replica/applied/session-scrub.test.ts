import { utf8 } from "../../../../core/base/bytes.ts";
import { createClientId } from "../../../../core/replica/applied/client-id.ts";
import { asBoot, asMember } from "../../../../core/base/ids.ts";
import { SessionSource } from "../../../../core/replica/applied/session-bytes.ts";
import { SessionScrub } from "../../../../core/replica/applied/session-scrub.ts";
import { Sessions } from "../../../../core/replica/applied/sessions.ts";
import { bytesOf } from "../snapshots/slices.ts";

const LIMITS = { sessionsMax: 100, openSerialsMax: 8, answerBytesMax: 1_000_000 };
const STAMP_MS = 1_800_000_000_000;

const clients = Array.from({ length: 30 }, (_, count) =>
  utf8(createClientId({ issuedMs: STAMP_MS, member: asMember("m"), boot: asBoot(1), count })),
);

/** By everything that can happen to a session. */
function used(): Sessions {
  const sessions = new Sessions(LIMITS);
  for (let serial = 1; serial <= 6; serial++) {
    for (const client of clients) {
      const stampMs = STAMP_MS + serial * 61_000;
      sessions.advance(stampMs);
      const { kind } = sessions.admit({ client, serial, acked: serial > 4 ? serial - 3 : 0 }, stampMs);
      if (kind === "execute") sessions.remember(utf8(`answer ${String(serial)}`));
    }
    if (serial === 3) sessions.snapshot();
  }
  return sessions;
}

function round(sessions: Sessions, bytes: number): string {
  const scrub = new SessionScrub();
  for (;;) {
    const { kind } = scrub.look(sessions, { bytes });
    if (kind !== "goesOn") return kind;
  }
}

test.each([1, 500, 1_000_000])("sessions that were only used are sound, in looks of %i bytes", (bytes) => {
  expect(round(used(), bytes)).toBe("roundEnded");
});

test("an answer that is not what was given is found, and no snapshot of it is sound", () => {
  const sessions = used();
  const answer = sessions.get(clients[17] as Uint8Array)?.answers[1] as Uint8Array;
  answer[0] = 0;
  expect(round(sessions, 500)).toBe("altered");
  const source = new SessionSource(sessions);
  bytesOf(source, 1_000);
  expect(source.isSound).toBe(false);
});
