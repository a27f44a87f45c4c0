// F44, F46 and F52: revisions that rise, locks that are held by one, transactions that are of one slot.
import type { Mutant } from "../mutant.ts";

export const STORE_MUTANTS: readonly Mutant[] = [
  {
    name: "a restored store counts its revisions from the beginning",
    failureClass: "F44",
    standsFor: "etcd#17780: a revision that goes back after a crash",
    file: "core/kv/kv-snapshot.ts",
    find: "this.#state.revision = reader.count();",
    replace: "this.#state.revision = 0 * reader.count();",
    caughtBy: [{ kind: "jest", path: "tests/core/kv/kv-snapshot" }],
  },
  {
    name: "a holder that was paused for too long frees the next one's lock",
    failureClass: "F46",
    standsFor: "Jepsen's tests of etcd's locks: two holders after a pause",
    file: "client/lock.ts",
    find: "compare: [{ key, value: holder }], then: [op.delete(key)]",
    replace: "compare: [], then: [op.delete(key)]",
    caughtBy: [{ kind: "jest", path: "tests/client/lock.test.ts" }],
  },
  {
    name: "a transaction over several slots is taken",
    failureClass: "F52",
    standsFor: "tikv#15420: half of a transaction over several shards",
    file: "core/kv/transactions.ts",
    find: "return areOfOneSlot(keys) ? null",
    replace: "return areOfOneSlot(keys) || keys.length > 0 ? null",
    caughtBy: [{ kind: "jest", path: "tests/core/kv/transactions" }],
  },
];
