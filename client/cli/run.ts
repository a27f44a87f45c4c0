// `make run`: a whole cluster on this machine, the demonstration, and then something to play with until Ctrl-C.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { JobView } from "../../core/coordinator/view.ts";
import { demand } from "./cluster/cluster-api.ts";
import type { Context } from "./cluster/context.ts";
import { controllersOf, dataFlagFor, DEFAULT_DIRECTORY, localContext } from "./cluster/context.ts";
import { openKeyValues } from "./cluster/key-values.ts";
import { LOCAL_FLAGS, SIZE_FLAGS, startLocal } from "./commands/up.ts";
import { countWords } from "./counting.ts";
import { demonstrate } from "./demonstration.ts";
import type { Command } from "./grammar/command.ts";
import type { Given } from "./grammar/given.ts";
import { runProgram } from "./grammar/program.ts";
import type { Started } from "./local/start-cluster.ts";
import type { Output } from "./output.ts";
import { gatherFacts } from "./status/cluster-facts.ts";
import type { ClusterView } from "./status/cluster-view.ts";
import { viewOf } from "./status/cluster-view.ts";
import { statusScreen } from "./status/status-screen.ts";
import { JobApi } from "./jobs/job-api.ts";
import { counted, progressOn, shownPath } from "./terminal.ts";
import { CODES, UsageError } from "./trouble.ts";

const WRITE_MS = 20_000;

const run: Command = {
  name: "run",
  program: "make",
  summary: "start a whole cluster on this machine, show what it survives, and serve until Ctrl-C",
  details: "Flags go into ARGS.",
  arguments: [],
  flags: [
    { name: "once", kind: "switch", meaning: "end after the demonstration, with 0 if all went well" },
    { name: "input", kind: "text", value: "DIR", meaning: "count the words of these files; without it books are made up" },
    ...SIZE_FLAGS,
    ...LOCAL_FLAGS,
  ],
  examples: [
    { command: "make run", meaning: `data in ${DEFAULT_DIRECTORY}` },
    { command: 'make run ARGS="--once --data /tmp/flotilla --port 9000"', meaning: "elsewhere, and over when it is shown" },
  ],
  run: runAll,
};

async function runAll(given: Given, output: Output): Promise<number> {
  const directory = resolve(given.text("data") ?? DEFAULT_DIRECTORY);
  const { paint } = output;
  output.say(`${paint.bold("Flotilla")}  ${paint.dim(`data and logs in ${shownPath(directory, process.cwd())}`)}`);
  const named = given.text("input");
  const input = named === null ? null : resolve(named);
  if (input !== null && !existsSync(input)) throw new UsageError(`there is no ${named ?? ""}`);
  const started = await startLocal(given, output, { tell: (line) => output.say(line), restarts: true, input });
  if (started === null) return CODES.interrupted;
  const { ending } = started;
  const shown = show({ directory, input }, started, output).then(
    () => null,
    (error: unknown) => error,
  );
  const failure = await Promise.race([shown, ending.ended]);
  if (ending.isEnding()) return ending.ended;
  if (failure !== null) {
    await ending.end(CODES.failed);
    throw failure;
  }
  if (given.has("once")) return ending.end(CODES.done);
  output.say(whatNext(directory, started, output));
  return ending.ended;
}

type Shown = { readonly directory: string; readonly input: string | null };

async function show({ directory, input }: Shown, { launched }: Started, output: Output): Promise<void> {
  const { paint } = output;
  const say = (line: string): void => output.say(line);
  // Read anew each time: processes come back under other ids.
  const context = (): Context => localContext(directory, { environment: {}, workingDirectory: process.cwd() });
  const look = async (): Promise<ClusterView> => viewOf(await gatherFacts(context()));
  const print = async (): Promise<void> => say(`\n${statusScreen(await look(), paint)}`);
  await print();
  const store = openKeyValues(context(), { deadlineMs: WRITE_MS });
  const move = async (shard: number, group: string): Promise<void> => {
    const { tokens } = context();
    await demand(controllersOf(context()), { method: "POST", path: "/v1/shards/move", body: { shard, group }, token: tokens.admin });
  };
  try {
    await demonstrate({ look, store, move, supervisor: launched.supervisor, paint, say });
    const hasJobs = ["coordinator", "worker"].every((wanted) => launched.supervisor.processes.some(({ service }) => service === wanted));
    if (hasJobs) {
      const api = new JobApi(context());
      const progress = progressOn(process.stdout, output.isTerminal && output.format === "table");
      const job = async (id: string): Promise<JobView> => (await api.job(id)) as unknown as JobView;
      await countWords({ input, submit: (request) => api.submit(request, false), job, progress, paint, say });
    }
    await print();
  } finally {
    await store.close();
  }
}

function whatNext(directory: string, { launched }: Started, { paint }: Output): string {
  const data = dataFlagFor(directory);
  const replicas = launched.supervisor.processes.filter(({ service }) => service === "replica");
  const commands = [
    [`npx flotilla status --watch${data}`, "in a second terminal: the cluster while you break it"],
    [`kill -9 ${replicas[0]?.pid ?? ""}`, "in a third: any process, with any signal; it is started again"],
    [`npx flotilla kv get greeting${data}`, "read what was written"],
    [`curl http://127.0.0.1:${replicas[0]?.ports.http ?? ""}/v1/kv/greeting`, "the same over HTTP; any member answers"],
    [`npx flotilla job run word-count ./docs --to ./counts${data}`, "a job of your own; kill a worker or a coordinator meanwhile"],
    [`npx flotilla check --duration 20s${data}`, "is it linearizable while you do all that? It finds out"],
  ];
  const lines = commands.map(([command = "", what = ""]) => `  ${paint.dim(`# ${what}`)}\n  ${paint.cyan(command)}`);
  return `\n${paint.bold("Try next")}\n${lines.join("\n")}\n\n${counted(launched.supervisor.processes.length, "process")} serve until Ctrl-C.`;
}

await runProgram(["run", ...process.argv.slice(2)], [{ title: "make", commands: [run] }]);
process.exit();
