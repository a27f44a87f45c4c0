// The client port of a service: routes are the service's, everything that is the same for all is here. Limits on sizes, counts
// and times; strict bodies; one shape for every error; metrics of every request. Whatever arrives, the process goes on.
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import fastify from "fastify";
import { systemClock } from "../clock.ts";
import type { Logger } from "../logger.ts";
import type { Metrics } from "../metrics.ts";
import type { AccessPolicy } from "./access.ts";
import { OPEN_TO_ALL, whyNotAllowed } from "./access.ts";
import { BrokenConnections } from "./broken-connections.ts";
import type { ErrorResponse } from "./error-shape.ts";
import { refuse } from "./error-shape.ts";
import { errorAnswer, sendError } from "./http-answer.ts";
import { measureRequests } from "./http-metrics.ts";
import { describeSchemaErrors, STRICT_VALIDATION, takeJsonBodies } from "./json-requests.ts";
import type { LoadLimits } from "./load-limit.ts";
import { LATE_VALIDATION } from "./late-validation.ts";
import { DEFAULT_LOAD_LIMITS, LoadLimit } from "./load-limit.ts";
import { linger } from "./linger.ts";
import { describeRoutes } from "./openapi.ts";
import { parseQuery } from "./query-strings.ts";
import { describeRequestError } from "./request-errors.ts";
import { whyNoTarget } from "./request-target.ts";
import type { Access, RouteTable } from "./route-table.ts";
import { factsOf, ROUTES } from "./route-table.ts";
import { FILES_PATH } from "./files-path.ts";
import { Shortcuts } from "./shortcut/shortcuts.ts";
import { STREAM_PATH } from "./stream-messages.ts";

export type HttpServerOptions = {
  readonly service: string;
  readonly requestBytesMax: number;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly version?: string;
  readonly load?: LoadLimits;
  readonly routes?: RouteTable;
  /** Who may call what; without, everybody everything. */
  readonly access?: AccessPolicy;
  readonly timeouts?: HttpTimeouts;
};

export type HttpTimeouts = {
  /** For the headers of a request, from its first byte; and for the first byte of a connection. */
  readonly headersMs: number;
  /** For the body of a request. Streams take over from the server and watch themselves. */
  readonly bodyMs: number;
  /** For the next request on a connection that is kept. */
  readonly idleMs: number;
};

declare module "fastify" {
  interface FastifyInstance {
    readonly shortcuts: Shortcuts;
  }
}

const DEFAULT_TIMEOUTS: HttpTimeouts = { headersMs: 10_000, bodyMs: 20_000, idleMs: 65_000 };

const CONNECTIONS_MAX = 10_000;
/** A key of 1,024 bytes, each of them percent-encoded, with room. */
const PARAMETER_LENGTH_MAX = 4_096;
const EXPIRY_CHECK_MS = 1_000;

type Fail = (error: FastifyError, reply: FastifyReply) => FastifyReply;

/** A handler that throws is a bug, and still an answer. */
export function createHttpServer(options: HttpServerOptions): FastifyInstance {
  const { service, metrics, version = "0", routes = ROUTES, access = OPEN_TO_ALL, timeouts = DEFAULT_TIMEOUTS } = options;
  const fail = failing(options);
  const broken = new BrokenConnections();
  const app = createApp(options, { fail, broken });
  broken.watch(app);
  app.server.maxConnections = CONNECTIONS_MAX;
  // Such as too many open files: a connection that can't be accepted must not end the process.
  app.server.on("error", (error) => options.logger.error({ event: "httpPortError", error }, `the client port: ${error.message}`));
  takeJsonBodies(app);
  app.setErrorHandler<FastifyError>((error, _request, reply) => fail(error, reply));
  app.setNotFoundHandler((request, reply) => sendError(reply, refuse("notFound", `there is no ${request.method} ${pathOf(request)}`)));
  let isClosing = false;
  app.addHook("preClose", (done) => {
    isClosing = true;
    app.shortcuts.finish();
    done();
  });
  app.addHook("onRequest", (request, reply, next) => {
    if (isClosing) return void sendError(reply, refuse("shuttingDown", "this member is ending"));
    const why = whyNoTarget(request.url);
    if (why !== null) return void sendError(reply, refuse("badRequest", why));
    const refusal = whyNotAllowed(access, accessOf(routes, request), request.headers.authorization);
    if (refusal !== null) return void sendError(refusal.status === 401 ? reply.header("www-authenticate", "Bearer") : reply, refusal);
    if (!isStream(request)) limitBody(request, reply, timeouts.bodyMs);
    next();
  });
  app.addHook("preValidation", (request, _reply, next) => {
    // A body that is left out is one without fields.
    if (request.body === undefined && request.routeOptions.schema?.body !== undefined) request.body = {};
    next();
  });
  app.addHook("onSend", (...[, reply, payload, next]) => {
    // Or a connection that becomes idle only now would be kept, and waited for.
    if (isClosing) void reply.header("connection", "close");
    next(null, payload);
  });
  app.addHook("onResponse", (_request, _reply, next) => {
    // The same for an answer whose headers had left before.
    if (isClosing) app.server.closeIdleConnections();
    next();
  });
  const limit = limitLoad(app, options);
  const observerOf = measureRequests(app, metrics, service);
  const shortcuts = new Shortcuts(app.server, {
    ...{ access, routes, limit, timeouts, observerOf, requestBytesMax: options.requestBytesMax },
    fail: (error, url) => errorAnswer(describeFailure(options, error as FastifyError, url)),
    nowMs: () => systemClock.monotonicMs(),
  });
  app.decorate("shortcuts", shortcuts);
  describeRoutes(app, { service, version, table: routes });
  return app;
}

