// `make run`: three replicas on this machine, the demonstration, and then a group to play with until Ctrl-C.
import { accessSync, constants, mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { join, relative, resolve } from "node:path";
import { portsIn, readClusterFile } from "./cluster-file.ts";
import type { RunConfig } from "./config.ts";
import { environment, RUN_USAGE, runConfig, UsageError } from "./config.ts";
import { demonstrate } from "./demonstration.ts";
import type { GroupPorts } from "./local-group.ts";
import { LocalGroup } from "./local-group.ts";
import { Supervisor } from "./supervisor.ts";
import { paintFor } from "./terminal.ts";

const MEMBERS = 3;
const END_DEADLINE_MS = 8_000;
const ROOT = join(import.meta.dirname, "../..");
const REPLICA = join(ROOT, "services/replica/main.ts");
/** Compiled code is kept from start to start: a member that comes back is there in a third of the time. */
const COMPILE_CACHE = join(ROOT, "node_modules/.cache/flotilla");
/** Ports of a service begin at these distances from the first. */
const PORT_OFFSETS = { http: 10, peer: 210 };
const INTERRUPTED = 130;

const paint = paintFor(process.stdout);
const say = (line: string): void => console.log(line);

/** Something that a person can put right, in one line. */
class Trouble extends Error {
  override readonly name = "Trouble";
}

async function main(): Promise<number> {
  const config = runConfig(process.argv.slice(2));
  if (config === "help") {
    say(RUN_USAGE);
    return 0;
  }
  const directory = resolve(config.data);
  prepare(directory);
  const known = readClusterFile(directory);
  const ports = known === null ? portsFrom(config.port) : portsIn(known);
  await checkPorts(ports, config, known !== null);
  const group = new LocalGroup({
    directory,
    ports,
    program: [REPLICA],
    environment: { ...environment, NODE_COMPILE_CACHE: COMPILE_CACHE },
  });
  const supervisor = new Supervisor({
    directory,
    group,
    onEnded: ({ ordinal }, { code, signal, lastWords }, next) => {
      const reason = lastWords === "" ? `${signal ?? `code ${code}`}` : (lastWords.split("\n").at(-1) ?? "");
      say(`  ${paint.yellow("!")} replica ${ordinal} ended (${reason}) and ${next === "restarts" ? "is started again" : "stays down"}`);
    },
  });
  const isOver = endOnSignals(supervisor);
  say(
    `${paint.bold("Flotilla")}: one group of three replicas, ${known === null ? "new" : "continued"}, data in ${relative(".", directory) || "."}\n`,
  );
  supervisor.start();
  const shown = demonstrate({ group, supervisor, paint, say }).then(
    () => null,
    (error: unknown) => error,
  );
  const failure = await Promise.race([shown, isOver.ended]);
  if (isOver.signalled) return isOver.ended;
  if (failure !== null) return fail(failure, supervisor, directory);
  if (config.once) {
    await supervisor.end(END_DEADLINE_MS);
    return 0;
  }
  say(whatNext(group, directory));
  return isOver.ended;
}

async function fail(failure: unknown, supervisor: Supervisor, directory: string): Promise<number> {
  await supervisor.end(END_DEADLINE_MS);
  console.error(`\n${paint.red("✗")} ${failure instanceof Error ? failure.message : String(failure)}`);
  console.error(`  The logs in ${relative(".", join(directory, "logs"))} say more.`);
  return 1;
}

function whatNext(group: LocalGroup, directory: string): string {
  const [first = "", second = ""] = group.origins;
  const commands = [
    [`curl ${first}/v1/kv/greeting`, "read it back; any member answers"],
    [`curl -X PUT -H 'content-type: application/json' -d '{"value":"good day"}' ${second}/v1/kv/greeting`, "write through another"],
    [`curl ${first}/v1/status`, "how a member stands"],
    [`kill -9 ${group.replica(0).pid ?? ""}`, "kill one; it is started again"],
    [`tail -f ${relative(".", join(directory, "logs"))}/*.log`, "what they say"],
  ];
  const lines = commands.map(([command = "", what = ""]) => `  ${paint.dim(`# ${what}`)}\n  ${paint.cyan(command)}`);
  return `\n${paint.bold("Try next")}\n${lines.join("\n")}\n\nServing until Ctrl-C.`;
}

/** The first signal ends everything in order, the second at once. */
function endOnSignals(supervisor: Supervisor): { signalled: boolean; readonly ended: Promise<number> } {
  let end: (code: number) => void = () => undefined;
  const ended = new Promise<number>((resolve) => (end = resolve));
  const state = { signalled: false, ended };
  const onSignal = (signal: NodeJS.Signals): void => {
    if (state.signalled) {
      supervisor.endAtOnce();
      end(INTERRUPTED);
      return;
    }
    state.signalled = true;
    say(`\n${paint.dim(signal === "SIGINT" ? "Ctrl-C" : signal)}: ending all members`);
    void supervisor.end(END_DEADLINE_MS).then(() => {
      say("All have ended; the data stays.");
      end(0);
    });
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
  return state;
}

function portsFrom(first: number): readonly GroupPorts[] {
  return Array.from({ length: MEMBERS }, (_, i) => ({ http: first + PORT_OFFSETS.http + i, peer: first + PORT_OFFSETS.peer + i }));
}

function prepare(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
    accessSync(directory, constants.W_OK);
  } catch (error) {
    throw new Trouble(`${directory} can't be used (${(error as NodeJS.ErrnoException).code}). Choose another with ARGS="--data DIR".`);
  }
}

async function checkPorts(ports: readonly GroupPorts[], config: RunConfig, isKnown: boolean): Promise<void> {
  for (const port of ports.flatMap(({ http, peer }) => [http, peer])) {
    const code = await whyNotListen(port);
    if (code === null) continue;
    const why = code === "EADDRINUSE" ? "is in use" : `can't be used (${code})`;
    const advice = isKnown
      ? `Does another one run on ${config.data}? End it, or choose other data with ARGS="--data DIR --port N".`
      : 'Choose others with ARGS="--port N".';
    throw new Trouble(`Port ${port} ${why}. ${advice}`);
  }
}

function whyNotListen(port: number): Promise<string | null> {
  return new Promise((answer) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => answer(error.code ?? error.message));
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => server.close(() => answer(null)));
  });
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof Trouble || error instanceof UsageError)) throw error;
  console.error(`${paintFor(process.stderr).red("✗")} ${error.message}`);
  process.exitCode = 2;
}
process.exit();
