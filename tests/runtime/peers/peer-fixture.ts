// One member's peer port and links, on loopback, and odd machines to talk to.
import type { AddressInfo, Server, Socket } from "node:net";
import { createServer } from "node:net";
import { asBoot, asCluster, asGroup, asMember, asTerm } from "../../../core/base/ids.ts";
import { done } from "../../../core/base/outcome.ts";
import type { PeerMessage } from "../../../core/replica/peer-message.ts";
import { systemClock } from "../../../runtime/clock.ts";
import type { Logger } from "../../../runtime/logger.ts";
import { SILENT } from "../../../runtime/logger.ts";
import type { PeerIdentity } from "../../../runtime/peers/handshake.ts";
import { PeerCounters } from "../../../runtime/peers/peer-counters.ts";
import type { LinkLimits } from "../../../runtime/peers/peer-link.ts";
import { PeerNames } from "../../../runtime/peers/peer-names.ts";
import { PeerServer } from "../../../runtime/peers/peer-server.ts";
import { Peers } from "../../../runtime/peers/peers.ts";
import type { PeerTls } from "../../../runtime/peers/tls/peer-tls.ts";
import { inEnvelope } from "./sample-messages.ts";

export type LogLine = { readonly event: string; readonly reason?: unknown };

export type TestPeerOptions = {
  readonly cluster?: string;
  readonly limits?: LinkLimits;
  readonly tls?: PeerTls | null;
  /** Of the spread of its pauses between attempts. */
  readonly fraction?: () => number;
  /** What others call the machine that it is on; every name is a name of this one. */
  readonly host?: string;
};

/** A log that is kept. */
export function keptLog(lines: LogLine[]): Logger {
  const log = (fields: LogLine): void => void lines.push(fields);
  const logger: Logger = { ...SILENT, debug: log, info: log, warn: log, error: log, fatal: log, child: () => logger };
  return logger;
}

export class TestPeer {
  readonly identity: PeerIdentity;
  readonly received: PeerMessage[] = [];
  readonly lines: LogLine[] = [];
  readonly counters = new PeerCounters();
  readonly server: PeerServer;
  readonly peers: Peers;
  isBorn = true;
  hasRoom = true;
  onMessage: (message: PeerMessage) => void = () => undefined;

  constructor(ordinal: number, port: number, options: TestPeerOptions = {}) {
    const { tls = null, host = "127.0.0.1", fraction = Math.random } = options;
    this.identity = {
      cluster: asCluster(options.cluster ?? "c"),
      group: asGroup("1"),
      member: asMember(`member-${ordinal}`),
      place: { ordinal, address: `${host}:${port}` },
      boot: asBoot(1),
    };
    const logger = keptLog(this.lines);
    this.server = new PeerServer({
      self: () => (this.isBorn ? this.identity : null),
      onMessage: (message) => {
        if (this.hasRoom) this.received.push(message);
        this.onMessage(message);
        return this.hasRoom;
      },
      onIntroduced: (peer) => {
        this.peers.introduce(peer);
      },
      questions: { echo: (body) => done({ youSaid: body }) },
      tls,
      counters: this.counters,
      clock: systemClock,
      logger,
    });
    this.peers = new Peers({
      self: this.identity,
      names: new PeerNames(() => Promise.resolve(["127.0.0.1"])),
      tls,
      counters: this.counters,
      clock: systemClock,
      logger,
      fraction,
      ...(options.limits === undefined ? {} : { limits: options.limits }),
    });
  }

  static async listening(ordinal: number, options: TestPeerOptions & { readonly port?: number } = {}): Promise<TestPeer> {
    const port = options.port ?? (await freePort());
    const peer = new TestPeer(ordinal, port, options);
    await peer.server.listen({ host: "127.0.0.1", port });
    return peer;
  }

  get port(): number {
    return Number(this.identity.place.address.split(":")[1]);
  }

  get member(): PeerIdentity["member"] {
    return this.identity.member;
  }

  connectTo(...others: readonly (TestPeer | { readonly member: string; readonly port: number; readonly ordinal: number })[]): void {
    this.peers.setMembers(
      Object.fromEntries(
        others.map((other) => [
          other.member,
          other instanceof TestPeer ? other.identity.place : { ordinal: other.ordinal, address: `127.0.0.1:${other.port}` },
        ]),
      ),
    );
  }

  messageTo(to: string, context: number): PeerMessage {
    const ends = { from: this.identity.member, to: asMember(to) };
    return inEnvelope({ kind: "raft", message: { ...ends, kind: "readIndex", term: asTerm(1), context } }, ends);
  }

  send(to: string, context: number): void {
    this.peers.send(this.messageTo(to, context));
  }

  /** The numbers that arrived, in the order in which they did. */
  get contexts(): readonly number[] {
    return this.received.flatMap(({ body }) => (body.kind === "raft" && body.message.kind === "readIndex" ? [body.message.context] : []));
  }

  said(event: string): readonly string[] {
    return this.lines.filter((line) => line.event === event).map(({ reason }) => String(reason));
  }

  async close(): Promise<void> {
    this.peers.close();
    await this.server.close();
  }
}

export async function freePort(): Promise<number> {
  const { port, close } = await rawServer(() => undefined);
  await close();
  return port;
}

export type RawServer = { readonly port: number; readonly sockets: readonly Socket[]; readonly close: () => Promise<void> };

/** A TCP server without manners. */
export async function rawServer(onSocket: (socket: Socket) => void): Promise<RawServer> {
  const sockets: Socket[] = [];
  const server: Server = createServer({ pauseOnConnect: true }, (socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined);
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { port: (server.address() as AddressInfo).port, sockets, close };
}