/** Rejects when the address can't be had. */
export async function listenHttp(app: FastifyInstance, at: { readonly host: string; readonly port: number }): Promise<void> {
  await app.listen({ ...at, exclusive: true });
}

/** New requests are turned away from here on; those under way, streams included, may finish until the signal. */
export async function closeHttp(app: FastifyInstance, signal: AbortSignal): Promise<void> {
  const cutOff = (): void => {
    app.shortcuts.destroyAll();
    app.server.closeAllConnections();
  };
  if (signal.aborted) cutOff();
  else signal.addEventListener("abort", cutOff, { once: true });
  await app.close();
  signal.removeEventListener("abort", cutOff);
}

function limitLoad(
  app: FastifyInstance,
  { requestBytesMax, metrics, load = DEFAULT_LOAD_LIMITS, routes = ROUTES }: HttpServerOptions,
): LoadLimit {
  const limit = new LoadLimit({
    limits: load,
    requestBytesMax,
    // A stream bounds its requests itself.
    isExempt: (request) => accessOf(routes, request) === "open" || isStream(request),
    send: (reply, response) => void sendError(reply, response),
  });
  limit.watch(app);
  metrics.read("gauge", { name: "flotilla_http_requests_under_way", help: "HTTP requests that are not answered yet" }, () => [
    { labels: {}, value: limit.requests },
  ]);
  metrics.read("gauge", { name: "flotilla_http_bytes_under_way", help: "Bodies of requests and answers that are held" }, () => [
    { labels: {}, value: limit.bytes },
  ]);
  return limit;
}

function createApp(options: HttpServerOptions, { fail, broken }: { fail: Fail; broken: BrokenConnections }): FastifyInstance {
  const { headersMs, idleMs } = options.timeouts ?? DEFAULT_TIMEOUTS;
  return fastify({
    logger: false,
    bodyLimit: options.requestBytesMax,
    keepAliveTimeout: idleMs,
    requestTimeout: 0, // would end streams; `limitBody` does it for all others
    http: { headersTimeout: headersMs, connectionsCheckingInterval: EXPIRY_CHECK_MS },
    forceCloseConnections: "idle",
    return503OnClosing: false,
    routerOptions: { maxParamLength: PARAMETER_LENGTH_MAX, querystringParser: parseQuery },
    ajv: { customOptions: STRICT_VALIDATION },
    schemaController: { compilersFactory: LATE_VALIDATION },
    schemaErrorFormatter: describeSchemaErrors,
    frameworkErrors: (error, _request, reply) => fail(error, reply as unknown as FastifyReply),
    clientErrorHandler: broken.refuse,
  });
}

function failing(options: HttpServerOptions): Fail {
  return (error, reply) => sendError(reply, describeFailure(options, error, reply.request.routeOptions.url));
}

function describeFailure(
  { logger, metrics, requestBytesMax }: HttpServerOptions,
  error: FastifyError,
  route: string | undefined,
): ErrorResponse {
  const { response, isBug } = describeRequestError(error, requestBytesMax);
  if (isBug) {
    metrics.failed("bug");
    logger.error({ event: "bug", error, route }, `a handler failed: ${error.message}`);
  }
  return response;
}

function limitBody(request: FastifyRequest, reply: FastifyReply, bodyMs: number): void {
  const { headers } = request;
  const hasBody = headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined;
  if (!hasBody || request.raw.complete) return;
  const deadline = setTimeout(() => {
    // Answered already; or a stream, which has taken over the connection.
    if (reply.sent) return;
    void sendError(reply.header("connection", "close"), refuse("badRequest", `no whole body within ${bodyMs} ms`));
    linger(request.raw);
  }, bodyMs);
  deadline.unref();
  const stop = (): void => clearTimeout(deadline);
  request.raw.once("end", stop).once("close", stop);
  reply.raw.once("finish", stop);
}

/** Where there is nothing, there is nothing to protect. */
function accessOf(routes: RouteTable, { method, routeOptions }: FastifyRequest): Access {
  return factsOf(routes, method, routeOptions.url ?? "")?.access ?? "open";
}

/** They bound themselves, in number and in time. */
function isStream({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.url === STREAM_PATH || routeOptions.url === FILES_PATH;
}

function pathOf(request: FastifyRequest): string {
  return request.url.split("?", 1)[0]?.slice(0, 200) ?? "";
}
