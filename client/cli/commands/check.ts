// `flotilla check`: is what clients see linearizable, while you break things? Records a history and lets the checker decide.
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { Random } from "../../../core/base/random.ts";
import { checkHistory } from "../../../core/linearizability/checker.ts";
import { explain, summaryOf } from "../../../core/linearizability/explanation.ts";
import { encodeHistory } from "../../../core/linearizability/history-file.ts";
import { KV_MODEL } from "../../../core/linearizability/kv-model.ts";
import type { KvHistory } from "../../../core/linearizability/kv-operations.ts";
import { drawFailure } from "../../../core/linearizability/picture.ts";
import { findContext } from "../cluster/context.ts";
import { openKeyValues } from "../cluster/key-values.ts";
import type { KeyValues } from "../cluster/key-values.ts";
import { servedBy } from "../cluster/serving.ts";
import { environment } from "../config.ts";
import type { Command } from "../grammar/command.ts";
import { CLUSTER_FLAGS } from "../grammar/command.ts";
import type { Given } from "../grammar/given.ts";
import { onceInterrupted } from "../interrupts.ts";
import { httpDoor } from "../load/http-door.ts";
import { NotableCalls } from "../load/notable-calls.ts";
import { recordClients } from "../load/recorded-clients.ts";
import type { Output } from "../output.ts";
import { count, counted, duration, MARKS, progressBar, progressOn, shownPath } from "../terminal.ts";
import { CODES } from "../trouble.ts";

/** Half of the clients retry under their serials; the others send once, give up soon, and so often don't know. */
const PATIENT = { deadlineMs: 5_000, attemptMs: 700, exactlyOnce: true };
const IMPATIENT = { deadlineMs: 400, attemptMs: 400, exactlyOnce: false };

export const check: Command = {
  name: "check",
  summary: "record what clients see, and prove that it is linearizable or show why not",
  details:
    "Clients read, write, append and delete on a few keys at once, and every answer is compared with what one single copy could have answered. Ends with 0 if there is such an order, and with 1 if there is none: then a page shows where, and the history is kept.",
  arguments: [],
  flags: [
    {
      name: "duration",
      kind: "duration",
      value: "TIME",
      fallback: 10_000,
      min: 500,
      max: 3_600_000,
      meaning: "how long; Ctrl-C ends it earlier, and it is judged",
    },
    { name: "clients", kind: "whole", value: "N", fallback: 8, min: 1, max: 64, meaning: "how many work at once" },
    { name: "patient", kind: "switch", meaning: "all clients send again for up to 5 s; else half of them give up after 400 ms" },
    { name: "seed", kind: "whole", value: "N", fallback: 1, min: 0, max: 2 ** 31, meaning: "the same seed asks for the same things" },
    { name: "out", kind: "text", value: "DIR", fallback: ".", meaning: "where a failure's page and history go" },
    { name: "keep", kind: "switch", meaning: "keep the history of a success, too, and the keys" },
    ...CLUSTER_FLAGS,
  ],
  examples: [
    { command: "flotilla check --duration 30s", meaning: "and in another terminal, kill what you like" },
    { command: "flotilla check -o json --clients 16", meaning: "for a script: the exit code is the verdict" },
  ],
  run: runCheck,
};

async function runCheck(given: Given, output: Output): Promise<number> {
  const context = await servedBy("replica", findContext(given, { environment, workingDirectory: process.cwd() }));
  const clients = given.numberOr("clients");
  const stores = Array.from({ length: clients }, (_, i) =>
    openKeyValues(context, given.has("patient") || i % 2 === 0 ? PATIENT : IMPATIENT),
  );
  const prefix = `check/${randomBytes(4).toString("hex")}/`;
  const interrupts = onceInterrupted();
  const durationMs = given.numberOr("duration");
  const show = progressOn(process.stderr, process.stderr.isTTY === true);
  const notable = new NotableCalls(performance.now());
  try {
    const { history, unread } = await recordClients({
      ...{ clients: stores.map((store) => ({ door: httpDoor(store) })), durationMs, prefix, isOver: interrupts.isInterrupted },
      random: new Random(given.numberOr("seed")),
      onTold: (told) => notable.note(told),
      onProgress: (operations, elapsedMs) => show(`${progressBar(elapsedMs / durationMs)} ${counted(operations, "operation")}`),
    });
    show("Judging …");
    const code = judge(history, { given, output, unread, notable, show });
    if (code === CODES.done && !given.has("keep")) await forget(stores[0], history);
    return code;
  } finally {
    show("");
    interrupts.stop();
    await Promise.all(stores.map((store) => store.close()));
  }
}

