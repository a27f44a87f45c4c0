// What the commands need of the store, and how they come by it: the one place that knows the client library.
import type { Outcome } from "../../../core/base/outcome.ts";
import { refused } from "../../../core/base/outcome.ts";
import type { Appended, CallOptions, Change, Deleted, Entry, GetOptions, GuardOptions } from "../../kv-client.ts";
import { KvClient } from "../../kv-client.ts";
import { CODES, Trouble } from "../trouble.ts";
import type { Context } from "./context.ts";

export type PutOptions = GuardOptions & { readonly ttlMs?: number };
export type Incremented = Change & { readonly value: bigint };
export type ListedEntry = Entry & { readonly key: Uint8Array };
/** `next`: where to go on; null at the end. */
export type Page = { readonly entries: readonly ListedEntry[]; readonly next: string | null };
export type PageOptions = CallOptions & { readonly after?: string | null; readonly limit?: number };

export interface KeyValues {
  get(key: string | Uint8Array, options?: GetOptions): Promise<Outcome<Entry | null>>;
  put(key: string | Uint8Array, value: string | Uint8Array, options?: PutOptions): Promise<Outcome<Change>>;
  append(key: string | Uint8Array, value: string | Uint8Array, options?: GuardOptions): Promise<Outcome<Appended>>;
  increment(key: string | Uint8Array, by?: bigint, options?: GuardOptions): Promise<Outcome<Incremented>>;
  delete(key: string | Uint8Array, options?: GuardOptions): Promise<Outcome<Deleted>>;
  scanPage(prefix: string | Uint8Array, options?: PageOptions): Promise<Outcome<Page>>;
  close(): Promise<void>;
}

export type OpenOptions = { readonly deadlineMs?: number; readonly attemptMs?: number; readonly exactlyOnce?: boolean };

export function openKeyValues({ endpoints, local }: Pick<Context, "endpoints" | "local">, options: OpenOptions = {}): KeyValues {
  // Until there is a map of shards, the first group is the store.
  const own =
    local?.cluster.processes.filter(({ service, group }) => service === "replica" && group === "1").map(({ http }) => http) ?? endpoints;
  const client = new KvClient({ endpoints: own, ...options });
  return Object.assign(client, {
    increment: () => Promise.resolve(refused("notFound", "these replicas don't increment yet")),
    scanPage: () => Promise.resolve(refused("notFound", "these replicas don't scan yet")),
  });
}

/** The value, or the trouble that a person has with it. */
export function valueOf<T>(outcome: Outcome<T>): T {
  if (outcome.kind === "done") return outcome.value;
  if (outcome.kind === "unknown")
    throw new Trouble(
      `the outcome is not known (${outcome.after}): it may have happened, or still may`,
      "read before you write again; how the cluster stands: flotilla status",
      CODES.unknown,
    );
  const { code, message } = outcome.refusal;
  throw new Trouble(`${code}: ${message}`, NEXT[code] ?? null);
}

const NEXT: Readonly<Record<string, string>> = {
  noQuorum: "see who is missing: flotilla status",
  starting: "see what it waits for: flotilla status",
  deadline: "try again, with more time: --timeout 30s",
  overloaded: "try again in a moment",
  diskFull: "make room on the disks of its members; deletes still work",
};
