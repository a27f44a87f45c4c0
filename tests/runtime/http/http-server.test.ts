import type { AddressInfo, Socket } from "node:net";
import { connect } from "node:net";
import type { Readable } from "node:stream";
import { PassThrough } from "node:stream";
import type { FastifyInstance } from "fastify";
import type { HealthChecks } from "../../../runtime/http/health.ts";
import { addHealthRoutes } from "../../../runtime/http/health.ts";
import type { HttpTimeouts } from "../../../runtime/http/http-server.ts";
import { closeHttp, createHttpServer, listenHttp } from "../../../runtime/http/http-server.ts";
import type { RouteFacts } from "../../../runtime/http/route-table.ts";
import { ROUTES } from "../../../runtime/http/route-table.ts";
import { SILENT } from "../../../runtime/logger.ts";
import { Metrics } from "../../../runtime/metrics.ts";
import { eventually, sleep } from "../manual-clock.ts";

const SCHEMA = {
  body: {
    type: "object",
    additionalProperties: false,
    required: ["to"],
    properties: {
      to: { type: "string" },
      options: { type: "object", additionalProperties: false, properties: { n: { type: "integer" } } },
    },
  },
} as const;

type Served = { readonly app: FastifyInstance; readonly metrics: Metrics; readonly handled: unknown[] };

const apps: FastifyInstance[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const app of apps.splice(0)) await closeHttp(app, AbortSignal.timeout(100));
});

const FACTS: RouteFacts = { access: "open", summary: "for this test", answer: null, headers: [] };
const NO_CHECKS: HealthChecks = { livez: () => [], readyz: () => [], startupz: () => [] };

function serve(options: { readonly timeouts?: HttpTimeouts; readonly checks?: HealthChecks } = {}): Served {
  const metrics = new Metrics({ service: "replica", version: "1" });
  const app = createHttpServer({
    service: "replica",
    logger: SILENT,
    metrics,
    requestBytesMax: 10_000,
    routes: {
      ...ROUTES,
      ...Object.fromEntries(["POST /v1/transfer", "GET /v1/throw", "GET /v1/slow", "GET /v1/parts"].map((name) => [name, FACTS])),
    },
    ...(options.timeouts === undefined ? {} : { timeouts: options.timeouts }),
  });
  addHealthRoutes(app, options.checks ?? NO_CHECKS, metrics);
  const handled: unknown[] = [];
  app.post("/v1/transfer", { schema: SCHEMA }, (request) => {
    handled.push(request.body);
    return { accepted: true };
  });
  app.put("/v1/kv/:key", (request) => {
    handled.push(request.params);
    return { ok: true };
  });
  app.get("/v1/throw", () => {
    throw new TypeError("undefined is not a function");
  });
  app.get("/v1/slow", async () => {
    await sleep(300);
    return { ok: true };
  });
  app.get("/v1/parts", (_request, reply) => reply.header("content-length", "4").send(lateEnd()));
  app.addContentTypeParser("application/x-echo", (_request, _payload, done) => done(null));
  app.post("/v1/stream", (request, reply) => {
    reply.hijack();
    request.raw.pipe(reply.raw.writeHead(200));
    reply.raw.flushHeaders();
  });
  apps.push(app);
  return { app, metrics, handled };
}

/** All its bytes are there long before its end. */
function lateEnd(): Readable {
  const stream = new PassThrough();
  stream.write("four");
  setTimeout(() => stream.end(), 300);
  return stream;
}

type Call = {
  readonly method: string;
  readonly url: string;
  readonly payload?: string | Buffer;
  readonly headers?: Record<string, string>;
};
type Answer = { readonly statusCode: number; readonly headers: Headers; readonly body: string; readonly json: <T>() => T };

async function portOf(app: FastifyInstance): Promise<number> {
  if (!app.server.listening) await listenHttp(app, { host: "127.0.0.1", port: 0 });
  return (app.server.address() as AddressInfo).port;
}

