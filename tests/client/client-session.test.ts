import type { ClientId, OpenWrite } from "../../client/client-session.ts";
import { ClientSession } from "../../client/client-session.ts";
import { done, refused, unknown } from "../../core/base/outcome.ts";
import { OPEN_SERIALS_MAX } from "../../core/routing/open-serials.ts";

const forever = new AbortController().signal;

async function opened(session: ClientSession, signal = forever): Promise<OpenWrite | null> {
  const outcome = await session.open(signal);
  return outcome.kind === "done" ? outcome.value : null;
}

function sessionOf(ids: readonly (ClientId | null)[]): { readonly session: ClientSession; readonly fetched: () => number } {
  let fetched = 0;
  const session = new ClientSession(() => {
    const id = ids[Math.min(fetched++, ids.length - 1)] ?? null;
    return Promise.resolve(id === null ? unknown("connectionLost") : done(id));
  });
  return { session, fetched: () => fetched };
}

const HOUR_MS = 3_600_000;

test("writes of one client share an id, and each has a serial of its own", async () => {
  const { session, fetched } = sessionOf([{ client: "c", expiresAfterMs: HOUR_MS }]);
  const writes = await Promise.all([1, 2, 3].map(() => opened(session)));
  expect(writes.map((write) => write?.headers())).toEqual([
    { "flotilla-client": "c", "flotilla-serial": "1", "flotilla-acked": "0" },
    { "flotilla-client": "c", "flotilla-serial": "2", "flotilla-acked": "0" },
    { "flotilla-client": "c", "flotilla-serial": "3", "flotilla-acked": "0" },
  ]);
  expect(fetched()).toBe(1);
  writes[0]?.close();
  expect(writes[1]?.headers()["flotilla-acked"]).toBe("1");
});

test("a write that is under way keeps the id that it began with", async () => {
  const { session } = sessionOf([
    { client: "first", expiresAfterMs: HOUR_MS },
    { client: "second", expiresAfterMs: HOUR_MS },
  ]);
  const before = await opened(session);
  session.renew("first");
  const after = await opened(session);
  expect(before?.client).toBe("first");
  expect(after?.client).toBe("second");
  expect(after?.headers()["flotilla-serial"]).toBe("1");
});

test("an id is replaced long before it expires", async () => {
  const { session, fetched } = sessionOf([
    { client: "short", expiresAfterMs: 0 },
    { client: "next", expiresAfterMs: HOUR_MS },
  ]);
  await opened(session);
  expect((await opened(session))?.client).toBe("next");
  expect(fetched()).toBe(2);
});

test("beyond what the group remembers a write waits for room", async () => {
  const { session } = sessionOf([{ client: "c", expiresAfterMs: HOUR_MS }]);
  const first = await opened(session);
  for (let i = 1; i < OPEN_SERIALS_MAX; i++) await opened(session);
  expect(await opened(session, AbortSignal.timeout(20))).toBeNull();
  const waiting = opened(session);
  first?.close();
  expect((await waiting)?.headers()).toMatchObject({ "flotilla-serial": String(OPEN_SERIALS_MAX + 1), "flotilla-acked": "1" });
});

test("whoever waits for room gets it before those who come later, and leaves nothing when it gives up", async () => {
  const { session } = sessionOf([{ client: "c", expiresAfterMs: HOUR_MS }]);
  const writes = await Promise.all(Array.from({ length: OPEN_SERIALS_MAX }, () => opened(session)));
  const over = new AbortController();
  const [impatient, first] = [opened(session, over.signal), opened(session)];
  await new Promise((resolve) => setImmediate(resolve));
  over.abort();
  writes[0]?.close();
  const second = opened(session, AbortSignal.timeout(20));
  expect(await impatient).toBeNull();
  expect((await first)?.headers()["flotilla-serial"]).toBe(String(OPEN_SERIALS_MAX + 1));
  expect(await second).toBeNull();
  writes[1]?.close();
  expect((await opened(session))?.headers()["flotilla-serial"]).toBe(String(OPEN_SERIALS_MAX + 2));
});

test("whoever waits for room under an id that is forgotten goes on under the next one", async () => {
  const { session } = sessionOf([
    { client: "first", expiresAfterMs: HOUR_MS },
    { client: "second", expiresAfterMs: HOUR_MS },
  ]);
  const writes = await Promise.all(Array.from({ length: OPEN_SERIALS_MAX }, () => opened(session)));
  const waiting = [opened(session), opened(session)];
  await new Promise((resolve) => setImmediate(resolve));
  session.renew("first");
  writes[7]?.close();
  expect((await Promise.all(waiting)).map((write) => write?.client)).toEqual(["second", "second"]);
});

test("whoever gives no id is asked again after a pause, and only until the signal", async () => {
  const { session, fetched } = sessionOf([null]);
  expect(await opened(session, AbortSignal.timeout(150))).toBeNull();
  expect(fetched()).toBeGreaterThan(1);
  expect(fetched()).toBeLessThan(5);
});

test("whoever waits for an id that another call asks for waits no longer than it has itself", async () => {
  const session = new ClientSession(
    (signal) => new Promise((resolve) => signal.addEventListener("abort", () => resolve(unknown("deadline")))),
  );
  const patient = new AbortController();
  const first = opened(session, patient.signal);
  const beganMs = performance.now();
  expect(await opened(session, AbortSignal.timeout(30))).toBeNull();
  expect(performance.now() - beganMs).toBeLessThan(1_000);
  patient.abort();
  expect(await first).toBeNull();
}, 3_000);

test("a definite no is told at once: it would be the same however often it is asked", async () => {
  const session = new ClientSession(() => Promise.resolve(refused("unauthorized", "because")));
  expect(await session.open(forever)).toEqual(refused("unauthorized", "because"));
});
