// What the commands need of the store, and how they come by it.
import type { Outcome } from "../../../core/base/outcome.ts";
import type { KvClientOptions } from "../../kv-client.ts";
import { KvClient } from "../../kv-client.ts";
import { CODES, Trouble } from "../trouble.ts";
import type { Context } from "./context.ts";

export type KeyValues = Pick<KvClient, "get" | "put" | "append" | "increment" | "delete" | "scanPage" | "close">;

export type OpenOptions = Pick<KvClientOptions, "deadlineMs" | "attemptMs" | "exactlyOnce">;

export function openKeyValues(
  { endpoints, local, tokens }: Pick<Context, "endpoints" | "local" | "tokens">,
  options: OpenOptions = {},
): KvClient {
  // Controllers have no keys.
  const replicas = local?.cluster.processes.filter(({ service }) => service === "replica").map(({ http }) => http) ?? endpoints;
  return new KvClient({ endpoints: replicas, token: tokens.data, ...options });
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
