// The recorded histories beside this file, by name. They are also what keeps the file format readable.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { decodeHistory } from "../../../core/linearizability/history-file.ts";
import { KV_READER } from "../../../core/linearizability/kv-operations.ts";
import type { KvHistory } from "../../../core/linearizability/kv-operations.ts";

const FOLDER = join(__dirname, "histories");

export function knownHistories(prefix: "good" | "bad"): { readonly name: string; readonly history: KvHistory }[] {
  const files = readdirSync(FOLDER).filter((file) => file.startsWith(`${prefix}-`));
  return files.sort().map((file) => ({ name: file.replace(".jsonl", ""), history: knownHistory(file) }));
}

export function knownHistory(file: string): KvHistory {
  const outcome = decodeHistory(readFileSync(join(FOLDER, file), "utf8"), KV_READER);
  if (outcome.kind !== "done") throw new Error(`${file}: ${JSON.stringify(outcome)}`);
  return outcome.value;
}
