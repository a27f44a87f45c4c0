import type { ClientId } from "../../client/client-session.ts";
import { ClientSession } from "../../client/client-session.ts";
import { OPEN_SERIALS_MAX } from "../../core/routing/open-serials.ts";

const forever = new AbortController().signal;

function sessionOf(ids: readonly (ClientId | null)[]): { readonly session: ClientSession; readonly fetched: () => number } {
  let fetched = 0;
  const session = new ClientSession(() => Promise.resolve(ids[Math.min(fetched++, ids.length - 1)] ?? null));
  return { session, fetched: () => fetched };
}

const HOUR_MS = 3_600_000;

test("writes of one client share an id, and each has a serial of its own", async () => {
  const { session, fetched } = sessionOf([{ client: "c", expiresAfterMs: HOUR_MS }]);
  const writes = await Promise.all([1, 2, 3].map(() => session.open(forever)));
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
  const before = await session.open(forever);
  session.renew("first");
  const after = await session.open(forever);
  expect(before?.client).toBe("first");
  expect(after?.client).toBe("second");
  expect(after?.headers()["flotilla-serial"]).toBe("1");
});

test("an id is replaced long before it expires", async () => {
  const { session, fetched } = sessionOf([
    { client: "short", expiresAfterMs: 0 },
    { client: "next", expiresAfterMs: HOUR_MS },
  ]);
  await session.open(forever);
  expect((await session.open(forever))?.client).toBe("next");
  expect(fetched()).toBe(2);
});

test("beyond what the group remembers a write waits for room", async () => {
  const { session } = sessionOf([{ client: "c", expiresAfterMs: HOUR_MS }]);
  const first = await session.open(forever);
  for (let i = 1; i < OPEN_SERIALS_MAX; i++) await session.open(forever);
  expect(await session.open(AbortSignal.timeout(20))).toBeNull();
  const waiting = session.open(forever);
  first?.close();
  expect((await waiting)?.headers()).toMatchObject({ "flotilla-serial": String(OPEN_SERIALS_MAX + 1), "flotilla-acked": "1" });
});

test("whoever waits for room gets it before those who come later, and leaves nothing when it gives up", async () => {
  const { session } = sessionOf([{ client: "c", expiresAfterMs: HOUR_MS }]);
  const writes = await Promise.all(Array.from({ length: OPEN_SERIALS_MAX }, () => session.open(forever)));
  const over = new AbortController();
  const [impatient, first] = [session.open(over.signal), session.open(forever)];
  await new Promise((resolve) => setImmediate(resolve));
  over.abort();
  writes[0]?.close();
  const second = session.open(AbortSignal.timeout(20));
  expect(await impatient).toBeNull();
  expect((await first)?.headers()["flotilla-serial"]).toBe(String(OPEN_SERIALS_MAX + 1));
  expect(await second).toBeNull();
  writes[1]?.close();
  expect((await session.open(forever))?.headers()["flotilla-serial"]).toBe(String(OPEN_SERIALS_MAX + 2));
});

test("whoever waits for room under an id that is forgotten goes on under the next one", async () => {
  const { session } = sessionOf([
    { client: "first", expiresAfterMs: HOUR_MS },
    { client: "second", expiresAfterMs: HOUR_MS },
  ]);
  const writes = await Promise.all(Array.from({ length: OPEN_SERIALS_MAX }, () => session.open(forever)));
  const waiting = [session.open(forever), session.open(forever)];
  await new Promise((resolve) => setImmediate(resolve));
  session.renew("first");
  writes[7]?.close();
  expect((await Promise.all(waiting)).map((write) => write?.client)).toEqual(["second", "second"]);
});

test("whoever gives no id is asked again after a pause, and only until the signal", async () => {
  const { session, fetched } = sessionOf([null]);
  expect(await session.open(AbortSignal.timeout(150))).toBeNull();
  expect(fetched()).toBeGreaterThan(1);
  expect(fetched()).toBeLessThan(5);
});

test("whoever waits for an id that another call asks for waits no longer than it has itself", async () => {
  const session = new ClientSession((signal) => new Promise((resolve) => signal.addEventListener("abort", () => resolve(null))));
  const patient = new AbortController();
  const first = session.open(patient.signal);
  const beganMs = performance.now();
  expect(await session.open(AbortSignal.timeout(30))).toBeNull();
  expect(performance.now() - beganMs).toBeLessThan(1_000);
  patient.abort();
  expect(await first).toBeNull();
}, 3_000);
