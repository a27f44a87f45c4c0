// `flotilla up`: a whole cluster on this machine, until Ctrl-C or `flotilla down`.
import { resolve } from "node:path";
import { dataFlagFor, DEFAULT_DIRECTORY, localContext } from "../cluster/context.ts";
import { environment } from "../config.ts";
import type { Command, Flag } from "../grammar/command.ts";
import type { Given } from "../grammar/given.ts";
import { detachLauncher, LAUNCHER_LOG, sayServing } from "../local/detached-launcher.ts";
import { AlreadyRuns, prepareDirectory } from "../local/launch.ts";
import type { ClusterSize } from "../local/local-plan.ts";
import {
  CONTROLLERS_MAX,
  COORDINATORS_MAX,
  DEFAULT_SIZE,
  PORTS_SPAN,
  REPLICAS_MAX,
  REPLICAS_OF_A_GROUP_MAX,
  WORKERS_MAX,
} from "../local/local-plan.ts";
import { COMMAND_LINE, PROGRAMS, SERVICE_ENVIRONMENT } from "../local/programs.ts";
import type { Started } from "../local/start-cluster.ts";
import { startCluster } from "../local/start-cluster.ts";
import type { Output } from "../output.ts";
import { gatherFacts } from "../status/cluster-facts.ts";
import { viewOf } from "../status/cluster-view.ts";
import { statusScreen } from "../status/status-screen.ts";
import { counted, progressOn, shownPath } from "../terminal.ts";
import { CODES, UsageError } from "../trouble.ts";

const DEFAULT_PORT = 7_400;
const PORT_MAX = 65_535 - PORTS_SPAN;

/** Without a fallback: what is not given is as the directory has it, or as the meaning says. */
const sizeFlag = (name: keyof ClusterSize, min: number, max: number): Flag => ({
  ...{ name, kind: "whole", value: "N", min, max },
  meaning: SIZE_MEANINGS[name],
});
const SIZE_MEANINGS: Readonly<Record<keyof ClusterSize, string>> = {
  groups: `replica groups (default ${DEFAULT_SIZE.groups})`,
  replicas: `members of each group; an odd number (default ${DEFAULT_SIZE.replicas})`,
  controllers: `members of the group that says which group owns which keys (default ${DEFAULT_SIZE.controllers})`,
  coordinators: `processes that take jobs and hand out their tasks; one of them has the jobs (default ${DEFAULT_SIZE.coordinators})`,
  workers: `processes that run tasks (default ${DEFAULT_SIZE.workers})`,
};

export const SIZE_FLAGS: readonly Flag[] = [
  sizeFlag("groups", 1, REPLICAS_MAX),
  sizeFlag("replicas", 1, REPLICAS_OF_A_GROUP_MAX),
  sizeFlag("controllers", 1, CONTROLLERS_MAX),
  sizeFlag("coordinators", 0, COORDINATORS_MAX),
  sizeFlag("workers", 0, WORKERS_MAX),
];

export const LOCAL_FLAGS: readonly Flag[] = [
  { name: "data", kind: "text", value: "DIR", fallback: DEFAULT_DIRECTORY, meaning: "where the data lies; what is there is continued" },
  {
    ...{ name: "port", kind: "whole", value: "N", min: 1_024, max: PORT_MAX },
    meaning: `the first of the ports (default ${DEFAULT_PORT}); members that exist keep theirs`,
  },
];

export const up: Command = {
  name: "up",
  summary: "start a cluster on this machine, or continue one",
  details:
    "Waits until every group serves, starts again whatever ends, and ends everything on Ctrl-C. DIR/cluster.json says at any time what runs where, DIR/logs what they say.",
  arguments: [],
  flags: [
    ...SIZE_FLAGS,
    ...LOCAL_FLAGS,
    { name: "detach", kind: "switch", meaning: "return once it serves; flotilla down ends it" },
    { name: "no-restart", kind: "switch", meaning: "leave down what ends" },
  ],
  examples: [
    { command: "flotilla up", meaning: `${DEFAULT_SIZE.groups} groups of ${DEFAULT_SIZE.replicas}, data in ${DEFAULT_DIRECTORY}` },
    { command: "flotilla up --groups 3 --data /tmp/three --port 9000 --detach", meaning: "another one beside it, in the background" },
  ],
  run: runUp,
};

