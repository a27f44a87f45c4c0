// Transactions: what is queued after MULTI is done by EXEC, in one entry of the log, if nothing that is watched has changed.
import type { ControlCommand } from "./command.ts";
import { ALL_KEYS } from "./command.ts";

const CONTROL = { kind: "control", group: "transactions", keys: null, complexity: "O(1)" } as const;
const FLAGS = ["noscript", "loading", "stale", "fast", "allow_busy"] as const;

export const TRANSACTION_COMMANDS: readonly ControlCommand[] = [
  { ...CONTROL, ...{ name: "multi", control: "multi", arity: 1, flags: FLAGS, since: "1.2.0", summary: "Begin a transaction." } },
  {
    ...CONTROL,
    ...{ name: "exec", control: "exec", arity: 1, flags: ["noscript", "loading", "stale"], since: "1.2.0" },
    ...{ summary: "Do all that was queued, at once.", complexity: "Depends on the commands" },
  },
  { ...CONTROL, ...{ name: "discard", control: "discard", arity: 1, flags: FLAGS, since: "2.0.0", summary: "Forget what was queued." } },
  {
    ...CONTROL,
    ...{ name: "watch", control: "watch", arity: -2, flags: FLAGS, since: "2.2.0", keys: ALL_KEYS },
    ...{ summary: "Let the next EXEC do nothing if one of these keys changes.", complexity: "O(N) where N is the number of keys" },
  },
  { ...CONTROL, ...{ name: "unwatch", control: "unwatch", arity: 1, flags: FLAGS, since: "2.2.0", summary: "Forget what is watched." } },
];
