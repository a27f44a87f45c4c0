// The short way to an answer for the few calls that nearly all requests are: around the server library, which costs more than
// everything else that such a request needs. Whatever is not a plain request of such a call, would be refused, or comes while there is
// no room, goes to the library with its connection, so that everything is said in one place; docs/decisions/0018 says more.
import type { FastifyInstance } from "fastify";
import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { AccessPolicy } from "../access.ts";
import { whyNotAllowed } from "../access.ts";
import type { HttpAnswer } from "../http-answer.ts";
import type { ObserverOf } from "../http-metrics.ts";
import type { JsonReading } from "../json-requests.ts";
import { readJson, readJsonText } from "../json-requests.ts";
import type { LoadLimit } from "../load-limit.ts";
import { parseQuery } from "../query-strings.ts";
import type { RouteTable } from "../route-table.ts";
import { factsOf } from "../route-table.ts";
import { whyNotAsIn } from "../schema-check.ts";
import { AnswerWriter } from "./answer-text.ts";
import type { Place } from "./place.ts";
import type { PlainMethod, PlainRequest } from "./plain-request.ts";
import type { Accepted, Chunk, ConnectionLimits } from "./shortcut-connection.ts";
import { ShortcutConnection } from "./shortcut-connection.ts";
import type { KnownRoute, Schema, ShortcutRoute } from "./shortcut-route.ts";

export type ShortcutOptions = {
  readonly access: AccessPolicy;
  readonly routes: RouteTable;
  readonly limit: LoadLimit;
  readonly requestBytesMax: number;
  readonly timeouts: { readonly headersMs: number; readonly idleMs: number };
  readonly observerOf: ObserverOf;
  readonly fail: (error: unknown, url: string) => HttpAnswer;
  readonly nowMs: () => number;
};

const LOOK_MS = 1_000;
/** For an answer to be taken: whoever doesn't would hold its memory for ever. */
const TAKEN_MS = 30_000;
const NO_QUERY: Readonly<Record<string, unknown>> = parseQuery("");

export class Shortcuts {
  readonly #options: ShortcutOptions;
  readonly #server: Server;
  readonly #byLibrary: (socket: Socket) => void;
  readonly #routes = new Map<PlainMethod, KnownRoute>();
  readonly #open = new Map<Socket, ShortcutConnection>();
  readonly #writer: AnswerWriter;
  readonly #limits: ConnectionLimits;
  #looking: NodeJS.Timeout | null = null;
  #isFinishing = false;

  constructor(server: FastifyInstance["server"], options: ShortcutOptions) {
    this.#server = server;
    this.#options = options;
    const { headersMs, idleMs } = options.timeouts;
    this.#writer = new AnswerWriter(idleMs);
    this.#limits = { firstMs: headersMs, idleMs, takenMs: TAKEN_MS };
    const [byLibrary] = server.listeners("connection") as [(socket: Socket) => void];
    this.#byLibrary = byLibrary;
    server.removeListener("connection", byLibrary);
    server.on("connection", (socket) => this.#accept(socket));
  }

  add(route: ShortcutRoute): void {
    const { method, url } = route;
    const { routes, observerOf } = this.#options;
    this.#routes.set(method, { ...route, access: factsOf(routes, method, url)?.access ?? "open", observe: observerOf(url, method) });
  }

  /** Takes no more; what is under way is answered. */
  finish(): void {
    this.#isFinishing = true;
    for (const connection of this.#open.values()) connection.finish();
  }

  destroyAll(): void {
    for (const connection of this.#open.values()) connection.destroy();
  }

  #accept(socket: Socket): void {
    if (this.#routes.size === 0 || this.#isFinishing) return this.#byLibrary.call(this.#server, socket);
    const connection = new ShortcutConnection(socket, {
      accept: (request, chunk) => this.#take(request, chunk),
      fail: (error, route) => this.#options.fail(error, route.url),
      hold: (place, bytes) => {
        place.heldBytes += bytes;
        this.#options.limit.hold(bytes);
      },
      release: (place) => this.#release(place),
      handOver: (...handed) => this.#handOver(...handed),
      nowMs: this.#options.nowMs,
      writer: this.#writer,
    });
    this.#open.set(socket, connection);
    socket.once("close", () => this.#open.delete(socket));
    this.#looking ??= setInterval(() => this.#look(), LOOK_MS).unref();
  }

  #handOver(socket: Socket, unread: Buffer): void {
    this.#open.delete(socket);
    this.#byLibrary.call(this.#server, socket);
    socket.unshift(unread);
    socket.resume();
  }

  #take({ method, url, key, queryText, headers, bodyAt, end }: PlainRequest, chunk: Chunk): Accepted | null {
    const { access, limit, requestBytesMax } = this.#options;
    const route = this.#routes.get(method);
    if (route === undefined || end - bodyAt > requestBytesMax || !isEncoded(key)) return null;
    if (whyNotAllowed(access, route.access, headers["authorization"]) !== null) return null;
    const query = queryText === "" ? NO_QUERY : parseQuery(queryText);
    if (queryText !== "" && !isAsIn(route.schema.querystring, query)) return null;
    const heldBytes = end - bodyAt;
    const reading = heldBytes === 0 ? null : readBody(chunk, bodyAt, end);
    if (reading !== null && (reading.kind === "refused" || !isAsIn(route.schema.body, reading.value))) return null;
    if (!limit.admit(heldBytes)) return null;
    return { route, heldBytes, request: { method, url, key, headers, query, body: reading?.value } };
  }

  #release(place: Place): void {
    const { limit, nowMs } = this.#options;
    limit.release(place.heldBytes);
    if (!place.isGone) place.route.observe(place.status, nowMs() - place.beganMs);
  }

  #look(): void {
    const nowMs = this.#options.nowMs();
    for (const connection of this.#open.values()) connection.endIfOverdue(nowMs, this.#limits);
    if (this.#open.size > 0 || this.#looking === null) return;
    clearInterval(this.#looking);
    this.#looking = null;
  }
}

/** A part of a chunk; of ASCII alone, as most are, it is a part of its text. */
function readBody({ bytes, text, isAscii }: Chunk, from: number, to: number): JsonReading {
  return isAscii ? readJsonText(text.slice(from, to)) : readJson(bytes.subarray(from, to));
}

function isEncoded(text: string): boolean {
  if (!text.includes("%")) return true;
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

const isAsIn = (schema: Schema | undefined, value: unknown): boolean => schema === undefined || whyNotAsIn(schema, value) === null;
