// The peer port: streams of members, and questions in JSON from processes that may have no group yet. Whoever calls is
// checked before it is listened to; nothing that arrives here can end the process or take more than its share of memory.
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { MemberId } from "../../core/base/ids.ts";
import type { PeerMessage } from "../../core/replica/peer-message.ts";
import type { Clock } from "../clock.ts";
import type { ErrorResponse } from "../http/error-shape.ts";
import { refuse } from "../http/error-shape.ts";
import { createServer } from "../http/node-http.ts";
import type { Logger } from "../logger.ts";
import type { PeerIdentity } from "./handshake.ts";
import { checkHandshake, STREAM_PATH } from "./handshake.ts";
import { isProven } from "./cluster-secret.ts";
import { IncomingStream } from "./incoming-stream.ts";
import { respondJson } from "./json-body.ts";
import type { PeerCounters } from "./peer-counters.ts";
import { kindOf } from "./peer-counters.ts";
import type { PeerQuestion } from "./peer-questions.ts";
import { answerQuestion, QUESTION_PATH } from "./peer-questions.ts";
import { Seldom } from "./seldom.ts";
import { TLS_HANDSHAKE } from "./tls/first-byte.ts";
import type { PeerTls } from "./tls/peer-tls.ts";

export type PeerServerOptions = {
  /** Null until this process is a member of a group: until then it takes questions and no streams. */
  readonly self: () => PeerIdentity | null;
  /** False: there was no room for it. */
  readonly onMessage: (message: PeerMessage) => boolean;
  /** A member opened its stream; see `Peers.introduce`. */
  readonly onIntroduced: (peer: PeerIdentity) => void;
  /** What may be asked with `POST /v1/peer/{name}`. */
  readonly questions: Readonly<Record<string, PeerQuestion>>;
  /** What callers must prove themselves by; left out or null: by nothing. */
  readonly clusterSecret?: string | null;
  /** Left out or null: it is spoken without. */
  readonly tls?: PeerTls | null;
  readonly counters: PeerCounters;
  readonly clock: Clock;
  readonly logger: Logger;
};

const CONNECTIONS_MAX = 256;
const HEADERS_DEADLINE_MS = 5_000;
const STREAMS_MAX = 64;

export class PeerServer {
  readonly #options: PeerServerOptions;
  readonly #server: Server;
  readonly #streams = new Map<MemberId, IncomingStream>();
  readonly #seldom: Seldom;

