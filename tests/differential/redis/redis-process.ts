// A real redis-server, alone, as a cluster of one that owns every slot.
import type { ChildProcess } from "node:child_process";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import type { Socket } from "node:net";
import { connect } from "node:net";
import type { RedisReply } from "../../runtime/redis/reply-reader.ts";
import { ReplyReader } from "../../runtime/redis/reply-reader.ts";
import { encodeRequest } from "../../runtime/redis/store-fixture.ts";

const STARTED_WITHIN_MS = 10_000;

export const hasRedis = (): boolean => spawnSync("redis-server", ["--version"]).status === 0;

export const redisVersion = (): string => /v=([0-9.]+)/.exec(execFileSync("redis-server", ["--version"], { encoding: "utf8" }))?.[1] ?? "?";

export class RedisProcess {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(port: number, child: ChildProcess) {
    this.port = port;
    this.#child = child;
  }

  static async start(directory: string, port: number, more: readonly string[] = ["--cluster-enabled", "yes"]): Promise<RedisProcess> {
    const args = ["--port", String(port), "--dir", directory, "--save", "", "--bind", "127.0.0.1", ...more];
    const redis = new RedisProcess(port, spawn("redis-server", args, { stdio: "ignore" }));
    const untilMs = performance.now() + STARTED_WITHIN_MS;
    for (;;) {
      const connection = await RawConnection.open(port).catch(() => null);
      if (connection !== null) {
        if (more.includes("--cluster-enabled")) await redis.#ownAllSlots(connection);
        connection.close();
        return redis;
      }
      if (performance.now() > untilMs) throw new Error("redis-server does not listen");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async #ownAllSlots(connection: RawConnection): Promise<void> {
    await connection.ask([["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]]);
    for (;;) {
      const [info] = await connection.ask([["CLUSTER", "INFO"]]);
      if (String(info).includes("cluster_state:ok")) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  stop(): void {
    this.#child.kill("SIGKILL");
  }
}

/** Requests as bytes, replies as values; nothing in between decides anything. */
export class RawConnection {
  readonly #socket: Socket;
  readonly #reader = new ReplyReader();
  readonly #replies: RedisReply[] = [];
  #waiting: (() => void) | null = null;
  isClosed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (bytes: Buffer) => {
      this.#replies.push(...this.#reader.push(bytes));
      this.#waiting?.();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.isClosed = true;
      this.#waiting?.();
    });
  }

  static open(port: number): Promise<RawConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port, noDelay: true });
      socket.once("error", reject);
      socket.once("connect", () => resolve(new RawConnection(socket)));
    });
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  /** In one write. */
  async ask(commands: readonly (readonly (string | Buffer)[])[]): Promise<readonly RedisReply[]> {
    this.write(Buffer.concat(commands.map(encodeRequest)));
    while (this.#replies.length < commands.length && !this.isClosed) await new Promise<void>((resolve) => (this.#waiting = resolve));
    return this.#replies.splice(0, commands.length);
  }

  close(): void {
    this.#socket.destroy();
  }
}