async function call(app: FastifyInstance, { method, url, payload, headers = {} }: Call): Promise<Answer> {
  const init = { method, headers, ...(payload === undefined ? {} : { body: payload }) };
  const response = await fetch(`http://127.0.0.1:${await portOf(app)}${url}`, init);
  const body = await response.text();
  return { statusCode: response.status, headers: response.headers, body, json: <T>() => JSON.parse(body) as T };
}

const JSON_HEADERS = { "content-type": "application/json" };
const post = (payload: string | Buffer, headers: Record<string, string> = JSON_HEADERS) =>
  ({ method: "POST", url: "/v1/transfer", payload, headers }) as const;

describe("bad input", () => {
  test.each([
    { name: "an unknown field", body: `{"to":"b","force":true}`, says: `there is no field "force" here` },
    { name: "an unknown field further in", body: `{"to":"b","options":{"m":1}}`, says: `there is no field "options.m" here` },
    { name: "a field of another type", body: `{"to":7}`, says: `the field "to" must be string` },
    { name: "a number as text", body: `{"to":"b","options":{"n":"1"}}`, says: `the field "options.n" must be integer` },
    { name: "a missing field", body: "{}", says: `the field "to" is missing` },
    { name: "another kind of body", body: "[]", says: "the body must be a JSON object" },
    { name: "no body", body: "", says: `the field "to" is missing` },
    { name: "no JSON", body: "{to:1}", says: "the body is no JSON" },
    { name: "half of it", body: `{"to":"b"`, says: "the body is no JSON" },
    { name: "a name that is a trap", body: `{"to":"b","__proto__":{"x":1}}`, says: `there is no field "__proto__" here` },
    { name: "very deep JSON", body: `{"to":${"[".repeat(4_000)}${"]".repeat(4_000)}}`, says: `the field "to" must be string` },
    { name: "bytes that are no text", body: Buffer.from([0x22, 0xff, 0xfe, 0x22]), says: "the body is not UTF-8" },
  ])("$name: 400 that names it", async ({ body, says }) => {
    const { app, handled } = serve();
    const answer = await call(app, post(body));
    expect(answer.statusCode).toBe(400);
    const { error } = answer.json<{ error: { code: string; message: string; outcome: string } }>();
    expect(error).toMatchObject({ code: "badRequest", outcome: "refused" });
    expect(error.message).toContain(says);
    expect(handled).toEqual([]);
  });

  test("a good body is handled", async () => {
    const { app, handled } = serve();
    expect((await call(app, post(`{"to":"ä","options":{"n":1}}`))).json()).toEqual({ accepted: true });
    expect(handled).toEqual([{ to: "ä", options: { n: 1 } }]);
  });

  test.each([
    { name: "another content type", request: post("to=b", { "content-type": "text/plain" }), status: 400, code: "badRequest" },
    { name: "a body beyond the limit", request: post(`{"to":"${"x".repeat(10_000)}"}`), status: 413, code: "tooLarge" },
    { name: "an unknown path", request: { method: "GET", url: "/v2/x" }, status: 404, code: "notFound" },
    { name: "another method", request: { method: "DELETE", url: "/v1/transfer" }, status: 404, code: "notFound" },
    { name: "a bad escape", request: { method: "PUT", url: "/v1/kv/%E0%A4%A" }, status: 400, code: "badRequest" },
    {
      name: "an endless part of the path",
      request: { method: "PUT", url: `/v1/kv/${"x".repeat(5_000)}` } as const,
      status: 400,
      code: "badRequest",
    },
  ])("$name: $status", async ({ request, status, code }) => {
    const answer = await call(serve().app, request);
    expect(answer.statusCode).toBe(status);
    expect(answer.json<{ error: object }>().error).toMatchObject({ code, outcome: "refused" });
  });

  test("a handler that fails is an answer, a metric, and not the end", async () => {
    const { app, metrics } = serve();
    const answer = await call(app, { method: "GET", url: "/v1/throw" });
    expect(answer.statusCode).toBe(500);
    expect(answer.json<{ error: object }>().error).toMatchObject({ code: "internal", outcome: "unknown" });
    expect(answer.body).not.toContain("undefined is not a function");
    expect(await metrics.text()).toMatch(/flotilla_failures_total\{cause="bug"\} 1/);
  });

  test("a key of full length, percent-encoded, fits", async () => {
    const key = "%C3%A4".repeat(512);
    const { app, handled } = serve();
    expect((await call(app, { method: "PUT", url: `/v1/kv/${key}` })).statusCode).toBe(200);
    expect(handled).toEqual([{ key: "ä".repeat(512) }]);
  });
});

