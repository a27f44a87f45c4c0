// One replica of a local group as a child process, with the environment that makes it a member of that group.
import type { Exit } from "./local/local-process.ts";
import { LocalProcess } from "./local/local-process.ts";

export type LocalReplicaOptions = {
  readonly ordinal: number;
  /** Of all members, by ordinal. */
  readonly peers: readonly string[];
  readonly httpPeers: readonly string[];
  /** For clients of the Redis protocol; left out where there are to be none. */
  readonly redisPeers?: readonly string[];
  readonly dataDir: string;
  readonly logFile: string;
  /** The program and its arguments, for Node. */
  readonly program: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
};

export class LocalReplica {
  readonly ordinal: number;
  readonly origin: string;
  readonly peerAddress: string;
  /** `host:port`; empty where there is no such door. */
  readonly redisAddress: string;
  readonly #options: LocalReplicaOptions;
  readonly #process: LocalProcess;

  constructor(options: LocalReplicaOptions) {
    this.#options = options;
    this.ordinal = options.ordinal;
    this.origin = `http://${options.httpPeers[options.ordinal] ?? ""}`;
    this.peerAddress = options.peers[options.ordinal] ?? "";
    this.redisAddress = options.redisPeers?.[options.ordinal] ?? "";
    this.#process = new LocalProcess({
      name: `replica ${options.ordinal}`,
      log: options.logFile,
      program: options.program,
      environment: environmentOf(options),
    });
  }

  /** Null while it does not run. */
  get pid(): number | null {
    return this.#process.pid;
  }

  get dataDir(): string {
    return this.#options.dataDir;
  }

  get logFile(): string {
    return this.#options.logFile;
  }

  /** The end of the life that was started last. */
  get exit(): Promise<Exit> {
    return this.#process.exit;
  }

  start(changes: Partial<Pick<LocalReplicaOptions, "program" | "environment">> = {}): void {
    this.#process.start(changes);
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.signal(signal);
  }

  /** Asks it to end, and insists after the deadline. */
  stop(deadlineMs: number): Promise<Exit> {
    return this.#process.stop(deadlineMs);
  }
}

function environmentOf(options: LocalReplicaOptions): Readonly<Record<string, string | undefined>> {
  const { ordinal, peers, httpPeers, redisPeers, dataDir, environment } = options;
  const redis =
    redisPeers === undefined
      ? {}
      : { FLOTILLA_REDIS_PEERS: redisPeers.join(","), FLOTILLA_REDIS_PORT: redisPeers[ordinal]?.split(":").at(-1) };
  return {
    ...environment,
    ...redis,
    FLOTILLA_ORDINAL: String(ordinal),
    FLOTILLA_PEERS: peers.join(","),
    FLOTILLA_HTTP_PEERS: httpPeers.join(","),
    FLOTILLA_HTTP_PORT: httpPeers[ordinal]?.split(":").at(-1),
    FLOTILLA_DATA_DIR: dataDir,
  };
}
