// `flotilla status`: is it healthy, who leads, what lags, what moves.
import { findContext } from "../cluster/context.ts";
import { environment } from "../config.ts";
import type { Command } from "../grammar/command.ts";
import { CLUSTER_FLAGS } from "../grammar/command.ts";
import type { Given } from "../grammar/given.ts";
import type { Output } from "../output.ts";
import { gatherFacts } from "../status/cluster-facts.ts";
import type { ClusterView } from "../status/cluster-view.ts";
import { viewOf } from "../status/cluster-view.ts";
import { ENTER, frame, LEAVE } from "../status/redrawing.ts";
import { statusScreen } from "../status/status-screen.ts";
import { CODES } from "../trouble.ts";

export const status: Command = {
  name: "status",
  summary: "one screen: is it healthy, who leads, what lags, what moves",
  details:
    "Ends with 0 while every group serves and every shard belongs to one, though members may be missing, and with 1 otherwise. " +
    "Of the controllers of a cluster elsewhere replicas know nothing: name them, too. " +
    "Where none of them is known and somebody who was named does not answer, they count as a group that does not serve.",
  arguments: [],
  flags: [
    { name: "watch", short: "w", kind: "switch", meaning: "keep looking, and redraw in place, until Ctrl-C" },
    { name: "every", kind: "duration", value: "TIME", fallback: 500, min: 100, max: 60_000, meaning: "with --watch: how often" },
    ...CLUSTER_FLAGS,
  ],
  examples: [
    { command: "flotilla status --watch", meaning: "beside a terminal in which you kill a leader" },
    { command: "until flotilla status -o json > /dev/null; do sleep 1; done", meaning: "wait in a script until all groups serve" },
  ],
  run: runStatus,
};

async function runStatus(given: Given, output: Output): Promise<number> {
  if (given.has("watch")) return watch(given, output);
  const view = await look(given);
  output.result(view, () => statusScreen(view, output.paint));
  return view.health === "down" ? CODES.failed : CODES.done;
}

async function look(given: Given): Promise<ClusterView> {
  return viewOf(await gatherFacts(findContext(given, { environment, workingDirectory: process.cwd() })));
}

async function watch(given: Given, output: Output): Promise<number> {
  // Whatever can't be found is said before the screen is taken.
  let view = await look(given);
  let isOver = false;
  let wake = (): void => undefined;
  const stop = (): void => {
    isOver = true;
    wake();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stop);
  const inPlace = output.isTerminal && output.format === "table";
  if (inPlace) process.stdout.write(ENTER);
  try {
    for (;;) {
      if (inPlace) process.stdout.write(frame(screenOf(view, output), sizeOf(process.stdout)));
      else console.log(output.format === "json" ? JSON.stringify(view) : `${statusScreen(view, output.paint)}\n`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, given.numberOr("every"));
        wake = () => (clearTimeout(timer), resolve());
        if (isOver) wake();
      });
      if (isOver) return CODES.done;
      view = await look(given);
    }
  } finally {
    if (inPlace) process.stdout.write(LEAVE);
  }
}

const screenOf = (view: ClusterView, { paint }: Output): string =>
  `${statusScreen(view, paint)}\n\n${paint.dim(`${new Date().toLocaleTimeString("en-GB")} · Ctrl-C ends this view, not the cluster`)}`;

const sizeOf = ({ columns, rows }: NodeJS.WriteStream): { columns: number; rows: number } => ({
  columns: columns ?? 120,
  rows: rows ?? 40,
});