type Judging = {
  readonly given: Given;
  readonly output: Output;
  readonly unread: number;
  readonly notable: NotableCalls;
  readonly show: (line: string) => void;
};

function judge(history: KvHistory, { given, output, unread, notable, show }: Judging): number {
  const beganMs = performance.now();
  const verdict = checkHistory(history, KV_MODEL);
  show("");
  const answered = history.filter(({ outcome }) => outcome.kind === "done").length;
  const unknown = history.filter(({ outcome }) => outcome.kind === "unknown").length;
  const { longest, unanswered } = notable;
  const counts = { operations: history.length, answered, unknown, refused: history.length - answered - unknown, unread };
  const figures = { ...counts, longest, unanswered };
  const numbers = `${counted(history.length, "operation")}: ${count(answered)} answered, ${count(unknown)} of unknown outcome, ${count(figures.refused)} refused`;
  const { paint } = output;
  if (answered === 0) {
    output.result(
      { verdict: "nothingSeen", ...figures },
      () => `${paint.red(MARKS.bad)} Nothing was answered, so nothing can be said. ${numbers}.`,
    );
    return CODES.failed;
  }
  if (verdict.kind === "linearizable") {
    const files = given.has("keep") ? { history: keepHistory(history, given) } : {};
    output.result({ verdict: verdict.kind, ...figures, ...files }, () =>
      [
        `${paint.green(MARKS.good)} Linearizable. ${numbers}.`,
        `  ${paint.dim(`The longest took ${duration(longest.tookMs)}, ${duration(longest.atMs)} after the first.`)}`,
        `  ${paint.dim(`One order explains them all; it took ${duration(performance.now() - beganMs)} to find.`)}`,
        ...(unread === 0
          ? []
          : [`  ${paint.yellow(MARKS.warning)} ${counted(unread, "key")} could not be read at the end: what they hold was not checked.`]),
      ].join("\n"),
    );
    return CODES.done;
  }
  const files = { history: keepHistory(history, given), picture: write(given, "html", drawFailure(verdict, KV_MODEL)) };
  const why =
    verdict.kind === "violation"
      ? summaryOf(explain(verdict.partition.operations, KV_MODEL), KV_MODEL)
      : "the checker gave up before it found an order; a shorter run may tell";
  output.result({ verdict: verdict.kind, why, ...figures, ...files }, () =>
    [
      `${paint.red(MARKS.bad)} ${verdict.kind === "violation" ? "Not linearizable" : "Not decided"}: ${why}`,
      `  ${numbers}.`,
      `  ${paint.dim("→")} open ${shownPath(files.picture, process.cwd())}; the history is in ${shownPath(files.history, process.cwd())}`,
    ].join("\n"),
  );
  return CODES.failed;
}

const keepHistory = (history: KvHistory, given: Given): string => write(given, "jsonl", encodeHistory(history));

function write(given: Given, ending: string, text: string): string {
  const path = resolve(given.text("out") ?? ".", `flotilla-check-${new Date().toISOString().replaceAll(":", "-").slice(0, 19)}.${ending}`);
  writeFileSync(path, text);
  return path;
}

/** The keys that this run made. What can't be deleted now does no harm. */
async function forget(store: KeyValues | undefined, history: KvHistory): Promise<void> {
  const keys = new Set(history.map(({ input }) => input.key));
  await Promise.all([...keys].map((key) => store?.delete(key)));
}
