import type { KvResult } from "../../../core/kv/results.ts";
import { resultsIn } from "../../../runtime/redis/plan-bytes.ts";

const ABSENT = { kind: "absent" } as const;
const REFUSED = { kind: "badRequest", message: "no" } as const;
const UNREADABLE = "ERR UNKNOWN whether it was done: the answer is of another kind";

test.each<[KvResult, number, ReturnType<typeof resultsIn>]>([
  [ABSENT, 1, [ABSENT]],
  [REFUSED, 1, [REFUSED]],
  [REFUSED, 2, "ERR no"],
  [ABSENT, 2, UNREADABLE],
  [{ kind: "batched", results: [ABSENT, ABSENT] }, 2, [ABSENT, ABSENT]],
  [{ kind: "batched", results: [ABSENT] }, 2, UNREADABLE],
  [{ kind: "batched", results: [] }, 0, []],
  [{ kind: "mismatched" }, 2, null],
])("%j for %i operations", (result, operations, expected) => {
  expect(resultsIn(result, operations)).toEqual(expected);
});
