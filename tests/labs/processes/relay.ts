// Stands in front of one member's peer port: counts what passes in either direction, and cuts the connections of chosen
// peers. A peer says who it is in the headers with which its stream begins.
import { createServer, connect } from "node:net";
import type { Server, Socket } from "node:net";

const LOOPBACK = "127.0.0.1";
const ORDINAL = /\r\nflotilla-ordinal: (\d+)\r\n/i;

type Passage = { readonly ends: readonly [Socket, Socket]; from: number | null };

export class Relay {
  readonly #server: Server;
  readonly #passages = new Set<Passage>();
  #refused: ReadonlySet<number> = new Set();
  #bytes = 0;

  private constructor(targetPort: number) {
    this.#server = createServer((incoming) => this.#pass(incoming, connect(targetPort, LOOPBACK)));
  }

  static async open({ port, targetPort }: { readonly port: number; readonly targetPort: number }): Promise<Relay> {
    const relay = new Relay(targetPort);
    await new Promise<void>((resolve, reject) => {
      relay.#server.once("error", reject).listen(port, LOOPBACK, resolve);
    });
    return relay;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** From now on nothing of these peers gets through, whether it is under way or not; everything of the others does. */
  refuse(ordinals: readonly number[]): void {
    this.#refused = new Set(ordinals);
    for (const passage of this.#passages) this.#endIfRefused(passage);
  }

  async close(): Promise<void> {
    for (const passage of this.#passages) end(passage);
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #pass(incoming: Socket, outgoing: Socket): void {
    const passage: Passage = { ends: [incoming, outgoing], from: null };
    this.#passages.add(passage);
    incoming.once("data", (chunk: Buffer) => {
      passage.from = Number(ORDINAL.exec(chunk.toString("latin1"))?.[1] ?? NaN);
      this.#endIfRefused(passage);
    });
    this.#carry(incoming, outgoing);
    this.#carry(outgoing, incoming);
    for (const socket of passage.ends) {
      socket.setNoDelay(true);
      socket.on("error", () => end(passage));
      socket.on("close", () => {
        end(passage);
        this.#passages.delete(passage);
      });
    }
  }

  #carry(from: Socket, to: Socket): void {
    from.on("data", (chunk: Buffer) => {
      if (to.destroyed) return;
      this.#bytes += chunk.length;
      to.write(chunk);
    });
  }

  #endIfRefused(passage: Passage): void {
    if (passage.from !== null && this.#refused.has(passage.from)) end(passage);
  }
}

function end({ ends }: Passage): void {
  for (const socket of ends) socket.destroy();
}
