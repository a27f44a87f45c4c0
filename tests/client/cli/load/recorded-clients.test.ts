import type { Door } from "../../../../client/cli/load/door.ts";
import { httpDoor } from "../../../../client/cli/load/http-door.ts";
import { recordClients } from "../../../../client/cli/load/recorded-clients.ts";
import { unknown } from "../../../../core/base/outcome.ts";
import { Random } from "../../../../core/base/random.ts";
import { checkHistory } from "../../../../core/linearizability/checker.ts";
import { KV_MODEL } from "../../../../core/linearizability/kv-model.ts";
import { memoryStore } from "./memory-store.ts";

/** However long that takes on a busy machine. */
const OPERATIONS = 300;

function record(store = memoryStore()) {
  let told = 0;
  return recordClients({
    clients: [store, store, store].map((each) => ({ door: httpDoor(each) })),
    random: new Random(3),
    durationMs: 60_000,
    prefix: "p/",
    onProgress: () => undefined,
    onTold: () => void (told += 1),
    isOver: () => told >= OPERATIONS,
  });
}

test("of a store that keeps its promises the history is linearizable, and covers every kind of operation", async () => {
  const { history, unread } = await record();
  expect(checkHistory(history, KV_MODEL).kind).toBe("linearizable");
  expect(unread).toBe(0);
  expect([...new Set(history.map(({ input }) => input.kind))].sort()).toEqual(["append", "delete", "get", "increment", "put"]);
  expect(history.every(({ input }) => input.key.startsWith("p/"))).toBe(true);
});

test("a store that loses one acknowledged write is found out", async () => {
  const { history } = await record(memoryStore((write) => write === 20));
  expect(checkHistory(history, KV_MODEL).kind).toBe("violation");
});

test("what could not be read at the end is told", async () => {
  const store = { ...memoryStore(), get: () => Promise.resolve(unknown("deadline")) };
  expect((await record(store)).unread).toBeGreaterThan(0);
});

test("a reader asks on while it is not answered, so that whoever answers late answers young questions, too", async () => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const store = memoryStore();
  let asked = 0;
  const silent: Door = {
    hasGuards: false,
    async perform(input) {
      if (++asked === 3) release();
      await held;
      return httpDoor(store).perform(input);
    },
    close: () => Promise.resolve(),
  };
  const { history } = await recordClients({
    clients: [{ door: httpDoor(store) }, { door: silent, readsOnly: true }],
    random: new Random(3),
    durationMs: 60_000,
    prefix: "p/",
    onProgress: () => undefined,
    isOver: () => asked >= 3,
  });
  const late = history.filter(({ client }) => client === "client-1");
  expect(late).toHaveLength(3);
  expect(late.every(({ outcome }) => outcome.kind === "done")).toBe(true);
});
