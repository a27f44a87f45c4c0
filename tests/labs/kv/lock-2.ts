// Locks by the protocol of the product's client (client/lock.ts, which needs its timers and HTTP): a key that is put while it is
// absent, under an id of the holder's own; who got no answer looks whether it was he; released only by its holder.
import type { Bench, Lab } from "../lab.ts";
import { demand, resultOf, sleep, Task } from "../script.ts";
import type { Script } from "../script.ts";
import type { Clerk } from "./clerk.ts";
import { KvBed } from "./kv-bed.ts";

type LockLab = { readonly clients: number; readonly isReliable: boolean };

export const LOCK_2: readonly Lab[] = [
  { name: "TestReliableBasic", script: basic },
  { name: "TestReliableNested", script: nested },
  lab("TestOneClientReliable", { clients: 1, isReliable: true }),
  lab("TestManyClientsReliable", { clients: 10, isReliable: true }),
  lab("TestOneClientUnreliable", { clients: 1, isReliable: false }),
  lab("TestManyClientsUnreliable", { clients: 10, isReliable: false }),
];

function lab(name: string, options: LockLab): Lab {
  return { name, script: (bench) => contend(bench, options) };
}

const POLL_MS = { first: 10, longest: 250 };

class HeldLock {
  readonly #clerk: Clerk;
  readonly #key: string;
  /** One for each holding: a clerk may have held the lock before. */
  readonly #holder: string;

  private constructor(clerk: Clerk, key: string, holder: string) {
    this.#clerk = clerk;
    this.#key = key;
    this.#holder = holder;
  }

  static *acquire(clerk: Clerk, name: string, holder: string): Script<HeldLock> {
    const lock = new HeldLock(clerk, `lock:${name}`, holder);
    for (let pauseMs = POLL_MS.first; !(yield* lock.#take()); pauseMs = Math.min(2 * pauseMs, POLL_MS.longest)) yield* sleep(pauseMs);
    return lock;
  }

  *release(): Script<void> {
    yield* this.#clerk.deleteIf(this.#key, this.#holder);
  }

  *#take(): Script<boolean> {
    const answer = yield* this.#clerk.putIf(this.#key, this.#holder, 0);
    if (answer !== "ErrMaybe") return answer === "OK";
    return (yield* this.#clerk.get(this.#key)) === this.#holder;
  }
}

const newBed = (bench: Bench, isReliable = true): KvBed => new KvBed(bench, { size: 1, isReliable, stateBytesMax: null });

function* basic(bench: Bench): Script<void> {
  const bed = newBed(bench);
  for (const holder of ["first", "second"]) {
    const lock = yield* HeldLock.acquire(bed.unrecordedClerk(), "l", holder);
    yield* lock.release();
  }
}

/** Each name is a lock of its own, whoever holds others, and in whatever order they are released. */
function* nested(bench: Bench): Script<void> {
  const bed = newBed(bench);
  const clerk = bed.unrecordedClerk();
  const names = ["a", "b", "c"];
  const held: HeldLock[] = [];
  for (const name of names) held.push(yield* HeldLock.acquire(clerk, name, `mine of ${name}`));
  const others = names.map((name) => new Task(HeldLock.acquire(bed.unrecordedClerk(), name, `other's of ${name}`), bench.time));
  yield* sleep(1_000);
  for (const [i, lock] of [...held.entries()].sort(([a], [b]) => ((a + 1) % 3) - ((b + 1) % 3))) {
    demand(!(others[i] as Task<HeldLock>).isOver, () => `somebody else holds ${String(names[i])}, too`);
    yield* lock.release();
    yield* (yield* resultOf(others[i] as Task<HeldLock>)).release();
  }
}

const LOOP_MS = 2_000;
const HOLD_MS = 10;

function* contend(bench: Bench, { clients, isReliable }: LockLab): Script<void> {
  const bed = newBed(bench, isReliable);
  const untilMs = bench.time.nowMs + LOOP_MS;
  const tasks = Array.from({ length: clients }, (_, me) => new Task(holdAgainAndAgain(bed, `client ${String(me)}`, untilMs), bench.time));
  let held = 0;
  for (const task of tasks) held += yield* resultOf(task);
  demand(held > clients, () => `the lock was held ${String(held)} times`);
}

/** How often it held the lock. Nobody else touches what the lock protects meanwhile. */
function* holdAgainAndAgain(bed: KvBed, me: string, untilMs: number): Script<number> {
  const clerk = bed.unrecordedClerk();
  let count = 0;
  for (; bed.bench.time.nowMs < untilMs; count++) {
    const lock = yield* HeldLock.acquire(clerk, "l", `${me}, ${String(count)}`);
    const found = yield* clerk.find("protected");
    const version = found?.version ?? 0;
    demand((found?.value ?? "") === "", () => `${me} holds the lock, and so does ${String(found?.value)}`);
    yield* putProtected(clerk, me, version);
    yield* sleep(HOLD_MS);
    yield* putProtected(clerk, "", version + 1);
    yield* lock.release();
  }
  return count;
}

function* putProtected(clerk: Clerk, value: string, version: number): Script<void> {
  const answer = yield* clerk.putIf("protected", value, version);
  demand(answer === "OK" || answer === "ErrMaybe", () => `the holder's put was told ${answer}`);
}
