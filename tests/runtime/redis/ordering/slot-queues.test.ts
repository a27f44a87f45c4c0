// A queue for each slot: one waits for nothing of another, and goes with its last answer.
import { expect, test } from "@jest/globals";
import { SlotQueues } from "../../../../runtime/redis/ordering/slot-queues.ts";
import { Patience } from "../../../../runtime/redis/ordering/patience.ts";
import type { Asking, Try } from "../../../../runtime/redis/ordering/slot-queue.ts";

type Asked = { readonly name: string; readonly attempt: Try };

function asking(name: string, asked: Asked[]): Asking {
  return {
    kind: "alone",
    patience: new Patience(0),
    ask: (attempt) => void asked.push({ name, attempt }),
    answer: () => undefined,
  };
}

const REFUSED = { kind: "error", text: "ERR no", mayHaveHappened: false } as const;

test("what is asked about one slot waits for what came before it, and for nothing about another slot", () => {
  const asked: Asked[] = [];
  const queues = new SlotQueues(() => 0);
  queues.add(1, asking("a1", asked));
  queues.add(1, asking("a2", asked));
  queues.add(2, asking("b1", asked));
  expect(asked.map(({ name }) => name)).toEqual(["a1", "b1"]);
  asked[0]?.attempt.settle(REFUSED);
  expect(asked.map(({ name }) => name)).toEqual(["a1", "b1", "a2"]);
});

test("a slot is forgotten with its last answer, and begins anew with the next request", () => {
  const asked: Asked[] = [];
  const queues = new SlotQueues(() => 0);
  queues.add(1, asking("a1", asked));
  queues.add(2, asking("b1", asked));
  expect(queues.size).toBe(2);
  asked[0]?.attempt.settle(REFUSED);
  expect(queues.size).toBe(1);
  queues.add(1, asking("a2", asked));
  expect([asked.at(-1)?.name, queues.size]).toEqual(["a2", 2]);
});

test("however slots fall together, each has its own order, and goes whenever it is done", () => {
  const asked: Asked[] = [];
  const queues = new SlotQueues(() => 0);
  const slots = Array.from({ length: 300 }, (_, i) => (i * 64) % 16_384);
  const own = [...new Set(slots)];
  for (const slot of slots) queues.add(slot, asking(`${slot}`, asked));
  expect([queues.size, asked.length]).toEqual([own.length, own.length]);
  // From the middle, from the ends, and those that waited then.
  const order = own.map((_, i) => (i * 101) % own.length);
  for (const i of order) asked[i]?.attempt.settle(REFUSED);
  expect([queues.size, asked.length]).toEqual([slots.length - own.length, slots.length]);
  for (const { attempt } of asked.splice(own.length)) attempt.settle(REFUSED);
  expect(queues.size).toBe(0);
  queues.add(64, asking("again", asked));
  expect([asked.at(-1)?.name, queues.size]).toEqual(["again", 1]);
});
