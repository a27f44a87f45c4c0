// One replica of a local group as a child process: started, signalled, and started again on the same data and ports. Its
// output goes to its log file; what it last said on standard error is kept, because that is why it ended.
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";

export type LocalReplicaOptions = {
  readonly ordinal: number;
  /** Of all members, by ordinal. */
  readonly peers: readonly string[];
  readonly httpPeers: readonly string[];
  readonly dataDir: string;
  readonly logFile: string;
  /** The program and its arguments, for Node. */
  readonly program: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
};

export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly lastWords: string };

const LAST_WORDS_LENGTH_MAX = 4_000;

export class LocalReplica {
  readonly ordinal: number;
  readonly origin: string;
  readonly peerAddress: string;
  readonly #options: LocalReplicaOptions;
  #child: ChildProcess | null = null;
  #exit: Promise<Exit> = Promise.resolve({ code: 0, signal: null, lastWords: "" });

  constructor(options: LocalReplicaOptions) {
    this.#options = options;
    this.ordinal = options.ordinal;
    this.origin = `http://${options.httpPeers[options.ordinal] ?? ""}`;
    this.peerAddress = options.peers[options.ordinal] ?? "";
  }

  /** Null while it does not run. */
  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  get dataDir(): string {
    return this.#options.dataDir;
  }

  get logFile(): string {
    return this.#options.logFile;
  }

  /** The end of the life that was started last. */
  get exit(): Promise<Exit> {
    return this.#exit;
  }

  start(changes: Partial<Pick<LocalReplicaOptions, "program" | "environment">> = {}): void {
    if (this.#child !== null) throw new Error(`replica ${this.ordinal} runs already`);
    const { program, logFile } = { ...this.#options, ...changes };
    mkdirSync(dirname(logFile), { recursive: true });
    const log = openSync(logFile, "a");
    const environment = { ...this.#environment(), ...changes.environment };
    const child = spawn(process.execPath, program, { stdio: ["ignore", log, "pipe"], env: environment });
    this.#child = child;
    let lastWords = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      lastWords = (lastWords + chunk.toString()).slice(-LAST_WORDS_LENGTH_MAX);
      writeSync(log, chunk);
    });
    this.#exit = new Promise((resolve) => {
      const ended = (code: number | null, signal: NodeJS.Signals | null): void => {
        if (this.#child === child) this.#child = null;
        closeSync(log);
        resolve({ code, signal, lastWords: lastWords.trim() });
      };
      child.once("error", (error) => {
        lastWords += error.message;
        ended(null, null);
      });
      child.once("close", ended);
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Asks it to end, and insists after the deadline. */
  async stop(deadlineMs: number): Promise<Exit> {
    this.signal("SIGCONT");
    this.signal("SIGTERM");
    const insist = setTimeout(() => this.signal("SIGKILL"), deadlineMs);
    const exit = await this.#exit;
    clearTimeout(insist);
    return exit;
  }

  #environment(): Readonly<Record<string, string | undefined>> {
    const { ordinal, peers, httpPeers, dataDir, environment } = this.#options;
    return {
      ...environment,
      FLOTILLA_ORDINAL: String(ordinal),
      FLOTILLA_PEERS: peers.join(","),
      FLOTILLA_HTTP_PEERS: httpPeers.join(","),
      FLOTILLA_HTTP_PORT: httpPeers[ordinal]?.split(":").at(-1),
      FLOTILLA_DATA_DIR: dataDir,
    };
  }
}