  constructor(options: PeerServerOptions) {
    this.#options = options;
    this.#seldom = new Seldom(options.clock);
    // A stream is a request that never ends; its own silence is watched instead.
    const limits = { requestTimeout: 0, headersTimeout: HEADERS_DEADLINE_MS, keepAliveTimeout: HEADERS_DEADLINE_MS };
    this.#server = createServer({ ...limits, connectionsCheckingInterval: 1_000, noDelay: true }, (request, response) => {
      this.#route(request, response);
    });
    this.#server.maxConnections = CONNECTIONS_MAX;
    options.tls?.door.guard(this.#server);
    // Such as too many open files: connections that can't be accepted are theirs who made them.
    this.#server.on("error", (error) => {
      options.logger.error({ event: "peerPortError", error }, `the peer port: ${error.message}`);
    });
    this.#server.on("clientError", (error: Error, socket: Socket) => {
      this.#tellOfNonsense(error, socket);
      if (socket.writable) socket.end(`HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n`);
      else socket.destroy();
    });
  }

  async listen(at: { readonly host: string; readonly port: number }): Promise<AddressInfo> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ ...at, exclusive: true }, () => {
        this.#server.removeListener("error", reject);
        resolve();
      });
    });
    return this.#server.address() as AddressInfo;
  }

  async close(): Promise<void> {
    for (const stream of this.#streams.values()) stream.close("this member is ending");
    await new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
      this.#server.closeIdleConnections();
      setTimeout(() => {
        this.#server.closeAllConnections();
        this.#options.tls?.door.closeAll();
      }, 500).unref();
    });
  }

  #route(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? "";
    request.on("error", () => undefined); // a caller that went away; whoever cares listens too
    const objection = this.#options.tls?.door.objectionTo(request.socket) ?? null;
    if (objection !== null) turnAway(response, refuse("forbidden", objection));
    else if (!isProven(this.#options.clusterSecret ?? null, request.headers)) this.#turnAwayStranger(request, response);
    else if (request.method !== "POST") turnAway(response, refuse("notFound", "the peer port takes only POST"));
    else if (path === STREAM_PATH) this.#openStream(request, response);
    else if (path.startsWith(QUESTION_PATH)) answerQuestion(request, response, this.#questionAt(path));
    else turnAway(response, refuse("notFound", `nothing at ${path.slice(0, 100)}`));
  }

  #tellOfNonsense(error: Error, socket: Socket): void {
    const { rawPacket } = error as { readonly rawPacket?: Buffer };
    const from = socket.remoteAddress;
    if (rawPacket?.[0] !== TLS_HANDSHAKE) {
      this.#options.logger.debug({ event: "peerPortNonsense", reason: error.message }, `nonsense on the peer port: ${error.message}`);
    } else if (this.#seldom.isDue(`tls ${from}`)) {
      const advice = "give this member FLOTILLA_PEER_TLS_DIR, or the caller FLOTILLA_PEER_TLS_MODE=prefer until then";
      this.#options.logger.warn({ event: "peerSpeaksTls", from }, `a caller at ${from} speaks TLS, and this member does not: ${advice}`);
    }
  }

  #turnAwayStranger(request: IncomingMessage, response: ServerResponse): void {
    const from = request.socket.remoteAddress;
    this.#options.logger.warn(
      { event: "peerRefused", from, reason: "clusterSecret" },
      "refused a caller that does not know the cluster's secret",
    );
    turnAway(response, refuse("forbidden", "the cluster's secret is missing, or another one"));
  }

  #questionAt(path: string): PeerQuestion | undefined {
    const name = path.slice(QUESTION_PATH.length);
    const { questions } = this.#options;
    return Object.hasOwn(questions, name) ? questions[name] : undefined;
  }

  #openStream(request: IncomingMessage, response: ServerResponse): void {
    const { self, logger, onIntroduced } = this.#options;
    const own = self();
    if (own === null) return turnAway(response, refuse("starting", "this process belongs to no group yet"));
    const handshake = checkHandshake(request.headers, own);
    if (handshake.kind === "refused") {
      const level = handshake.isUsual ? "debug" : "warn";
      const from = request.socket.remoteAddress;
      logger[level]({ event: "peerRefused", from, reason: handshake.message }, `refused a peer: ${handshake.message}`);
      return turnAway(response, refuse("badRequest", handshake.message));
    }
    const { peer } = handshake;
    const present = this.#streams.get(peer.member)?.peer ?? null;
    if (present !== null && present.place.address !== peer.place.address) {
      // Two processes over copies of one disk, each at a place of its own: the one that is there goes on. To take in the other would
      // be to call the first one's life over.
      const message = `member ${peer.member} is connected from ${present.place.address}, and not at ${peer.place.address}`;
      logger.warn({ event: "peerRefused", from: request.socket.remoteAddress, reason: message }, `refused a peer: ${message}`);
      return turnAway(response, refuse("badRequest", message));
    }
    if (!this.#streams.has(peer.member) && this.#streams.size >= STREAMS_MAX) {
      return turnAway(response, refuse("overloaded", `${STREAMS_MAX} peer streams are open`));
    }
    this.#streams.get(peer.member)?.close("a newer stream of this member took its place");
    this.#receive(request, response, peer);
    onIntroduced(peer);
  }

  #receive(request: IncomingMessage, response: ServerResponse, peer: PeerIdentity): void {
    const { clock, counters, logger, onMessage } = this.#options;
    const ordinal = String(peer.place.ordinal);
    const stream = new IncomingStream(request, response, {
      peer,
      clock,
      onMessage: (message) => {
        counters.add(ordinal, kindOf(message), onMessage(message) ? "received" : "overloaded");
      },
      onSkipped: ({ message }) => {
        counters.add(ordinal, "unknown", "skipped");
        logger.warn({ event: "peerMessageSkipped", peer: ordinal, reason: message }, `peer ${ordinal}: ${message}`);
      },
      onEnd: (trouble) => {
        if (this.#streams.get(peer.member) === stream) this.#streams.delete(peer.member);
        if (trouble !== null)
          logger.info({ event: "peerStreamEnded", peer: ordinal, reason: trouble }, `the stream of peer ${ordinal} ended: ${trouble}`);
      },
    });
    this.#streams.set(peer.member, stream);
  }
}

function turnAway(response: ServerResponse, { status, body }: ErrorResponse): void {
  respondJson(response, status, body);
}
