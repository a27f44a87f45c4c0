// How a process ends before its time: one line that says why on standard error, the same in the log, and the exit code that
// tells whoever started it what to do. Nothing is written to the disk on the way, except when data is set aside.
import type { StopReason } from "../core/replica/effects.ts";
import type { Exit } from "./bug-trap.ts";
import { exitProcess } from "./bug-trap.ts";
import type { DataDirectory } from "./disk/data-directory.ts";
import type { DiskProblem } from "./disk/disk-problem.ts";
import { EXIT_CODE_OF_PROBLEM, EXIT_CODE_OF_STOP, EXIT_CODES } from "./exit-codes.ts";
import type { OpenLog } from "./logger.ts";
import type { FailureCause, Metrics } from "./metrics.ts";

export type Stop = { readonly reason: StopReason; readonly message: string };

/** What has to be closed before data can be set aside. */
export type Closable = {
  readonly member: { end(): Promise<void> };
  readonly directory: Pick<DataDirectory, "markAside" | "setAside" | "close">;
};

export class Ending {
  readonly #log: OpenLog;
  readonly #metrics: Metrics;
  readonly #exit: Exit;
  #settingAside: Promise<DiskProblem | null> | null = null;

  constructor(log: OpenLog, metrics: Metrics, exit: Exit = exitProcess) {
    this.#log = log;
    this.#metrics = metrics;
    this.#exit = exit;
  }

  end(code: number): void {
    this.#log.flush();
    this.#exit(code);
  }

  /** Under way, so that nobody else closes or ends what it needs; null when no data is to be set aside. */
  get settingAside(): Promise<void> | null {
    return this.#settingAside?.then(() => undefined) ?? null;
  }

  /** Everything is closed, because somebody asked for it. Data that is to be set aside goes first, and then ends the process itself. */
  stoppedInOrder(): void {
    if (this.#settingAside === null) this.end(EXIT_CODES.stopped);
  }

  refused(message: string): void {
    this.#sayAndEnd("refused", message, EXIT_CODES.needsPerson);
  }

  diskProblem(problem: DiskProblem): void {
    this.#metrics.failed(problem.kind === "full" ? "diskFull" : "disk");
    this.#sayAndEnd("diskProblem", problem.message, EXIT_CODE_OF_PROBLEM[problem.kind]);
  }

  /** The replica can't go on. A member that is wiped or removed, or whose disk is wrong, leaves its data aside, and the next start begins blank. */
  async stopped({ reason, message }: Stop, closable: Closable): Promise<void> {
    if (this.#settingAside !== null) return;
    this.#metrics.failed(reason satisfies FailureCause);
    const code = EXIT_CODE_OF_STOP[reason];
    if (code === EXIT_CODES.startBlank) {
      this.#settingAside = setAside(closable);
      const problem = await this.#settingAside;
      if (problem !== null) return this.diskProblem(problem);
    }
    this.#sayAndEnd("stopped", `${reason}: ${message}`, code);
  }

  /** A port that can't be had is named by its setting. */
  async unlessTaken<T>(setting: string, listening: Promise<T>): Promise<T> {
    try {
      return await listening;
    } catch (error) {
      const { code, message } = error as { readonly code?: string; readonly message: string };
      const reason = code === "EADDRINUSE" ? "is in use by another process" : `can't be listened on: ${message}`;
      this.#sayAndEnd("noPort", `${setting}: the port ${reason}`, EXIT_CODES.unavailable);
      return new Promise<T>(() => undefined);
    }
  }

  #sayAndEnd(event: string, message: string, code: number): void {
    this.#log.logger.fatal({ event }, message);
    process.stderr.write(`${message}\n`);
    this.end(code);
  }
}

/** The mark before anything else: a start after a kill, or after a stop that came in between, must not use this data. */
async function setAside({ member, directory }: Closable): Promise<DiskProblem | null> {
  const marked = ended((each) => directory.markAside(each));
  const closed = member.end();
  const problem = (await marked) ?? (await closed.then(() => ended((each) => directory.setAside(each))));
  return problem ?? ended((each) => directory.close(each)).then(() => null);
}

function ended(start: (ended: (problem: DiskProblem | null) => void) => void): Promise<DiskProblem | null> {
  return new Promise(start);
}
