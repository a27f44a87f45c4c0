// Clients of the labs of 2025: each puts and reads, for as long as it is told, and none may be told what is not so.
import type { Script } from "../script.ts";
import { demand, resultOf, sleep, Task } from "../script.ts";
import { THINK_MS_MAX } from "../kv/generic.ts";
import type { Flag } from "../kv/generic.ts";
import type { Puts } from "../kv/kvraft1-4b.ts";
import { putOnce } from "../kv/kvraft1-4b.ts";
import type { ShardedBed } from "./sharded-bed.ts";

export class VersionedClients {
  readonly #stopped: Flag = { isSet: false };
  readonly #tasks: readonly Task<Puts>[];

  constructor(bed: ShardedBed, count: number, keys: readonly string[]) {
    this.#tasks = Array.from({ length: count }, (_, me) => new Task(putAndGet(bed, { me, keys, stopped: this.#stopped }), bed.bench.time));
  }

  *stop(): Script<void> {
    this.#stopped.isSet = true;
    let done = 0;
    for (const task of this.#tasks) done += (yield* resultOf(task)).done;
    demand(done >= this.#tasks.length, () => `no more than ${String(done)} puts were done`);
  }
}

type Client = { readonly me: number; readonly keys: readonly string[]; readonly stopped: Flag };

function* putAndGet(bed: ShardedBed, { me, keys, stopped }: Client): Script<Puts> {
  const clerk = bed.clerk();
  const random = bed.bench.random.child(`versioned client ${String(me)}`);
  const known = new Map<string, number>();
  let [done, maybe] = [0, 0];
  for (let count = 0; !stopped.isSet; count++) {
    yield* sleep(random.fraction() * THINK_MS_MAX);
    const key = random.pick(keys);
    const version = known.get(key) ?? (yield* clerk.find(key))?.version ?? 0;
    const puts = yield* putOnce(clerk, { key, value: `${clerk.name}.${String(count)}`, version });
    [done, maybe] = [done + puts.done, maybe + puts.maybe];
    known.set(key, (yield* clerk.find(key))?.version ?? 0);
  }
  return { done, maybe };
}
