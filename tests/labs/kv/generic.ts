// The labs' generic test: clients that append and read while servers are cut off from each other, crash and come back; three
// rounds. Each client's own key must hold what it appended, once and in order, whenever it looks.
import { ELECTION_MS } from "../lab.ts";
import type { Bench } from "../lab.ts";
import { demand, resultOf, sleep, Task } from "../script.ts";
import type { Script } from "../script.ts";
import type { Clerk } from "./clerk.ts";
import { KvBed } from "./kv-bed.ts";
import type { BedOptions } from "./kv-bed.ts";

export type GenericOptions = BedOptions & {
  readonly clients: number;
  readonly crashes: boolean;
  readonly partitions: boolean;
  readonly randomKeys: boolean;
  /** How long clients work in each round. */
  readonly roundMs: number;
};

export const ROUNDS = 3;
export const ROUND_MS = 5_000;
/** Between two calls of a client: what is tested is not how many there are. */
export const THINK_MS_MAX = 20;
const HOLD_MS = { min: 1_000, max: 1_199 };

export type Flag = { isSet: boolean };

export const tokenOf = (client: number, count: number): string => `x ${String(client)} ${String(count)} y`;

export function* generic(bench: Bench, options: GenericOptions): Script<void> {
  const bed = new KvBed(bench, options);
  const checker = bed.clerk();
  const clerks = Array.from({ length: options.clients }, () => bed.clerk());
  let appended = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const stopped: Flag = { isSet: false };
    const clients = clerks.map((clerk, me) => new Task(client(bed, { clerk, me, stopped, options }), bench.time));
    yield* disturb(bed, options, stopped);
    for (const [me, task] of clients.entries()) {
      const count = yield* resultOf(task);
      if (options.randomKeys) continue;
      appended += count;
      demandAppends(yield* checker.get(String(me)), me, count);
    }
    bed.measureSizes();
  }
  demand(options.randomKeys || appended >= options.clients, () => `no more than ${String(appended)} appends`);
  bed.demandLinearizable();
}

/** Until the end of a round: the clients are told to stop, but what they have begun may outlast everything here. */
export function* disturb(bed: KvBed, options: Pick<GenericOptions, "crashes" | "partitions" | "roundMs">, stopped: Flag): Script<void> {
  const { cluster } = bed;
  const partitioner = options.partitions ? new Task(partition(bed, stopped), bed.bench.time) : null;
  yield* sleep(options.roundMs);
  stopped.isSet = true;
  if (partitioner !== null) {
    yield* resultOf(partitioner);
    cluster.heal();
    // Time enough for an election, and for whoever still waits to be answered.
    yield* sleep(ELECTION_MS);
  }
  if (!options.crashes) return;
  cluster.crash(...cluster.places);
  yield* sleep(ELECTION_MS);
  cluster.restart(...cluster.places);
}

/** Every server goes to either side; each split is held for about a second. */
function* partition(bed: KvBed, stopped: Flag): Script<void> {
  const { cluster } = bed;
  yield* sleep(ELECTION_MS);
  while (!stopped.isSet) {
    const sides: [number[], number[]] = [[], []];
    for (const place of cluster.places) sides[cluster.random.chance(0.5) ? 0 : 1].push(place);
    cluster.network.partition(...sides);
    yield* sleep(cluster.random.between(HOLD_MS.min, HOLD_MS.max));
  }
}

type Client = { readonly clerk: Clerk; readonly me: number; readonly stopped: Flag; readonly options: GenericOptions };

/** How often it appended. */
function* client(bed: KvBed, { clerk, me, stopped, options }: Client): Script<number> {
  const random = bed.bench.random.child(`client ${clerk.name} ${String(bed.bench.time.nowMs)}`);
  let [last, count] = ["", 0];
  if (!options.randomKeys) yield* clerk.put(String(me), "");
  while (!stopped.isSet) {
    yield* sleep(random.fraction() * THINK_MS_MAX);
    const key = options.randomKeys ? String(random.between(0, options.clients - 1)) : String(me);
    if (random.chance(0.5)) {
      const token = tokenOf(me, count++);
      const length = yield* clerk.append(key, token);
      last += token;
      demand(
        options.randomKeys || length === last.length,
        () => `an append to ${key} left ${String(length)} bytes, not ${String(last.length)}`,
      );
    } else if (options.randomKeys && random.chance(0.1)) {
      yield* clerk.put(key, tokenOf(me, count++));
    } else {
      const value = yield* clerk.get(key);
      demand(options.randomKeys || value === last, () => `client ${String(me)} read ${tail(value)}, after it had left ${tail(last)}`);
    }
  }
  return count;
}

/** Everything that the client appended, once and in its order. */
export function demandAppends(value: string, client: number, count: number): void {
  let from = -1;
  for (let i = 0; i < count; i++) {
    const token = tokenOf(client, i);
    const at = value.indexOf(token);
    demand(at >= 0, () => `${token} is missing in ${tail(value)}`);
    demand(value.lastIndexOf(token) === at, () => `${token} is there twice in ${tail(value)}`);
    demand(at > from, () => `${token} is in the wrong order in ${tail(value)}`);
    from = at;
  }
}

const tail = (value: string): string => JSON.stringify(value.length > 100 ? `…${value.slice(-100)}` : value);
