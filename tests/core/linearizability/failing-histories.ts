// Random failing histories with what the picture's parts need of them.
import { Random } from "../../../core/base/random.ts";
import { checkHistory } from "../../../core/linearizability/checker.ts";
import type { Failure } from "../../../core/linearizability/checker.ts";
import { explain } from "../../../core/linearizability/explanation.ts";
import type { Explanation } from "../../../core/linearizability/explanation.ts";
import { KV_MODEL } from "../../../core/linearizability/kv-model.ts";
import type { KvInput, KvOutput } from "../../../core/linearizability/kv-operations.ts";
import { randomHistory, withStaleRead } from "./random-history.ts";

export type FailingHistory = {
  readonly failure: Failure<KvInput, KvOutput>;
  readonly explanation: Explanation<KvInput, KvOutput>;
};

export function failingHistories(count: number): FailingHistory[] {
  return Array.from({ length: count }, (_, seed) => {
    const random = new Random(seed);
    const history = randomHistory(random, {
      clients: random.between(2, 6),
      operations: random.between(30, 200),
      keys: 1,
      unknownShare: random.pick([0, 0.1, 0.3]),
      refusedShare: 0.3,
      values: Infinity,
      guardShare: 0.1,
      versionShare: 1,
      kinds: ["get", "put", "append", "get"],
      wholeTimes: random.chance(0.5),
    });
    const failure = checkHistory(withStaleRead(history), KV_MODEL);
    if (failure.kind === "linearizable") throw new Error(`seed ${seed}: the stale read is none`);
    return { failure, explanation: explain(failure.partition.operations, KV_MODEL) };
  });
}
