// Every key that any client ever touched, read once more when all is at rest: what the history has to end with.
import type { KvOutput } from "../../../core/linearizability/kv-operations.ts";
import type { Oracle } from "../oracle.ts";
import { Violation } from "../world/violation.ts";
import type { World } from "../world/world.ts";
import { decodeResult, encodeQuery } from "./encoding.ts";

const DEADLINE_MS = 2_000;

export function readEverything(world: World, oracle: Oracle): ReadonlyMap<string, string | null> {
  const keys = [...new Set(oracle.history.map(({ input }) => input.key))].sort();
  const state = new Map<string, string | null>();
  const place = world.leader?.place ?? 0;
  for (const key of keys) {
    const call = oracle.called("final", { kind: "get", key });
    world.ask(
      {
        place,
        operation: { kind: "read", query: encodeQuery({ key }), consistency: "linearizable" },
        deadlineMs: DEADLINE_MS,
        lossPermille: 0,
      },
      (outcome) => {
        if (outcome.kind !== "done" || outcome.value.kind !== "result") return;
        const output = decodeResult(outcome.value.result);
        oracle.done(call, output);
        state.set(key, valueOf(output));
      },
    );
    const patienceEndsUs = world.nowUs + 2 * DEADLINE_MS * 1_000;
    while (!state.has(key) && world.nowUs < patienceEndsUs) world.runUntil(world.nowUs + 5_000);
    if (!state.has(key)) throw new Violation("stuck", "a group at rest serves reads", `${key} could not be read at place ${place}`);
  }
  return state;
}

function valueOf(output: KvOutput): string | null {
  return output.kind === "found" ? output.value : null;
}
