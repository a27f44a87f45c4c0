// What an administrator's command of the labs of 2025 does: the change is recorded by the controllers, and is over when every
// shard is where it belongs. Freezing, installing and deleting are the groups' own business here.
import type { ShardedBed } from "./sharded-bed.ts";
import { sleep } from "../script.ts";
import type { Script } from "../script.ts";

/** Between two changes. */
const PAUSE_MS = 200;
export const FIRST = "1";

export function* joinAll(bed: ShardedBed, ids: readonly string[]): Script<void> {
  for (const id of ids) {
    bed.addGroup(id);
    yield* bed.join(id);
    yield* bed.settled();
    yield* sleep(PAUSE_MS);
  }
}

/** A group that has left is not needed any more. */
export function* leaveAll(bed: ShardedBed, ids: readonly string[]): Script<void> {
  for (const id of ids) {
    yield* bed.leave(id);
    yield* bed.settled();
    bed.shutDown(id);
    yield* sleep(PAUSE_MS);
  }
}

/** The ids of so many groups behind the first. */
export const further = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => String(i + 2));
