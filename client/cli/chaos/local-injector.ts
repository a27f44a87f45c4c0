// Faults on processes of this machine, by signals. What runs is read from cluster.json each time; a process is meant by its id
// and its beginning, so that nothing else is ever struck. Processes that end without being struck are noticed.
import { closeSync, fstatSync, openSync, readSync, renameSync, rmSync } from "node:fs";
import type { ClusterProcess } from "../local/cluster-file.ts";
import { markIn, readClusterFile } from "../local/cluster-file.ts";
import type { ProcessMark } from "../local/process-mark.ts";
import { isAlive, signalIfAlive, untilEnded } from "../local/process-mark.ts";
import type { Act } from "./faults.ts";
import type { Injector } from "./injector.ts";
import { beginsAnew, lastWordsIn } from "./last-words.ts";
import { pause } from "../../waiting.ts";

/** A service ends within 30 s of SIGTERM. */
const END_MS = 35_000;
const RUNS_MS = 60_000;
const LOOK_MS = 20;
const TAIL_BYTES = 65_536;

export class LocalInjector implements Injector {
  readonly acts: readonly Act[] = ["kill", "pause", "halt", "resume", "stop", "wipe"];
  readonly #directory: string;
  readonly #paused = new Map<string, ProcessMark>();
  /** Lives that were struck and may end. */
  readonly #struck = new Set<string>();
  readonly #lives = new Map<string, string>();
  readonly #wiped = new Set<string>();
  readonly #unexpected: string[] = [];
  readonly #looking: NodeJS.Timeout;

  constructor(directory: string) {
    this.#directory = directory;
    // Whatever ends this process before its time must not leave others standing still.
    process.once("exit", this.#resumeAll);
    this.#look();
    this.#looking = setInterval(() => this.#look(), LOOK_MS * 5).unref();
  }

  async perform(act: Act, name: string): Promise<void> {
    const mark = await this.#running(name);
    this.#look();
    switch (act) {
      case "kill":
        return this.#end(name, mark, "SIGKILL");
      case "stop":
        return this.#end(name, mark, "SIGTERM");
      case "pause":
      case "halt":
        this.#paused.set(name, mark);
        return signalIfAlive(mark, "SIGSTOP");
      case "resume":
        this.#paused.delete(name);
        return signalIfAlive(mark, "SIGCONT");
      case "wipe":
        return this.#wipe(name, mark);
      case "evict":
        throw new RangeError("here is no node that it could leave");
    }
  }

  heal(): Promise<void> {
    this.#resumeAll();
    return Promise.resolve();
  }

  close(): void {
    process.off("exit", this.#resumeAll);
    clearInterval(this.#looking);
  }

  unexpectedEnds(): readonly string[] {
    this.#look();
    return this.#unexpected;
  }

  readonly #resumeAll = (): void => {
    for (const [name, mark] of this.#paused) {
      signalIfAlive(mark, "SIGCONT");
      this.#paused.delete(name);
    }
  };

  async #end(name: string, mark: ProcessMark, signal: NodeJS.Signals): Promise<void> {
    this.#struck.add(lifeOf(name, mark.began));
    signalIfAlive(mark, signal);
    if (!(await untilEnded(mark, END_MS))) {
      this.#unexpected.push(`${name} did not end within ${END_MS / 1_000} s of ${signal}`);
      signalIfAlive(mark, "SIGKILL");
    }
  }

  /** It stands still while its disk is taken away, so that nothing can be written anew before it dies. */
  async #wipe(name: string, mark: ProcessMark): Promise<void> {
    const { dataDir } = this.#find(name);
    this.#wiped.add(name);
    signalIfAlive(mark, "SIGSTOP");
    const aside = `${dataDir}.wiped-${process.pid}`;
    renameSync(dataDir, aside);
    await this.#end(name, mark, "SIGKILL");
    rmSync(aside, { recursive: true, force: true });
  }

  /** Its present life, once it has one. */
  async #running(name: string): Promise<ProcessMark> {
    const untilMs = performance.now() + RUNS_MS;
    for (;;) {
      const mark = markIn(this.#find(name));
      if (mark !== null && isAlive(mark)) return mark;
      if (performance.now() > untilMs) throw new Error(`${name} has not come back within ${RUNS_MS / 1_000} s`);
      await pause(LOOK_MS);
    }
  }

  #find(name: string): ClusterProcess {
    const found = readClusterFile(this.#directory)?.processes.find((each) => each.name === name);
    if (found === undefined) throw new Error(`there is no process ${name} any more`);
    return found;
  }

  #look(): void {
    for (const process of readClusterFile(this.#directory)?.processes ?? []) {
      const { name, began, pid, stopped } = process;
      const last = this.#lives.get(name);
      if (stopped !== undefined && last !== "stopped") this.#unexpected.push(`${name} refuses to run: ${stopped}`);
      const hasEnded = last !== undefined && last !== "stopped" && last !== began && (began !== null || pid === null);
      if (hasEnded && stopped === undefined && !this.#struck.has(lifeOf(name, last))) this.#unexplained(process);
      if (stopped !== undefined) this.#lives.set(name, "stopped");
      else if (began === null) this.#lives.delete(name);
      else this.#lives.set(name, began);
    }
  }

  #unexplained({ name, log }: ClusterProcess): void {
    const words = lastWords(log);
    if (this.#wiped.has(name) && beginsAnew(words)) return;
    this.#unexpected.push(`${name} ended by itself${words === "" ? "" : `: ${words}`}`);
  }
}

/** Two processes may have begun at one moment. */
const lifeOf = (name: string, began: string): string => `${name} ${began}`;

function lastWords(path: string): string {
  try {
    const file = openSync(path, "r");
    try {
      const size = fstatSync(file).size;
      const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
      readSync(file, bytes, 0, bytes.length, size - bytes.length);
      return lastWordsIn(bytes.toString("utf8"));
    } finally {
      closeSync(file);
    }
  } catch {
    return "";
  }
}
