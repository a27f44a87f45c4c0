// Every key that any client ever touched, read once more when all is at rest: what the history has to end with.
import type { KvOutput } from "../../../core/linearizability/kv-operations.ts";
import type { Oracle } from "../oracle.ts";
import { Violation } from "../world/violation.ts";
import type { World } from "../world/world.ts";
import { decodeResult, encodeQuery } from "./encoding.ts";
import { describeOutcome } from "./outcome-text.ts";

const DEADLINE_MS = 1_000;
/** A member may be too busy for one more request, for a moment. */
const ATTEMPTS_MAX = 5;
const LOOK_EVERY_US = 2_000;

export function readEverything(world: World, oracle: Oracle): ReadonlyMap<string, string | null> {
  const keys = [...new Set(oracle.history.map(({ input }) => input.key))].sort();
  return new Map(keys.map((key) => [key, valueOf(readKey(world, oracle, key))]));
}

function readKey(world: World, oracle: Oracle, key: string): KvOutput {
  const call = oracle.called("final", { kind: "get", key });
  let answer = "silence";
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const place = world.leader?.place ?? 0;
    const read = { kind: "read", query: encodeQuery({ key }), consistency: "linearizable" } as const;
    let found: KvOutput | null = null;
    let isAnswered = false;
    world.ask({ place, operation: read, deadlineMs: DEADLINE_MS, lossPermille: 0 }, (outcome) => {
      isAnswered = true;
      answer = describeOutcome(outcome);
      if (outcome.kind === "done" && outcome.value.kind === "result") found = decodeResult(outcome.value.result);
    });
    const patienceEndsUs = world.nowUs + 2 * DEADLINE_MS * 1_000;
    while (!isAnswered && world.nowUs < patienceEndsUs) world.runUntil(world.nowUs + LOOK_EVERY_US);
    if (found === null) continue;
    oracle.done(call, found);
    return found;
  }
  throw new Violation("stuck", "a group at rest serves reads", `${key} could not be read: ${answer}`);
}

function valueOf(output: KvOutput): string | null {
  return output.kind === "found" ? output.value : null;
}
