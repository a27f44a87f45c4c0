import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Patience } from "../../../../runtime/redis/ordering/patience.ts";
import { SlotQueue } from "../../../../runtime/redis/ordering/slot-queue.ts";
import type { Asking, Try } from "../../../../runtime/redis/ordering/slot-queue.ts";
import type { StoreOutcome } from "../../../../runtime/redis/store-gate.ts";

const DONE: StoreOutcome = { kind: "result", result: { kind: "absent" } };
const AGAIN: StoreOutcome = { kind: "again", text: "CLUSTERDOWN later" };
const NEWS: StoreOutcome = { kind: "again", text: "CLUSTERDOWN later", isNews: true };
const UNKNOWN: StoreOutcome = { kind: "error", text: "ERR UNKNOWN", mayHaveHappened: true };
const MOVED = { kind: "moved", node: { host: "h", port: 1 } } as unknown as StoreOutcome;

class Play {
  readonly asked: string[] = [];
  readonly answered: string[] = [];
  readonly texts: string[] = [];
  readonly waited: string[] = [];
  nowMs = 0;
  isEmpty = false;
  readonly #open = new Map<string, Try>();
  /** Read, and waiting until the client has taken something. */
  readonly #parked = new Set<string>();
  readonly queue = new SlotQueue(7, { nowMs: () => this.nowMs, onEmpty: () => (this.isEmpty = true), pauseMs: 1 });