async function runUp(given: Given, output: Output): Promise<number> {
  const directory = resolve(given.text("data") ?? DEFAULT_DIRECTORY);
  if (given.has("detach")) return upDetached(given, directory, output);
  // In the background its words go to a log, where a time helps.
  const tell =
    process.send === undefined ? (line: string) => output.say(line) : (line: string) => output.say(`${new Date().toISOString()} ${line}`);
  const started = await startLocal(given, output, { tell, restarts: !given.has("no-restart") });
  if (started === null) return CODES.interrupted;
  const { launched, ending } = started;
  for (const group of launched.newGroups) tell(`Group ${group} is new and owns nothing yet: flotilla groups join ${group}`);
  if (process.send === undefined) {
    await showCluster(directory, output);
    output.say(`\nServing until Ctrl-C. In another terminal: ${output.paint.cyan(`flotilla status --watch${dataFlagFor(directory)}`)}`);
  } else sayServing();
  return ending.ended;
}

export type LocalStart = {
  readonly tell: (line: string) => void;
  readonly restarts: boolean;
  /** One more folder that jobs may read, wherever it is. */
  readonly input?: string | null;
};

/** As `up` and `make run` do it. */
export function startLocal(given: Given, output: Output, { tell, restarts, input = null }: LocalStart): Promise<Started | null> {
  const directory = resolve(given.text("data") ?? DEFAULT_DIRECTORY);
  const size = sizeIn(given);
  return startCluster({
    ...{ directory, size, tell, paint: output.paint },
    defaultSize: DEFAULT_SIZE,
    port: given.number("port"),
    defaultPort: DEFAULT_PORT,
    programs: PROGRAMS,
    environment: SERVICE_ENVIRONMENT,
    moreRoots: input === null ? [] : [input],
    restarts,
    progress: progressOn(process.stdout, output.isTerminal && output.format === "table"),
  });
}

function sizeIn(given: Given): Partial<ClusterSize> {
  const size = Object.fromEntries(
    SIZE_FLAGS.flatMap(({ name }) => (given.number(name) === null ? [] : [[name, given.numberOr(name)]])),
  ) as Partial<ClusterSize>;
  const replicas = (size.groups ?? DEFAULT_SIZE.groups) * (size.replicas ?? DEFAULT_SIZE.replicas);
  if (replicas > REPLICAS_MAX)
    throw new UsageError(
      `${counted(replicas, "replica")} are more than the ${REPLICAS_MAX} that one machine has ports for`,
      "choose fewer --groups or --replicas",
    );
  return size;
}

async function upDetached(given: Given, directory: string, output: Output): Promise<number> {
  const size = Object.entries(sizeIn(given)).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const port = given.number("port") === null ? [] : ["--port", String(given.number("port"))];
  const others = given.has("no-restart") ? ["--no-restart"] : [];
  const program = [COMMAND_LINE, "up", "--data", directory, ...size, ...port, ...others];
  prepareDirectory(directory);
  const { code, said } = await detachLauncher({ program, directory, environment });
  if (said !== "") console.error(said);
  if (code === AlreadyRuns.CODE) output.say("Nothing was started; this is how it stands:\n");
  else if (code !== CODES.done) return code;
  await showCluster(directory, output);
  output.say(
    `\nIt runs in the background, and says what happens in ${shownPath(`${directory}/${LAUNCHER_LOG}`, process.cwd())}. To end it: ${output.paint.cyan(`flotilla down${dataFlagFor(directory)}`)}`,
  );
  return CODES.done;
}

async function showCluster(directory: string, output: Output): Promise<void> {
  const context = localContext(directory, { environment: {}, workingDirectory: process.cwd() });
  const view = viewOf(await gatherFacts(context));
  output.result(view, () => statusScreen(view, output.paint));
}
