// What this store has and Redis has not.
import { readJsonTransaction } from "../requests/json-transaction.ts";
import { clusterDown } from "../store-gate.ts";
import type { Arguments, Command, FoundKeys } from "./command.ts";

const FLOTILLA = { group: "flotilla", keys: null, since: "7.4.0", complexity: "O(1)" } as const;

/** Of the command within it, which is no ONCE again. */
function keysOfOnce([, , , , ...own]: Arguments, keysOf: (args: Arguments) => FoundKeys): FoundKeys {
  return own[0]?.toString("latin1").toLowerCase() === "once" ? "ERR Invalid command specified" : keysOf(own);
}

function keysOfTransaction([, text]: Arguments): FoundKeys {
  const transaction = readJsonTransaction((text as Buffer).toString("utf8"));
  return typeof transaction === "string" ? transaction : transaction.keys;
}

export const FLOTILLA_COMMANDS: readonly Command[] = [
  {
    ...FLOTILLA,
    ...{ kind: "slow", name: "flotilla.client", arity: 1, flags: ["fast"] },
    summary: "An id for requests that take effect once, and for how many milliseconds it is good.",
    run: async ({ surroundings: { reader } }, _args, out) => {
      const outcome = await reader.newClient();
      if (outcome?.kind !== "done" || outcome.value.kind !== "client")
        return void out.error(clusterDown("no id can be issued at the moment"));
      out.array(2).bulkText(outcome.value.client).integer(outcome.value.expiresAfterMs);
    },
  },
  {
    ...FLOTILLA,
    ...{ kind: "control", control: "once", name: "once", arity: -5, flags: ["write", "movablekeys"], complexity: "As the command" },
    keysWithin: keysOfOnce,
    summary: "ONCE client serial acked command …: the command takes effect once, however often it is sent.",
  },
  {
    ...FLOTILLA,
    ...{ kind: "control", control: "transaction", name: "flotilla.txn", arity: 2, flags: ["write", "movablekeys"] },
    keysWithin: keysOfTransaction,
    summary: "A transaction as POST /v1/txn takes it, as JSON.",
    complexity: "O(N) where N is the number of operations",
  },
];
