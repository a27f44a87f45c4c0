import { getEventListeners } from "node:events";
import { unknown, done } from "../../../core/base/outcome.ts";
import { bytesOf, Entry } from "../../../client/entry.ts";
import type { KvClient } from "../../../client/kv-client.ts";
import { SILENT } from "../../../runtime/logger.ts";
import { Election } from "../../../services/coordinator/election.ts";

const PLACE = "{jobs}/coordinator";

/** A store with one lock that is free, and puts that fail as often as is said. */
function storeWith(failures: number): {
  kv: KvClient;
  places: () => string | undefined;
  lose: () => void;
  putLate: (value: string) => void;
  holds: AbortSignal;
} {
  const lost = new AbortController();
  let place: string | undefined = "http://former";
  let left = failures;
  const put = (_: string, value: string) => {
    if (left-- > 0) return Promise.resolve(unknown("deadline"));
    place = value;
    return Promise.resolve(done({ version: 1, revision: 1 }));
  };
  let isTaken = false;
  const kv = {
    lock: (_: string, { signal }: { signal: AbortSignal }) => {
      if (isTaken) return new Promise((resolve) => signal.addEventListener("abort", () => resolve(unknown("shutdown")), { once: true }));
      isTaken = true;
      return Promise.resolve(done({ fence: 1, isHeld: true, signal: lost.signal, release: () => Promise.resolve() }));
    },
    get: () => Promise.resolve(done(new Entry({ key: bytesOf(PLACE), value: bytesOf(place ?? ""), version: 1, revision: 1 }))),
    put,
    txn: ({ then: [operation] }: { then: [{ value: string }] }) => put(PLACE, operation.value),
  };
  return {
    kv: kv as unknown as KvClient,
    places: () => place,
    lose: () => lost.abort(),
    putLate: (value) => (place = value),
    holds: lost.signal,
  };
}

async function elected(store: ReturnType<typeof storeWith>, meanwhile: () => Promise<void>): Promise<void> {
  const nothing = (): void => undefined;
  const election = new Election({ kv: store.kv, origin: "http://me", logger: SILENT, onElected: nothing, onLost: nothing });
  election.start();
  await meanwhile();
  store.lose();
  await election.stop();
}

const passes = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

test("whoever is elected says where it is until that is written, or everybody would ask the one before for ever", async () => {
  const store = storeWith(3);
  await elected(store, () => passes(2_000));
  expect(store.places()).toBe("http://me");
});

test("a write of an earlier one that comes late is put right", async () => {
  const store = storeWith(0);
  await elected(store, async () => {
    await passes(100);
    expect(store.places()).toBe("http://me");
    store.putLate("http://former");
    await passes(2_000);
  });
  expect(store.places()).toBe("http://me");
});

test("an hour in office leaves nothing behind that waits for its end", async () => {
  const store = storeWith(0);
  await elected(store, async () => {
    await passes(3_600_000);
    expect(getEventListeners(store.holds, "abort").length).toBeLessThan(4);
  });
});
