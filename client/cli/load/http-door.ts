// The client library as a door of recorded clients: inputs of a history become calls, and what they return becomes outputs.
import type { Outcome } from "../../../core/base/outcome.ts";
import type { KvInput, KvOutput } from "../../../core/linearizability/kv-operations.ts";
import type { KeyValues } from "../cluster/key-values.ts";
import type { Door } from "./door.ts";

export function httpDoor(store: KeyValues): Door {
  return { hasGuards: true, perform: (input) => ask(store, input), close: () => store.close() };
}

async function ask(store: KeyValues, input: KvInput): Promise<Outcome<KvOutput>> {
  switch (input.kind) {
    case "get":
      return mapped(await store.get(input.key), (entry) =>
        entry === null ? { kind: "absent" } : { kind: "found", value: Buffer.from(entry.value).toString(), version: entry.version },
      );
    case "put": {
      const guard = input.ifVersion === undefined ? {} : { ifVersion: input.ifVersion };
      return guarded(mapped(await store.put(input.key, input.value, guard), ({ version }) => ({ kind: "written", version })));
    }
    case "append":
      return mapped(await store.append(input.key, input.value), ({ version, length }) => ({ kind: "written", version, length }));
    case "increment":
      return mapped(await store.increment(input.key, BigInt(input.by)), ({ value, version }) => ({
        kind: "incremented",
        value: String(value),
        version,
      }));
    case "delete":
      return mapped(await store.delete(input.key), ({ deleted }) => ({ kind: "deleted", deleted }));
  }
}

function mapped<T>(outcome: Outcome<T>, output: (value: T) => KvOutput): Outcome<KvOutput> {
  return outcome.kind === "done" ? { kind: "done", value: output(outcome.value) } : outcome;
}

/** A guard that failed is an answer: it says what the key had instead. */
function guarded(outcome: Outcome<KvOutput>): Outcome<KvOutput> {
  if (outcome.kind !== "refused" || outcome.refusal.code !== "versionMismatch") return outcome;
  return { kind: "done", value: { kind: "versionMismatch", version: Number(outcome.refusal.details?.["version"]) } };
}
