// Connections to other members over TLS. Each shows this member's certificate of now, and goes to nobody whose own is not signed by the
// same authority for the name under which the peer is configured.
import type { Agent as HttpAgent, AgentOptions, ClientRequestArgs } from "node:http";
import { createConnection } from "node:net";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import type { Clock } from "../../clock.ts";
import { Agent } from "../../http/node-http.ts";
import type { Logger } from "../../logger.ts";
import { Seldom } from "../seldom.ts";
import type { CertificateWatch } from "./certificate-watch.ts";
import { nodeTls } from "./node-tls.ts";
import type { TlsMode } from "./tls-mode.ts";
import { tlsTrouble } from "./tls-trouble.ts";

/** Whoever asks waits no longer than two seconds in all. */
const PREFERENCE_MS = 1_000;

export type ConnectorOptions = {
  readonly certificates: CertificateWatch;
  readonly mode: TlsMode;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long TLS is tried where it may be spoken without. */
  readonly preferenceMs?: number;
};

/** `servername`: of the host header, which says what the peer is called; empty for an address. */
type Target = ClientRequestArgs & { readonly servername?: string };
type Opened = (error: Error | null, socket: Duplex) => void;

export class TlsConnector {
  readonly #options: ConnectorOptions;
  readonly #seldom: Seldom;

  constructor(options: ConnectorOptions) {
    this.#options = options;
    this.#seldom = new Seldom(options.clock);
  }

  /** Its connections are those of one name each, not only of one address: the certificate was looked at for that name. */
  newAgent(options: AgentOptions = {}): HttpAgent {
    const agent = new Agent(options);
    agent.createConnection = (target, opened) => this.#connect(target, opened ?? (() => undefined));
    agent.getName = (target: Target = {}) => `${target.servername ?? ""} ${target.host ?? ""} ${target.port ?? ""}`;
    return agent;
  }

  /** At once or, where it is not known yet how, by calling back. */
  #connect(target: Target, opened: Opened): Duplex | undefined {
    const socket = this.#secure(target);
    if (this.#options.mode === "require") {
      socket.on("error", (error) => this.#tell(target, { error, event: "peerWithoutTrust" }));
      return socket;
    }
    let isSecure = false;
    let trouble: Error | null = null;
    const { preferenceMs = PREFERENCE_MS } = this.#options;
    const deadline = setTimeout(() => socket.destroy(new Error(`no answer to TLS within ${preferenceMs} ms`)), preferenceMs);
    socket.once("secureConnect", () => {
      isSecure = true;
      clearTimeout(deadline);
      opened(null, socket);
    });
    socket.on("error", (error) => {
      trouble = error;
      this.#tell(target, { error, event: "peerWithoutTls" });
    });
    socket.once("close", () => {
      clearTimeout(deadline);
      if (isSecure) return;
      // Where nobody listens nobody has refused TLS: a peer that is there a moment later may well speak it.
      if (isUnreachable(trouble)) opened(trouble, socket);
      else opened(null, createConnection({ ...placeOf(target), noDelay: true }));
    });
    return undefined;
  }

  #secure(target: Target): TLSSocket {
    const { servername = "" } = target;
    const socket = nodeTls().connect({
      ...placeOf(target),
      ...(servername === "" ? {} : { servername }),
      secureContext: this.#options.certificates.current.context,
      rejectUnauthorized: true,
    });
    return socket.setNoDelay(true);
  }

  #tell(target: Target, { error, event }: { readonly error: Error; readonly event: string }): void {
    const reason = tlsTrouble(error);
    const { servername, port } = target;
    const whom = `${servername || target.host}:${port}`;
    if (reason === null || !this.#seldom.isDue(whom)) return;
    const consequence = event === "peerWithoutTls" ? ". Spoken to without TLS instead" : "";
    this.#options.logger.warn({ event, address: whom, reason }, `peer at ${whom}: ${reason}${consequence}`);
  }
}

const placeOf = ({ host, port }: Target): { readonly host: string; readonly port: number } => ({ host: host ?? "", port: Number(port) });

const isUnreachable = (trouble: Error | null): boolean => trouble !== null && "syscall" in trouble && trouble.syscall === "connect";
