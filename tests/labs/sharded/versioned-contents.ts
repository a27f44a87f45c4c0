// What the labs of 2025 keep in a sharded store: sixty keys that are put once, and must have that very version ever after.
import type { Clerk } from "../kv/clerk.ts";
import { demand } from "../script.ts";
import type { Script } from "../script.ts";
import { countAnswered } from "./contents.ts";
import type { ShardedBed } from "./sharded-bed.ts";

export const KEYS = 60;
const LETTERS = [..."abcdefghijklmnopqrstuvwxyz"];

export class VersionedContents {
  readonly clerk: Clerk;
  readonly values = new Map<string, string>();
  readonly #bed: ShardedBed;

  private constructor(bed: ShardedBed) {
    this.#bed = bed;
    this.clerk = bed.clerk();
  }

  static *put(bed: ShardedBed, letters = 20): Script<VersionedContents> {
    const contents = new VersionedContents(bed);
    for (let i = 0; i < KEYS; i++) {
      const [key, value] = [`k${String(i)}`, Array.from({ length: letters }, () => bed.bench.random.pick(LETTERS)).join("")];
      contents.values.set(key, value);
      const answer = yield* contents.clerk.putIf(key, value, 0);
      demand(answer === "OK" || answer === "ErrMaybe", () => `the first put of ${key} was told ${answer}`);
    }
    yield* contents.check();
    return contents;
  }

  get keys(): readonly string[] {
    return [...this.values.keys()];
  }

  *check(keys: readonly string[] = this.keys): Script<void> {
    for (const key of keys) yield* this.checkOne(key);
  }

  *checkOne(key: string, clerk: Clerk = this.clerk): Script<void> {
    const found = yield* clerk.find(key);
    const isRight = found?.value === this.values.get(key) && found?.version === 1;
    demand(isRight, () => `${key} is ${JSON.stringify(found)} instead of ${String(this.values.get(key))}, version 1`);
  }

  /** While a group is down, some reads are answered and some are not. */
  *demandSharded(...groups: readonly string[]): Script<void> {
    const { bench } = this.#bed;
    for (const id of groups) {
      this.#bed.shutDown(id);
      const answered = yield* countAnswered(
        bench.time,
        this.keys.map((key) => this.checkOne(key, this.#bed.clerk())),
      );
      demand(
        answered > 0 && answered < KEYS,
        () => `${String(answered)} of ${String(KEYS)} reads were answered while group ${id} was down`,
      );
      this.#bed.start(id);
      yield* this.check();
    }
  }
}