type Talk = { readonly socket: Socket; readonly heard: () => string; readonly isOver: () => boolean };

describe("on a socket", () => {
  const FAST: HttpTimeouts = { headersMs: 300, bodyMs: 300, idleMs: 300 };

  async function talk(app: FastifyInstance, bytes: string): Promise<Talk> {
    const socket = connect(await portOf(app), "127.0.0.1");
    sockets.push(socket);
    let heard = "";
    let isOver = false;
    socket.on("data", (data) => (heard += data.toString()));
    socket.on("error", () => undefined);
    socket.on("close", () => (isOver = true));
    socket.write(bytes);
    return { socket, heard: () => heard, isOver: () => isOver };
  }

  test.each([
    { name: "nonsense", bytes: "\x16\x03\x01\x00\x00\r\n\r\n", says: /^HTTP\/1.1 400 / },
    { name: "headers without end", bytes: `GET / HTTP/1.1\r\nx: ${"y".repeat(30_000)}`, says: /^HTTP\/1.1 431 / },
    {
      name: "a length that is none",
      bytes: "POST /v1/transfer HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
      says: /^HTTP\/1.1 400 /,
    },
    { name: "headers that are slow", bytes: "GET /livez HTTP/1.1\r\nhost:", says: /^HTTP\/1.1 408 / },
    {
      name: "a body that is slow",
      bytes: `POST /v1/transfer HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"to"`,
      says: /^HTTP\/1.1 400 .*no whole body/s,
    },
  ])("$name: an answer in our shape, and the connection ends", async ({ bytes, says }) => {
    const { app } = serve({ timeouts: FAST });
    const { heard, isOver } = await talk(app, bytes);
    await eventually("the end", isOver);
    expect(heard()).toMatch(says);
    const { error } = JSON.parse(heard().slice(heard().indexOf('{"error"'))) as { error: object };
    expect(error).toMatchObject({ outcome: "refused" });
    expect((await call(app, { method: "GET", url: "/livez" })).statusCode).toBe(200);
  });

  test("who connects and says nothing is cut off", async () => {
    const { app } = serve({ timeouts: FAST });
    const { isOver } = await talk(app, "");
    await eventually("the end", isOver);
  });

  test("a stream lasts longer than any body may", async () => {
    const { app } = serve({ timeouts: FAST });
    const { socket, heard } = await talk(
      app,
      "POST /v1/stream HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-echo\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n",
    );
    await eventually("the first part", () => heard().includes("one"));
    await sleep(1_500);
    socket.write("3\r\ntwo\r\n");
    await eventually("the second part", () => heard().includes("two"));
  });

  test("a connection that can't be accepted is not the end", async () => {
    const { app } = serve();
    await portOf(app);
    expect(() => app.server.emit("error", new Error("accept EMFILE"))).not.toThrow();
    expect((await call(app, { method: "GET", url: "/livez" })).statusCode).toBe(200);
  });

  test("a port that is taken is an error of the start", async () => {
    const first = serve().app;
    await expect(listenHttp(serve().app, { host: "127.0.0.1", port: await portOf(first) })).rejects.toThrow("EADDRINUSE");
  });

  test("at the end requests under way finish, new ones are turned away, and nothing hangs", async () => {
    const { app } = serve();
    const slow = await talk(app, "GET /v1/slow HTTP/1.1\r\nhost: x\r\n\r\n");
    const late = await talk(app, "");
    await sleep(50);
    const startMs = performance.now();
    const closed = closeHttp(app, AbortSignal.timeout(5_000));
    late.socket.write("GET /livez HTTP/1.1\r\nhost: x\r\n\r\n");
    await eventually("both answers", () => slow.heard().includes("}") && (late.heard().includes("}") || late.isOver()));
    expect(slow.heard()).toMatch(/^HTTP\/1.1 200 /);
    if (late.heard() !== "") expect(late.heard()).toMatch(/^HTTP\/1.1 503 .*shuttingDown/s);
    await closed;
    expect(performance.now() - startMs).toBeLessThan(2_000);
  });

  test("a connection whose answer had begun before the end is not waited for once it is idle", async () => {
    const { app } = serve();
    const { heard } = await talk(app, "GET /v1/parts HTTP/1.1\r\nhost: x\r\n\r\n");
    await eventually("the whole answer", () => heard().endsWith("four"));
    const startMs = performance.now();
    await closeHttp(app, AbortSignal.timeout(5_000));
    expect(performance.now() - startMs).toBeLessThan(2_000);
  });

  test("who doesn't let go at the end is cut off at the deadline", async () => {
    const { app } = serve();
    const { heard, isOver } = await talk(
      app,
      "POST /v1/stream HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-echo\r\ncontent-length: 9\r\n\r\n",
    );
    await eventually("the stream", () => heard().includes("200"));
    const startMs = performance.now();
    await closeHttp(app, AbortSignal.timeout(200));
    expect(performance.now() - startMs).toBeLessThan(2_000);
    await eventually("the end", isOver);
  });
});

