// The store's operations, answers and states in the words of a picture's labels.
import type { KvInput, KvOutput } from "../kv-operations.ts";

export function describeKvInput(input: KvInput): string {
  if (input.kind === "get") return "get";
  const guard = input.ifVersion === undefined ? "" : ` if v${input.ifVersion}`;
  if (input.kind === "increment") return `increment by ${input.by}${guard}`;
  return input.kind === "delete" ? `delete${guard}` : `${input.kind} ${JSON.stringify(input.value)}${guard}`;
}

export function describeKvOutput(output: KvOutput): string {
  switch (output.kind) {
    case "found":
      return `${JSON.stringify(output.value)}${versionText(output.version)}`;
    case "absent":
      return "absent";
    case "written":
      return `ok${versionText(output.version)}${output.length === undefined ? "" : `, ${output.length} bytes`}`;
    case "incremented":
      return `${output.value ?? "ok"}${versionText(output.version)}`;
    case "notAnInteger":
      return "no number";
    case "overflow":
      return "overflow";
    case "deleted":
      return output.deleted ? "deleted" : "nothing to delete";
    case "versionMismatch":
      return `mismatch${versionText(output.version)}`;
  }
}

export function describeKvState(state: { readonly version: number; readonly value: string | null }): string {
  return state.version === 0 ? "absent" : `${state.value === null ? "a value" : JSON.stringify(state.value)} v${state.version}`;
}

function versionText(version: number | undefined): string {
  return version === undefined ? "" : ` v${version}`;
}
