// A queue for each slot: one waits for nothing of another, and goes with its last answer.
import { expect, test } from "@jest/globals";
import { SlotQueues } from "../../../../runtime/redis/ordering/slot-queues.ts";
import { Patience } from "../../../../runtime/redis/ordering/patience.ts";
import type { Asking } from "../../../../runtime/redis/ordering/slot-queue.ts";
import type { StoreAnswer } from "../../../../runtime/redis/store-gate.ts";

type Asked = { readonly name: string; readonly answer: StoreAnswer };

function asking(name: string, asked: Asked[]): Asking {
  return {
    kind: "alone",
    patience: new Patience(0),
    ask: (answer) => void asked.push({ name, answer }),
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
  asked[0]?.answer(REFUSED);
  expect(asked.map(({ name }) => name)).toEqual(["a1", "b1", "a2"]);
});

test("a slot is forgotten with its last answer, and begins anew with the next request", () => {
  const asked: Asked[] = [];
  const queues = new SlotQueues(() => 0);
  queues.add(1, asking("a1", asked));
  queues.add(2, asking("b1", asked));
  expect(queues.size).toBe(2);
  asked[0]?.answer(REFUSED);
  expect(queues.size).toBe(1);
  queues.add(1, asking("a2", asked));
  expect([asked.at(-1)?.name, queues.size]).toEqual(["a2", 2]);
});
