// `flotilla down`: ends a cluster on this machine. The data stays.
import { resolve } from "node:path";
import { DEFAULT_DIRECTORY, nearestDirectory } from "../cluster/context.ts";
import type { Command } from "../grammar/command.ts";
import { DATA_FLAG } from "../grammar/command.ts";
import type { Given } from "../grammar/given.ts";
import { readClusterFile } from "../local/cluster-file.ts";
import { endLeftovers } from "../local/launch.ts";
import { isAlive, signalIfAlive, untilEnded } from "../local/process-mark.ts";
import type { Output } from "../output.ts";
import { counted, MARKS, shownPath } from "../terminal.ts";
import { CODES, Trouble } from "../trouble.ts";

/** The launcher kills what does not end by itself after half of it. */
const LAUNCHER_MS = 22_000;

export const down: Command = {
  name: "down",
  summary: "end a cluster on this machine; its data stays",
  arguments: [],
  flags: [DATA_FLAG],
  examples: [{ command: "flotilla down", meaning: "within 30 seconds, whatever state its processes are in" }],
  run: runDown,
};

async function runDown(given: Given, output: Output): Promise<number> {
  const data = given.text("data");
  const directory = data === null ? (nearestDirectory(process.cwd()) ?? resolve(DEFAULT_DIRECTORY)) : resolve(data);
  const name = shownPath(directory, process.cwd());
  const cluster = readClusterFile(directory);
  if (cluster === null) throw new Trouble(`there is no cluster in ${name}`, "name its directory: flotilla down --data DIR");
  const { launcher } = cluster;
  const running = cluster.processes.filter(({ pid }) => pid !== null).length;
  const hasLauncher = launcher !== null && isAlive(launcher);
  if (hasLauncher) {
    signalIfAlive(launcher, "SIGTERM");
    if (!(await untilEnded(launcher, LAUNCHER_MS))) signalIfAlive(launcher, "SIGKILL");
  }
  const left = await endLeftovers(directory, readClusterFile(directory) ?? cluster);
  const ended = hasLauncher ? running : left;
  output.result({ ended }, () =>
    ended === 0
      ? `Nothing runs in ${name}.`
      : `${output.paint.green(MARKS.good)} ${counted(ended, "process")} ended; the data stays in ${name}.`,
  );
  return CODES.done;
}
