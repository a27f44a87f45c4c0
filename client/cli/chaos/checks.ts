// Everything that is checked at the end of a run, each as a line of its own.
import { checkHistory } from "../../../core/linearizability/checker.ts";
import { explain, summaryOf } from "../../../core/linearizability/explanation.ts";
import type { Failure } from "../../../core/linearizability/checker.ts";
import { KV_MODEL } from "../../../core/linearizability/kv-model.ts";
import type { KvHistory, KvInput, KvOutput } from "../../../core/linearizability/kv-operations.ts";
import { count, counted } from "../terminal.ts";
import type { Digests } from "./digests.ts";
import type { JobRun } from "./job-load.ts";
import type { JournalResult } from "./journals.ts";
import type { FaultRecord } from "./rounds.ts";
import type { Check } from "./verdict.ts";

export type Checked = { readonly check: Check; readonly failure: Failure<KvInput, KvOutput> | null };

const SHOWN = 5;

const listed = (problems: readonly string[]): string =>
  `${problems.slice(0, SHOWN).join("; ")}${problems.length > SHOWN ? `; and ${problems.length - SHOWN} more` : ""}`;

export function checkLinearizable(history: KvHistory, unread: number): Checked {
  const name = "linearizable";
  const answered = history.filter(({ outcome }) => outcome.kind === "done").length;
  const unknown = history.filter(({ outcome }) => outcome.kind === "unknown").length;
  if (answered === 0) return { check: { name, verdict: "unchecked", message: "no operation was answered" }, failure: null };
  const verdict = checkHistory(history, KV_MODEL);
  const refused = history.length - answered - unknown;
  const counts = `${count(answered)} answered, ${count(unknown)} of unknown outcome, ${count(refused)} refused`;
  const numbers = `${counted(history.length, "operation")}: ${counts}`;
  if (verdict.kind === "violation")
    return {
      check: { name, verdict: "failed", message: summaryOf(explain(verdict.partition.operations, KV_MODEL), KV_MODEL) },
      failure: verdict,
    };
  if (verdict.kind === "outOfBudget")
    return {
      check: { name, verdict: "unchecked", message: `the checker gave up before it found an order (${numbers}); a shorter run may tell` },
      failure: verdict,
    };
  if (unread > 0)
    return { check: { name, verdict: "unchecked", message: `${counted(unread, "key")} could not be read at the end` }, failure: null };
  return { check: { name, verdict: "passed", message: `one order explains ${numbers}` }, failure: null };
}

export function checkExactlyOnce({ problems, unread, appended, counted: increments, unknown }: JournalResult): Check {
  const name = "exactly once";
  if (problems.length > 0) return { name, verdict: "failed", message: listed(problems) };
  if (unread.length > 0) return { name, verdict: "unchecked", message: `can't be read: ${listed(unread)}` };
  if (appended === 0) return { name, verdict: "unchecked", message: "nothing was appended" };
  const rest = unknown === 0 ? "" : `; ${count(unknown)} of unknown outcome at most once`;
  return {
    name,
    verdict: "passed",
    message: `${counted(appended, "append")} and ${counted(increments, "increment")} took effect once${rest}`,
  };
}

export function checkJobs(runs: readonly JobRun[]): Check {
  const name = "jobs";
  const problems = runs.flatMap(({ id, problem }) => (problem === null ? [] : [`${id}: ${problem}`]));
  if (problems.length > 0) return { name, verdict: "failed", message: listed(problems) };
  if (runs.length === 0) return { name, verdict: "unchecked", message: "no job has ended" };
  return { name, verdict: "passed", message: `the output of ${counted(runs.length, "word count")} is that of a sequential one` };
}

/** `whyNotAfter`: what was not well when all faults were over; null: nothing. */
export function checkRecovery(records: readonly FaultRecord[], whyNotAfter: string | null): Check {
  const name = "recovery";
  const done = records.filter(({ target }) => target !== null);
  const problems = done.flatMap(({ number, fault, target, problem }) =>
    problem === null ? [] : [`after fault ${number} (${fault} of ${target ?? ""}): ${problem}`],
  );
  if (whyNotAfter !== null) problems.push(`when all faults were over: ${whyNotAfter}`);
  if (problems.length > 0) return { name, verdict: "failed", message: listed(problems) };
  const undecided = done.flatMap(({ number, fault, undecided: why }) => (why === null ? [] : [`fault ${number} (${fault}): ${why}`]));
  if (undecided.length > 0) return { name, verdict: "unchecked", message: listed(undecided) };
  if (done.length === 0) return { name, verdict: "unchecked", message: "there was no fault" };
  return { name, verdict: "passed", message: `everything was well again after each of ${counted(done.length, "fault")}` };
}

export function checkSeen(problems: readonly string[], { differing, uncompared }: Pick<Digests, "differing" | "uncompared">): Check {
  const name = "members";
  const all = [...problems, ...differing];
  if (all.length > 0) return { name, verdict: "failed", message: listed(all) };
  if (uncompared.length > 0) {
    const message = `of ${listed(uncompared)} never all members were at one index, so what they hold was not compared`;
    return { name, verdict: "unchecked", message };
  }
  return {
    name,
    verdict: "passed",
    message: "one leader in each term, no term forgotten, no member unlike its fellows, nobody ended by itself",
  };
}
