// Commands about keys, whatever their values are.
import type { KvOperation } from "../../../core/kv/commands.ts";
import { NO_GUARDS } from "../../../core/kv/commands.ts";
import { NO_SUCH_KEY } from "../error-texts.ts";
import { anyFailed, countOf, failed } from "./answers.ts";
import type { DataCommand } from "./command.ts";
import { ALL_KEYS, ONE_KEY } from "./command.ts";

const GENERIC = { kind: "data", group: "generic" } as const;
const MANY = { ...GENERIC, keys: ALL_KEYS, arity: -2, complexity: "O(N) where N is the number of keys" } as const;

const deletions = (keys: readonly Buffer[]): readonly KvOperation[] => keys.map((key) => ({ kind: "delete", key, guards: NO_GUARDS }));
const descriptions = (keys: readonly Buffer[]): readonly KvOperation[] => keys.map((key) => ({ kind: "describe", key }));

const deleted = countOf((result) => result.kind === "deleted" && result.deleted);
const present = countOf(({ kind }) => kind === "described");

export const KEY_COMMANDS: readonly DataCommand[] = [
  {
    ...MANY,
    ...{ name: "del", flags: ["write"], since: "1.0.0", summary: "Delete keys of one slot." },
    plan: ([, ...keys]) => ({ operations: deletions(keys) }),
    answer: deleted,
  },
  {
    ...MANY,
    ...{ name: "unlink", flags: ["write", "fast"], since: "4.0.0", summary: "Delete keys of one slot; the same as DEL." },
    plan: ([, ...keys]) => ({ operations: deletions(keys) }),
    answer: deleted,
  },
  {
    ...MANY,
    ...{ name: "exists", flags: ["readonly", "fast"], since: "1.0.0", summary: "Count which of these keys of one slot are there." },
    plan: ([, ...keys]) => ({ operations: descriptions(keys) }),
    answer: present,
  },
  {
    ...MANY,
    ...{
      name: "touch",
      flags: ["readonly", "fast"],
      since: "3.2.1",
      summary: "Count which of these keys of one slot are there; nobody is evicted here.",
    },
    plan: ([, ...keys]) => ({ operations: descriptions(keys) }),
    answer: present,
  },
  {
    ...GENERIC,
    ...{
      name: "type",
      arity: 2,
      flags: ["readonly", "fast"],
      since: "1.0.0",
      summary: "Get the type of a value.",
      complexity: "O(1)",
      keys: ONE_KEY,
    },
    plan: ([, key]) => ({ operations: descriptions([key as Buffer]) }),
    answer: (results, told) => {
      const result = results?.[0];
      if (!failed(result, told)) told.out.simple(result?.kind === "described" ? "string" : "none");
    },
  },
  {
    ...GENERIC,
    ...{ name: "rename", arity: 3, flags: ["write"], since: "1.0.0", summary: "Give a key another name of the same slot." },
    ...{ complexity: "O(1)", keys: { first: 1, last: 2, step: 1 } },
    plan: ([, key, to]) => ({ operations: [{ kind: "rename", key: key as Buffer, guards: NO_GUARDS, to: to as Buffer }] }),
    answer: (results, told) => {
      if (results?.[0]?.kind === "absent") told.out.error(NO_SUCH_KEY);
      else if (!anyFailed(results ?? [], told)) told.out.simple("OK");
    },
  },
];
