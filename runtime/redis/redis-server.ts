// The port of the Redis protocol: takes connections, bounds them, and closes them in good order.
import type { Server, Socket } from "node:net";
import { createServer } from "node:net";
import { endSoon } from "../http/linger.ts";
import type { Logger } from "../logger.ts";
import type { Surroundings } from "./client.ts";
import { Client } from "./client.ts";
import type { ConnectionOptions } from "./connection.ts";
import { Connection } from "./connection.ts";
import type { Place } from "./reply-queue.ts";
import type { ServerFacts } from "./server-facts.ts";
import type { Gate } from "./store-gate.ts";

export type RedisServerOptions = {
  /** By the address at which the client has reached this port. */
  readonly surroundings: (reached: Reached) => Surroundings;
  readonly facts: ServerFacts;
  readonly gate: Gate;
  readonly nowMs: () => number;
  readonly logger: Logger;
  readonly onReplied: (place: Place, nowMs: number) => void;
  readonly connectionsMax?: number;
  readonly untakenMs?: number;
};

export type Reached = { readonly host: string; readonly port: number };

const CONNECTIONS_MAX = 10_000;
/**
 * What a client has not taken. Beyond `pause` nothing more is read from it. One reply may be of any size; where the others come to more
 * than `most`, which is beyond what requests that are under way may be answered, it is cut off.
 */
const UNSENT_BYTES = { pause: 1_048_576, most: 67_108_864 };
/** A client that takes nothing for so long, where there is more than `pause` for it or nothing is to follow, has gone. */
const UNTAKEN_MS = 60_000;
const TOO_MANY = "-ERR max number of clients reached\r\n";

export class RedisServer {
  readonly #options: RedisServerOptions;
  readonly #server: Server;
  readonly #open = new Map<Socket, Connection>();
  #lastId = 0;

  constructor(options: RedisServerOptions) {
    this.#options = options;
    // A client may end its side behind its last request, and wait for the replies.
    this.#server = createServer({ noDelay: true, keepAlive: true, allowHalfOpen: true }, (socket) => this.#accept(socket));
  }

  get connections(): number {
    return this.#open.size;
  }

  listen({ host, port }: { readonly host: string; readonly port: number }): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ host, port }, () => {
        this.#server.removeListener("error", reject);
        this.#server.on("error", (error) => this.#options.logger.error({ event: "redisPort" }, error.message));
        resolve();
      });
    });
  }

  /** Takes no more; what is under way is answered. */
  finish(): void {
    this.#server.close();
    for (const connection of this.#open.values()) connection.finish();
  }

  async close(): Promise<void> {
    this.finish();
    for (const socket of this.#open.keys()) socket.destroy();
    await Promise.resolve();
  }

  #accept(socket: Socket): void {
    const { surroundings: surroundingsFor, facts, gate, nowMs, onReplied, connectionsMax = CONNECTIONS_MAX } = this.#options;
    socket.on("error", () => undefined);
    if (this.#open.size >= connectionsMax) return endSoon(socket, TOO_MANY);
    const surroundings = surroundingsFor({ host: socket.localAddress ?? "127.0.0.1", port: socket.localPort ?? 0 });
    const client = new Client(++this.#lastId, `${socket.remoteAddress ?? ""}:${socket.remotePort ?? 0}`, surroundings);
    const connection = new Connection({ client, gate, nowMs, onReplied, ...this.#outlet(socket) });
    this.#open.set(socket, connection);
    facts.accepted++;
    facts.connected++;
    socket.on("data", (chunk: Buffer) => connection.read(chunk));
    socket.on("end", () => connection.heardAll());
    socket.on("drain", () => connection.taken());
    socket.on("timeout", () => void socket.destroy());
    socket.on("close", () => {
      connection.over();
      this.#open.delete(socket);
      facts.connected--;
    });
  }

  /** Where the replies of a connection go, and how its client is kept from asking for more than it takes. */
  #outlet(socket: Socket): Pick<ConnectionOptions, "write" | "unsentBytes" | "pause" | "resume" | "end"> {
    const { untakenMs = UNTAKEN_MS } = this.#options;
    let isPaused = false;
    let largest = 0;
    const resume = (): void => {
      if (!isPaused && socket.writableLength <= UNSENT_BYTES.pause) socket.resume();
    };
    socket.on("drain", () => {
      largest = 0;
      socket.setTimeout(0);
      resume();
    });
    return {
      write: (bytes) => {
        if (socket.destroyed) return;
        if (socket.writableLength - largest > UNSENT_BYTES.most) return void socket.destroy();
        largest = Math.max(largest, bytes.length);
        socket.write(bytes);
        if (socket.writableLength <= UNSENT_BYTES.pause) return;
        socket.pause();
        socket.setTimeout(untakenMs);
      },
      unsentBytes: () => socket.writableLength,
      pause: () => {
        isPaused = true;
        socket.pause();
      },
      resume: () => {
        isPaused = false;
        resume();
      },
      end: () => {
        if (socket.destroyed) return;
        // Its end is only seen by who reads on, and what comes before that is not looked at.
        socket.end().resume();
        socket.setTimeout(untakenMs);
      },
    };
  }
}