describe("health and metrics", () => {
  const fine = { name: "eventLoop", ok: true, message: "last turn 1 ms" };
  const broken = { name: "leader", ok: false, message: "no leader is known" };
  const checks: HealthChecks = {
    livez: () => [fine],
    readyz: () => [fine, broken],
    startupz: () => {
      throw new Error("oh");
    },
  };

  test.each([
    { path: "/livez", status: 200, lines: [`{"name":"eventLoop","ok":true,"message":"last turn 1 ms"}`] },
    {
      path: "/readyz",
      status: 503,
      lines: [`{"name":"eventLoop","ok":true,"message":"last turn 1 ms"},`, `{"name":"leader","ok":false,"message":"no leader is known"}`],
    },
    { path: "/startupz", status: 503, lines: [`{"name":"check","ok":false,"message":"the check itself failed: oh"}`] },
  ])("$path: $status with a line for each check", async ({ path, status, lines }) => {
    const answer = await call(serve({ checks }).app, { method: "GET", url: path });
    expect(answer.statusCode).toBe(status);
    expect(answer.json<{ ok: boolean }>().ok).toBe(status === 200);
    expect(answer.body.split("\n").slice(1, -2)).toEqual(lines);
  });

  test("requests are counted by route, not by path", async () => {
    const { app } = serve();
    for (const key of ["a", "b", "c"]) await call(app, { method: "PUT", url: `/v1/kv/${key}` });
    await call(app, { method: "GET", url: "/nowhere/1" });
    await call(app, { method: "GET", url: "/nowhere/2" });
    const { body, headers } = await call(app, { method: "GET", url: "/metrics" });
    expect(headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(body).toContain(`flotilla_http_requests_total{service="replica",route="/v1/kv/:key",method="PUT",code="200"} 3`);
    expect(body).toContain(`flotilla_http_requests_total{service="replica",route="none",method="GET",code="404"} 2`);
    expect(body).toContain(`flotilla_http_request_duration_seconds_count{service="replica",route="/v1/kv/:key",method="PUT"} 3`);
    expect(body).toMatch(/flotilla_build_info\{service="replica",version="1",node="v\d+/);
    expect(body).toContain(`flotilla_failures_total{cause="wiped"} 0`);
    expect(body).toContain("nodejs_eventloop_lag_seconds");
  });
});
