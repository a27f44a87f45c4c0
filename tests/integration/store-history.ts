// What a case says of the calls of its clients: whether their history is that of one copy, and what unsuccessful ones heard.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkHistory } from "../../core/linearizability/checker.ts";
import { encodeHistory } from "../../core/linearizability/history-file.ts";
import { drawFailure } from "../../core/linearizability/picture.ts";
import { STORE_MODEL } from "../../core/linearizability/store-model.ts";
import type { StoreHistory } from "../../core/linearizability/store-operations.ts";
import { describeAttempts } from "./attempt-log.ts";
import type { Told } from "./store-load.ts";
import type { CaseContext } from "./test-case.ts";
import { check } from "./test-case.ts";

const TOLD_MAX = 5;

export function checkStoreHistory(history: StoreHistory, { directory, say }: CaseContext): void {
  check(history.length > 0, "something was recorded");
  const unknown = history.filter(({ outcome }) => outcome.kind === "unknown").length;
  const transactions = history.filter(({ input }) => input.kind === "txn").length;
  say(`${history.length} operations recorded, ${transactions} of them transactions, ${unknown} of unknown outcome`);
  writeFileSync(join(directory, "history.jsonl"), encodeHistory(history));
  const verdict = checkHistory(history, STORE_MODEL);
  if (verdict.kind === "linearizable") return;
  const picture = join(directory, "history.html");
  writeFileSync(picture, drawFailure(verdict, STORE_MODEL));
  check(false, `the history is linearizable, not ${verdict.kind}: keys ${verdict.partition.keys.join(", ")}; see ${picture}`);
}

/** Every call is done: nobody who uses the library has to know what happened. */
export function checkAllDone(told: readonly Told[]): void {
  const failed = told.filter(({ outcome }) => outcome.kind !== "done");
  check(failed.length === 0, `all ${told.length} calls are done, but ${failed.length} were not: ${describeCalls(failed)}`);
}

export function describeCalls(calls: readonly Told[]): string {
  return calls
    .slice(0, TOLD_MAX)
    .map(({ input, outcome, startMs, endMs, attempts }) => {
      const what = outcome.kind === "unknown" ? outcome.after : outcome.kind === "refused" ? outcome.refusal.code : "";
      const took = `${outcome.kind} ${what} after ${Math.round(endMs - startMs)} ms`;
      return `${input.kind}: ${took} (${describeAttempts(attempts, startMs)})`;
    })
    .join("\n      ");
}
