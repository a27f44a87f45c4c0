// The launcher, over services that do nothing: cluster.json is true whatever happens to a process, a person's help is seen, nobody needs to
// hear it, and neither the launcher's own death nor processes that don't listen leave anything behind.
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ClusterProcess } from "../../../client/cli/local/cluster-file.ts";
import { markIn, readClusterFile } from "../../../client/cli/local/cluster-file.ts";
import { LAUNCHER_LOG } from "../../../client/cli/local/detached-launcher.ts";
import { PORTS_SPAN } from "../../../client/cli/local/local-plan.ts";
import type { ProcessMark } from "../../../client/cli/local/process-mark.ts";
import { isAlive, signalIfAlive } from "../../../client/cli/local/process-mark.ts";
import { freePortRange } from "../free-ports.ts";
import type { TestCase } from "../test-case.ts";
import { check, eventually, signalProcess } from "../test-case.ts";

const LAUNCHER = join(import.meta.dirname, "../launch-fakes.ts");
const PROCESSES = 7;
/** Of which the deaf ones are given 3 s. */
const END_MS = 10_000;

export const launcher: TestCase = {
  name: "the launcher keeps processes running, tells the truth about them, and leaves nothing behind",
  run: async ({ directory, say }) => {
    const fakes = new Fakes(directory, await freePortRange(PORTS_SPAN));
    try {
      await startsAndRestarts(fakes);
      await goesOnUnheard(fakes);
      await leavesTheDamagedAlone(fakes);
      await survivesItsOwnDeath(fakes);
      const tookMs = await endsAll(fakes);
      await outlivesWhoeverDetachedIt(fakes);
      await refusesWithoutMajority(fakes);
      say(`${PROCESSES} processes, among them a deaf and a stopped one, ended after ${Math.round(tookMs / 100) / 10} s`);
    } finally {
      await fakes.killAll();
    }
  },
};

async function startsAndRestarts(fakes: Fakes): Promise<void> {
  await fakes.up();
  const before = fakes.processes();
  check(before.length === PROCESSES && before.every(isRunning), "cluster.json names every process, and each runs");
  check((statSync(join(fakes.directory, "tokens.json")).mode & 0o777) === 0o600, "tokens.json is for its owner only");
  for (const signal of ["SIGKILL", "SIGTERM"] as const) await comesBack(fakes, "replica-1-1", signal);
  const second = fakes.spawn();
  check((await exitOf(second)) === 1, "a second launcher on the same directory is refused");
  check(fakes.processes().every(isRunning), "and harms nobody");
}

async function comesBack(fakes: Fakes, name: string, signal: NodeJS.Signals): Promise<void> {
  const old = fakes.process(name);
  signalProcess(old.pid, signal);
  const now = await fakes.until(`${name} runs again`, () => {
    const found = fakes.process(name);
    check(found.pid === null || found.pid === old.pid || isRunning(found), "a pid in cluster.json is that of a process that runs");
    return found.pid !== null && found.pid !== old.pid ? found : null;
  });
  check(now.http === old.http && now.dataDir === old.dataDir, "it comes back on its own ports and data");
}

async function goesOnUnheard(fakes: Fakes): Promise<void> {
  fakes.launcher.stdout?.destroy();
  // Each end is told. Whoever could not bear that nobody hears it would start nothing again.
  for (const name of ["replica-2-0", "replica-2-1"]) await comesBack(fakes, name, "SIGKILL");
}

async function leavesTheDamagedAlone(fakes: Fakes): Promise<void> {
  const name = "replica-2-2";
  writeFileSync(fakes.control(name, "refuse"), "");
  signalProcess(fakes.process(name).pid, "SIGKILL");
  const stopped = await fakes.until(`${name} stays down`, () => (fakes.process(name).stopped === undefined ? null : fakes.process(name)));
  check(stopped.pid === null && stopped.stopped?.includes("the checksum is wrong") === true, `its own words say why: ${stopped.stopped}`);
  rmSync(fakes.control(name, "refuse"));
  fakes.signal("SIGUSR2");
  await fakes.until(`${name} runs once it is put right`, () =>
    isRunning(fakes.process(name)) && fakes.process(name).stopped === undefined ? true : null,
  );
}

async function survivesItsOwnDeath(fakes: Fakes): Promise<void> {
  const before = fakes.processes();
  fakes.signal("SIGKILL");
  await exitOf(fakes.launcher);
  check(before.every(isRunning), "processes outlive a launcher that is killed");
  await fakes.up();
  check(!before.some(isRunning), "the next launcher ends what the killed one left");
  const now = fakes.processes();
  check(now.every(isRunning), "and starts everything again");
  check(JSON.stringify(now.map(placeOf)) === JSON.stringify(before.map(placeOf)), "on the same ports and data");
}

