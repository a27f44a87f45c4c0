// What the labs keep in a sharded store, and how they look at it: a value per key that grows, and clients that make it grow.
import type { LabTime } from "../lab-time.ts";
import { demand, resultOf, sleep, Task } from "../script.ts";
import type { Script } from "../script.ts";
import type { Clerk } from "../kv/clerk.ts";
import type { Flag } from "../kv/generic.ts";
import type { ShardedBed } from "./sharded-bed.ts";
import { spreadKeys } from "./sharded-bed.ts";

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

export class Contents {
  readonly bed: ShardedBed;
  readonly clerk: Clerk;
  readonly keys: readonly string[];
  readonly values = new Map<string, string>();

  constructor(bed: ShardedBed, keys: readonly string[]) {
    this.bed = bed;
    this.keys = keys;
    this.clerk = bed.clerk();
  }

  /** Keys in as many shards, each with a random value of so many letters. */
  static *put(bed: ShardedBed, count: number, letters: number): Script<Contents> {
    const contents = new Contents(bed, spreadKeys(count));
    for (const key of contents.keys) yield* contents.set(key, contents.text(letters));
    return contents;
  }

  text(letters: number): string {
    return Array.from({ length: letters }, () => this.bed.bench.random.pick([...LETTERS])).join("");
  }

  *set(key: string, value: string): Script<void> {
    this.values.set(key, value);
    yield* this.clerk.put(key, value);
  }

  *append(key: string, letters: number): Script<void> {
    const more = this.text(letters);
    this.values.set(key, `${this.values.get(key) ?? ""}${more}`);
    yield* this.clerk.append(key, more);
  }

  *check(keys: readonly string[] = this.keys): Script<void> {
    for (const key of keys) yield* this.checkOne(key);
  }

  *checkOne(key: string, clerk: Clerk = this.clerk): Script<void> {
    this.demandValue(key, yield* clerk.get(key));
  }

  /** Every key once: as it should be, and then larger. */
  *checkAndAppend(letters: number): Script<void> {
    for (const key of this.keys) {
      yield* this.checkOne(key);
      yield* this.append(key, letters);
    }
  }

  demandValue(key: string, value: string): void {
    const expected = this.values.get(key) ?? "";
    demand(
      value === expected,
      () => `${key} holds ${String(value.length)} bytes, …${value.slice(-40)}, not ${String(expected.length)}, …${expected.slice(-40)}`,
    );
  }

  /** A client for each key that appends to it until it is told to stop. */
  appenders({ letters, pauseMs }: { readonly letters: number; readonly pauseMs: number }): Appenders {
    const stopped: Flag = { isSet: false };
    const clients = this.keys.map((key) => new Task(this.#appendForever(key, { letters, pauseMs, stopped }), this.bed.bench.time));
    return {
      *stop(): Script<void> {
        stopped.isSet = true;
        const counts: number[] = [];
        for (const client of clients) counts.push(yield* resultOf(client));
        demand(Math.min(...counts) > 0, () => "some client never appended anything");
      },
    };
  }

  *#appendForever(key: string, { letters, pauseMs, stopped }: { letters: number; pauseMs: number; stopped: Flag }): Script<number> {
    const clerk = this.bed.clerk();
    let count = 0;
    for (; !stopped.isSet; count++) {
      const more = this.text(letters);
      this.values.set(key, `${this.values.get(key) ?? ""}${more}`);
      const length = yield* clerk.append(key, more);
      const expected = this.values.get(key)?.length;
      demand(length === expected, () => `${key} is ${String(length)} bytes long after an append, not ${String(expected)}`);
      yield* sleep(pauseMs);
    }
    return count;
  }
}

export type Appenders = { readonly stop: () => Script<void> };

const QUIET_MS = 2_000;

/** How many of these were over, each with what it had to see, when nothing more had happened for 2 s. The others go on. */
export function* countAnswered(time: LabTime, readers: readonly Script<void>[]): Script<number> {
  let [answered, lastMs] = [0, time.nowMs];
  const tasks = readers.map(
    (reader) =>
      new Task(
        (function* () {
          yield* reader;
          answered++;
          lastMs = time.nowMs;
        })(),
        time,
      ),
  );
  while (time.nowMs - lastMs < QUIET_MS) yield* sleep(10);
  for (const task of tasks) if (task.isOver) yield* resultOf(task);
  return answered;
}
