// TLS in front of the peer port. Callers with and without are told apart by their first byte and come to the same server, which asks here
// whom to listen to. So whoever is not listened to hears why, in an answer of HTTP like every other, instead of a connection that just ends.
import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { Server as TlsServer, TLSSocket } from "node:tls";
import type { Clock } from "../../clock.ts";
import type { Logger } from "../../logger.ts";
import { Seldom } from "../seldom.ts";
import { contextOptions } from "./certificate-files.ts";
import type { CertificateWatch } from "./certificate-watch.ts";
import { onFirstByte, TLS_HANDSHAKE } from "./first-byte.ts";
import { nodeTls } from "./node-tls.ts";
import type { TlsMode } from "./tls-mode.ts";

/** From the connection to its first byte, and from there to the end of the handshake. */
const HANDSHAKE_DEADLINE_MS = 5_000;

/** `unproven`: with TLS, and without a certificate that counts. */
export type Transport = "tls" | "unproven" | "plain";

type Caller = { readonly transport: Transport; /** What it lacks; null: nothing. */ readonly lack: string | null };

const PLAIN: Caller = {
  transport: "plain",
  lack: "it speaks without TLS, and this member takes no such caller: give the caller FLOTILLA_PEER_TLS_DIR, or this member FLOTILLA_PEER_TLS_MODE=prefer until then",
};

export type DoorOptions = {
  readonly certificates: CertificateWatch;
  readonly mode: TlsMode;
  readonly clock: Clock;
  readonly logger: Logger;
};

export class TlsDoor {
  readonly #options: DoorOptions;
  readonly #secure: TlsServer;
  readonly #seldom: Seldom;
  readonly #sockets = new Set<Socket>();
  readonly #callers = new WeakMap<Socket, Caller>();
  readonly #open: Record<Transport, number> = { tls: 0, unproven: 0, plain: 0 };

  constructor(options: DoorOptions) {
    this.#options = options;
    this.#seldom = new Seldom(options.clock);
    const { certificates } = options;
    this.#secure = nodeTls().createServer({
      ...contextOptions(certificates.current),
      requestCert: true,
      rejectUnauthorized: false, // here; `objectionTo` says it in words
      handshakeTimeout: HANDSHAKE_DEADLINE_MS,
    });
    certificates.onChange(() => this.#secure.setSecureContext(contextOptions(certificates.current)));
    this.#secure.on("tlsClientError", (error, socket) => this.#failed(error, socket));
  }

  /** How many are connected. */
  get open(): Readonly<Record<Transport, number>> {
    return this.#open;
  }

  /** From now on every connection of this server comes through here first. */
  guard(server: Server): void {
    const listeners = server.listeners("connection") as ((this: Server, socket: Socket) => void)[];
    const letIn = (socket: Socket, caller: Caller): void => {
      this.#callers.set(socket, caller);
      this.#open[caller.transport] += 1;
      socket.once("close", () => (this.#open[caller.transport] -= 1));
      for (const listener of listeners) listener.call(server, socket);
    };
    this.#secure.on("secureConnection", (socket) => letIn(socket, secureCaller(socket)));
    server.removeAllListeners("connection");
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
      socket.on("error", () => undefined); // it closes, too
      onFirstByte(socket, HANDSHAKE_DEADLINE_MS, (byte) => {
        if (byte === TLS_HANDSHAKE) this.#secure.emit("connection", socket);
        else letIn(socket, PLAIN);
      });
    });
  }

  /** Why the caller at this connection is not listened to; null: it is. */
  objectionTo(socket: Socket): string | null {
    const { transport, lack } = this.#callers.get(socket) ?? PLAIN;
    if (lack === null || this.#options.mode === "prefer") return null;
    const from = socket.remoteAddress;
    if (this.#seldom.isDue(`${transport} ${from}`))
      this.#options.logger.warn({ event: "peerRefused", from, reason: transport }, `refused a peer at ${from}: ${lack}`);
    return lack;
  }

  /** Also those that have not said anything yet. */
  closeAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** A caller that does not take this member's certificate ends the handshake, and says why itself. */
  #failed(error: Error, socket: TLSSocket): void {
    const from = socket.remoteAddress;
    socket.destroy();
    if (this.#seldom.isDue(`handshake ${from}`))
      this.#options.logger.warn(
        { event: "peerHandshakeFailed", from, reason: error.message },
        `no TLS with a caller at ${from}: ${error.message}`,
      );
  }
}

function secureCaller(socket: TLSSocket): Caller {
  const lack = lackOf(socket);
  return { transport: lack === null ? "tls" : "unproven", lack };
}

function lackOf(socket: TLSSocket): string | null {
  if (socket.getPeerX509Certificate() === undefined) return "it shows no certificate: give the caller FLOTILLA_PEER_TLS_DIR";
  // What was believed earlier may not be true any more. None of our own does that.
  if (socket.isSessionReused()) return "it goes on with an earlier session, and does not show its certificate";
  if (socket.authorized) return null;
  return `its certificate does not count (${String(socket.authorizationError)}): it must be signed by ca.crt of this member, be good now, and be on no list in crl.pem`;
}