  add(...names: readonly string[]): void {
    for (const name of names) this.queue.add(this.#asking(name));
  }

  settle(name: string, outcome: StoreOutcome = DONE): void {
    const attempt = this.#open.get(name);
    if (attempt === undefined) throw new Error(`${name} was not asked`);
    this.#open.delete(name);
    attempt.settle(outcome);
  }

  /** There is no room for what was read. */
  park(name: string): void {
    if (this.#open.get(name)?.isHeld === true) this.settle(name, AGAIN);
    else this.#parked.add(name);
  }

  #asking(name: string): Asking {
    return {
      kind: name.startsWith("r") ? "read" : name.startsWith("w") ? "write" : "alone",
      patience: new Patience(this.nowMs),
      ask: (attempt) => {
        this.asked.push(name);
        this.#open.set(name, attempt);
      },
      waits: () => void this.waited.push(name),
      giveWay: () => {
        if (this.#parked.delete(name)) this.settle(name, AGAIN);
      },
      answer: (outcome) => {
        this.answered.push(`${name} ${outcome.kind}`);
        if (outcome.kind === "error") this.texts.push(outcome.text);
      },
    };
  }
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10));

test("writes that follow each other don't wait; a read waits for the writes before it, and a write for the reads", () => {
  const play = new Play();
  play.add("w1", "w2", "r1", "r2", "w3");
  expect(play.asked).toEqual(["w1", "w2"]);
  play.settle("w2");
  expect(play.asked).toEqual(["w1", "w2"]);
  play.settle("w1");
  expect(play.asked).toEqual(["w1", "w2", "r1", "r2"]);
  play.settle("r1");
  play.settle("r2");
  expect(play.asked.at(-1)).toBe("w3");
  play.settle("w3");
  expect(play.isEmpty).toBe(true);
});

test("what stands alone waits for everything before it, and holds everything behind it", () => {
  const play = new Play();
  play.add("r1", "x", "r2");
  expect(play.asked).toEqual(["r1"]);
  play.settle("r1");
  expect(play.asked).toEqual(["r1", "x"]);
  play.settle("x");
  expect(play.asked).toEqual(["r1", "x", "r2"]);
});

test("writes that were refused are tried again together, in their order, and what came meanwhile waits", async () => {
  const play = new Play();
  play.add("w1", "w2");
  play.settle("w1", AGAIN);
  play.add("w3");
  play.settle("w2", AGAIN);
  expect(play.answered).toEqual([]);
  await pause();
  expect(play.asked).toEqual(["w1", "w2", "w1", "w2", "w3"]);
});

test("what is not asked at once, or in vain, is told that it waits, though others of its round have their time", () => {
  const play = new Play();
  play.add("w1", "w2", "r1");
  expect(play.waited).toEqual(["r1"]);
  play.settle("w1", AGAIN);
  expect(play.waited).toEqual(["r1", "w1"]);
});

test("where it was heard who can do it nobody pauses, but not twice: two may send each other whoever asks", async () => {
  const play = new Play();
  play.add("w1", "w2");
  play.settle("w1", AGAIN);
  play.settle("w2", NEWS);
  expect(play.asked).toEqual(["w1", "w2", "w1", "w2"]);
  play.settle("w1", NEWS);
  play.settle("w2", NEWS);
  expect(play.asked).toHaveLength(4);
  await pause();
  expect(play.asked).toHaveLength(6);
  play.settle("w1", NEWS);
  play.settle("w2");
  expect(play.answered).toEqual(["w2 result", "w1 error"]);
});

test("a write that was overtaken is not tried again", () => {
  const play = new Play();
  play.add("w1", "w2", "w3");
  play.settle("w1", AGAIN);
  play.settle("w2");
  play.settle("w3", UNKNOWN);
  expect(play.answered).toEqual(["w2 result", "w3 error", "w1 error"]);
});

test("nobody is sent elsewhere past a write that is held", async () => {
  const play = new Play();
  play.add("w1", "w2");
  play.settle("w1", AGAIN);
  play.settle("w2", MOVED);
  expect(play.answered).toEqual([]);
  await pause();
  play.settle("w1", MOVED);
  play.settle("w2", MOVED);
  expect(play.answered).toEqual(["w1 moved", "w2 moved"]);
});

test("a read that was refused is tried again, whatever was answered behind it", async () => {
  const play = new Play();
  play.add("r1", "r2");
  play.settle("r1", AGAIN);
  play.settle("r2");
  await pause();
  expect(play.asked).toEqual(["r1", "r2", "r1"]);
});

test("at its deadline it is answered with the reason", () => {
  const play = new Play();
  play.add("w1");
  play.nowMs = 5_000;
  play.settle("w1", AGAIN);
  expect([play.answered, play.texts]).toEqual([["w1 error"], ["CLUSTERDOWN later"]]);
  expect(play.isEmpty).toBe(true);
});

test("where only a pause is left it is not tried again: that would be begun without time to end", () => {
  const play = new Play();
  play.add("w1");
  play.nowMs = 4_999;
  play.settle("w1", AGAIN);
  expect([play.asked, play.answered]).toEqual([["w1"], ["w1 error"]]);
});

test.each([
  ["was done", DONE],
  ["was sent elsewhere", MOVED],
])("what waits behind something that took its time and %s has all of its own", async (_how, outcome) => {
  const play = new Play();
  play.add("w1", "r1");
  play.nowMs = 60_000;
  play.settle("w1", outcome);
  expect(play.asked).toEqual(["w1", "r1"]);
  play.nowMs = 64_000;
  play.settle("r1", AGAIN);
  await pause();
  expect(play.asked).toEqual(["w1", "r1", "r1"]);
  play.nowMs = 65_000;
  play.settle("r1", AGAIN);
  expect(play.answered).toEqual([`w1 ${outcome.kind}`, "r1 error"]);
});

test.each([
  ["was not done", AGAIN],
  ["nobody knows of", UNKNOWN],
])("what has waited all its time behind something that %s is not begun, and is told that it was not done", (_what, outcome) => {
  const play = new Play();
  play.add("w1", "r1", "x");
  play.nowMs = 3_000;
  play.add("w2");
  play.nowMs = 5_000;
  play.settle("w1", outcome);
  expect(play.asked).toEqual(["w1", "w2"]);
  expect(play.answered).toEqual(["w1 error", "r1 error", "x error"]);
  expect(play.texts.slice(1)).toEqual(Array(2).fill("CLUSTERDOWN what came before it on its slot took all the time that there was"));
});

test("what is to be tried again when its time is over, because this process stood still, is not begun", async () => {
  const play = new Play();
  play.add("w1");
  play.settle("w1", AGAIN);
  play.nowMs = 5_000;
  await pause();
  expect([play.asked, play.answered]).toEqual([["w1"], ["w1 error"]]);
});

test("answers that come at once do not upset the order", () => {
  const asked: string[] = [];
  const queue = new SlotQueue(7, { nowMs: () => 0, onEmpty: () => undefined });
  const add = (name: string, kind: Asking["kind"], isAtOnce: boolean): void => {
    queue.add({
      kind,
      patience: new Patience(0),
      ask: (attempt) => {
        asked.push(name);
        if (isAtOnce) attempt.settle(DONE);
        else setTimeout(() => attempt.settle(DONE), 1);
      },
      answer: () => undefined,
    });
  };
  add("a", "write", false);
  for (let n = 0; n < 5; n++) add(`r${n}`, n % 2 === 0 ? "read" : "write", true);
  return pause().then(() => expect(asked).toEqual(["a", "r0", "r1", "r2", "r3", "r4"]));
});

test("however many wait, all of them can be answered at once", async () => {
  let isMoved = false;
  const answered: string[] = [];
  const queue = new SlotQueue(7, { nowMs: () => 0, onEmpty: () => answered.push("empty"), pauseMs: 1 });
  for (let n = 0; n < 5_000; n++) {
    queue.add({
      kind: n % 2 === 0 ? "read" : "write",
      patience: new Patience(0),
      ask: (attempt) => attempt.settle(isMoved ? MOVED : AGAIN),
      answer: ({ kind }) => answered.push(kind),
    });
  }
  isMoved = true;
  await pause();
  expect(answered).toEqual([...Array.from({ length: 5_000 }, () => "moved"), "empty"]);
});

test.each([
  { name: "when something before it is to be tried again", parksFirst: true },
  { name: "at once where something before it is tried again already", parksFirst: false },
])("what waits for room gives way $name", async ({ parksFirst }) => {
  const play = new Play();
  play.add("r1", "r2", "r3");
  play.settle("r2");
  if (parksFirst) play.park("r3");
  play.settle("r1", AGAIN);
  if (!parksFirst) play.park("r3");
  await pause();
  expect(play.asked).toEqual(["r1", "r2", "r3", "r1", "r3"]);
  play.settle("r1");
  play.settle("r3");
  expect(play.answered).toEqual(["r2 result", "r1 result", "r3 result"]);
});

test("a round that never ends, as its client always has one more under way, keeps nothing of what was answered", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const [requests, size] = [2_000, 1_000];
  const queue = new SlotQueue(7, { nowMs: () => 0, onEmpty: () => undefined });
  let open: Try | null = null;
  const add = (n: number): void => {
    const held = new Array<number>(size).fill(n);
    queue.add({
      kind: "write",
      patience: new Patience(0),
      ask: (attempt) => {
        const before = open;
        open = attempt;
        before?.settle(DONE);
      },
      answer: () => void held.pop(),
    });
  };
  add(0);
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let n = 1; n < requests; n++) add(n);
  collect();
  expect(process.memoryUsage().heapUsed - before).toBeLessThan((requests * size * 8) / 10);
});

test("what was answered behind one that is open is not forgotten: it was overtaken then", () => {
  const play = new Play();
  play.add("w1", "w2", "w3", "w4");
  play.settle("w1");
  play.settle("w3");
  play.settle("w2", AGAIN);
  play.settle("w4", AGAIN);
  expect(play.answered).toEqual(["w1 result", "w3 result", "w2 error"]);
});