async function endsAll(fakes: Fakes): Promise<number> {
  for (const name of ["replica-1-0", "replica-1-2"]) {
    writeFileSync(fakes.control(name, "deaf"), "");
    signalProcess(fakes.process(name).pid, "SIGKILL");
  }
  await fakes.until("all run again", () => (fakes.processes().every(isRunning) ? true : null));
  await fakes.until("the deaf ones listen", async () =>
    (await fakes.answers("replica-1-0")) && (await fakes.answers("replica-1-2")) ? true : null,
  );
  const last = fakes.processes();
  signalProcess(fakes.process("replica-1-2").pid, "SIGSTOP");
  const startMs = performance.now();
  fakes.signal("SIGTERM");
  check((await exitOf(fakes.launcher)) === 0, "the launcher ends in good order");
  const tookMs = performance.now() - startMs;
  check(tookMs < END_MS, `all have ended in time, not after ${tookMs} ms`);
  check(!last.some(isRunning), "nothing is left behind");
  check(
    readClusterFile(fakes.directory)?.launcher === null && fakes.processes().every(({ pid }) => pid === null),
    "cluster.json says that nothing runs",
  );
  return tookMs;
}

async function outlivesWhoeverDetachedIt(fakes: Fakes): Promise<void> {
  const foreground = fakes.spawn("detach");
  const launcher = await fakes.until("a launcher starts in the background", () => fakes.runningLauncher());
  foreground.kill("SIGKILL");
  await exitOf(foreground);
  const log = join(fakes.directory, LAUNCHER_LOG);
  await fakes.until("it serves", () => (readFileSync(log, "utf8").includes("serving") ? true : null));
  await comesBack(fakes, "replica-1-1", "SIGKILL");
  check(isAlive(launcher), "a launcher needs nobody to tell that it serves");
  signalIfAlive(launcher, "SIGTERM");
  await fakes.until("it ends in good order", () => (isAlive(launcher) ? null : true));
  check(!fakes.processes().some(isRunning), "and leaves nothing behind");
}

async function refusesWithoutMajority(fakes: Fakes): Promise<void> {
  for (const name of ["replica-1-0", "replica-1-1"]) writeFileSync(fakes.control(name, "refuse"), "");
  const child = fakes.spawn();
  const said = textOf(child);
  check((await exitOf(child)) === 1, "a group that can't get a majority is a failure");
  check((await said).includes("group 1 can't get a majority"), `which is told: ${await said}`);
  check(
    fakes.processes().every(({ pid }) => pid === null),
    "and nothing goes on running",
  );
}

class Fakes {
  readonly directory: string;
  readonly #firstPort: number;
  #launcher: ChildProcess | null = null;

  constructor(directory: string, firstPort: number) {
    this.directory = directory;
    this.#firstPort = firstPort;
  }

  get launcher(): ChildProcess {
    if (this.#launcher === null) throw new Error("no launcher was started");
    return this.#launcher;
  }

  spawn(...how: readonly string[]): ChildProcess {
    return spawn(process.execPath, [LAUNCHER, this.directory, String(this.#firstPort), ...how], { stdio: ["ignore", "pipe", "inherit"] });
  }

  /** As cluster.json has it. */
  runningLauncher(): ProcessMark | null {
    const launcher = readClusterFile(this.directory)?.launcher ?? null;
    return launcher !== null && isAlive(launcher) ? launcher : null;
  }

  /** Until it says that it serves. */
  async up(): Promise<void> {
    const child = this.spawn();
    this.#launcher = child;
    let said = "";
    child.stdout?.on("data", (chunk: Buffer) => (said += chunk.toString()));
    await this.until("the launcher serves", () => {
      check(child.exitCode === null, `the launcher goes on: ${said}`);
      return said.includes("serving") ? true : null;
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.launcher.kill(signal);
  }

  processes(): readonly ClusterProcess[] {
    return readClusterFile(this.directory)?.processes ?? [];
  }

  process(name: string): ClusterProcess {
    const found = this.processes().find((each) => each.name === name);
    if (found === undefined) throw new Error(`cluster.json names no ${name}`);
    return found;
  }

  control(name: string, what: "refuse" | "deaf"): string {
    return `${this.process(name).dataDir}.${what}`;
  }

  async answers(name: string): Promise<boolean> {
    return fetch(`${this.process(name).http}/livez`).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  until<T>(meaning: string, look: () => Promise<T | null> | T | null): Promise<T> {
    return eventually(meaning, look, { deadlineMs: 20_000 });
  }

  async killAll(): Promise<void> {
    if (this.#launcher !== null && this.#launcher.exitCode === null && this.#launcher.signalCode === null) {
      this.#launcher.kill("SIGKILL");
      await exitOf(this.#launcher);
    }
    const detached = this.runningLauncher();
    if (detached !== null) signalIfAlive(detached, "SIGKILL");
    for (const each of this.processes()) if (isRunning(each)) signalProcess(each.pid, "SIGKILL");
  }
}

/** A process that has ended and was not waited for by anybody, as happens to orphans, does not run. */
function isRunning(process: ClusterProcess): boolean {
  const mark = markIn(process);
  return mark !== null && isAlive(mark);
}

const placeOf = ({ name, http, peer, dataDir, log }: ClusterProcess) => ({ name, http, peer, dataDir, log });

async function exitOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return child.exitCode;
}

async function textOf({ stdout }: ChildProcess): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stdout ?? []) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
