// Starts a local cluster and waits until it serves, telling a person what happens meanwhile: what `flotilla up` and
// `make run` have in common.
import type { Paint } from "../terminal.ts";
import { counted, MARKS } from "../terminal.ts";
import { Trouble } from "../trouble.ts";
import { goOnUnheard } from "../unheard.ts";
import type { EndOnSignals } from "./ending.ts";
import { endOnSignals } from "./ending.ts";
import type { Launched, LaunchOptions } from "./launch.ts";
import { launch } from "./launch.ts";
import type { GroupState, Settled } from "./readiness.ts";
import { lookAt, untilServing } from "./readiness.ts";

export type StartOptions = Omit<LaunchOptions, "onEnded" | "onUnwritten"> & {
  readonly paint: Paint;
  /** What has come so far, on a line that is overwritten; empty: the line is no longer needed. */
  readonly progress: (line: string) => void;
  /** How long a process may take to end by itself. */
  readonly endMs?: number;
};

export type Started = { readonly launched: Launched; readonly ending: EndOnSignals };

const SERVING_MS = 60_000;
/** For members beyond the majority, so that the first look is at a whole cluster. */
const PATIENCE_MS = 5_000;

/** Null: a signal ended it before it served. */
export async function startCluster(options: StartOptions): Promise<Started | null> {
  const { tell, paint, progress } = options;
  goOnUnheard();
  let isStarting = true;
  const launched = await launch({
    ...options,
    onEnded: ({ name, stopped }, { code, signal, lastWords }, next) => {
      const why = stopped ?? lastWords.split("\n").at(-1) ?? "";
      const how = `${signal ?? `code ${code}`}${why === "" ? "" : `: ${why}`}`;
      const then = next === null ? "stays down" : next.kind === "stop" ? "is not started again" : "is started again";
      progress("");
      if (!isStarting || next?.kind !== "stop") tell(`${paint.yellow(MARKS.warning)} ${name} ended (${how}) and ${then}`);
    },
    onUnwritten: (error) => tell(`${paint.red(MARKS.bad)} cluster.json can't be written, and is not true: ${error.message}`),
  });
  const ending = endOnSignals(launched, { tell, endMs: options.endMs });
  launched.supervisor.start();
  const settled = await Promise.race([
    ending.ended.then(() => null),
    untilServing({
      look: () => lookAt(launched.supervisor.processes),
      deadlineMs: SERVING_MS,
      patienceMs: PATIENCE_MS,
      onLook: (groups) => progress(progressLine(groups)),
    }),
  ]);
  progress("");
  isStarting = false;
  if (settled === null || ending.isEnding()) return null;
  if (settled.kind !== "serving") {
    await ending.end(1);
    throw new Trouble(whyNotServing(settled), "the logs say more; a member whose disk is damaged: flotilla member replace GROUP ORDINAL");
  }
  for (const warning of warningsOf(settled.groups)) tell(`${paint.yellow(MARKS.warning)} ${warning}`);
  return { launched, ending };
}

function progressLine(groups: readonly GroupState[]): string {
  const members = groups.flatMap((group) => group.members);
  const ready = members.filter(({ isReady }) => isReady).length;
  return `Starting: ${ready} of ${counted(members.length, "process")} ready`;
}

/** Pure: what a person must know although the cluster serves. */
export function warningsOf(groups: readonly GroupState[]): readonly string[] {
  return groups.flatMap(({ members }) =>
    members
      .filter(({ isReady }) => !isReady)
      .map(({ process, reason }) =>
        process.stopped === null
          ? `${process.name} is not ready yet: ${reason}`
          : `${process.name} refuses to run, and its group serves without it: ${reason}`,
      ),
  );
}

/** Pure: one line for each group that does not serve, and one for each member of it that is not ready. */
export function whyNotServing({ kind, groups }: Settled): string {
  const lines = groups
    .filter(({ state }) => state !== "serving")
    .flatMap(({ group, members }) => [
      kind === "lost" ? `group ${group} can't get a majority` : `group ${group} has no majority yet`,
      ...members.filter(({ isReady }) => !isReady).map(({ process, reason }) => `  ${process.name}: ${reason}`),
    ]);
  return [kind === "lost" ? "the cluster can't serve" : `the cluster does not serve after ${SERVING_MS / 1_000} s`, ...lines].join("\n  ");
}
