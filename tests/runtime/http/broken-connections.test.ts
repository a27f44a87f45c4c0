// What is said on a connection is the answer to what its client has sent: nobody may be told "refused" of a request that is
// performed all the same.
import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";
import type { HttpTimeouts } from "../../../runtime/http/http-server.ts";
import { closeHttp, createHttpServer, listenHttp } from "../../../runtime/http/http-server.ts";
import { SILENT } from "../../../runtime/logger.ts";
import { Metrics } from "../../../runtime/metrics.ts";
import { eventually, sleep } from "../manual-clock.ts";
import type { Heard } from "../raw-client.ts";
import { talkTo } from "../raw-client.ts";

const FAST: HttpTimeouts = { headersMs: 100, bodyMs: 5_000, idleMs: 5_000 };
/** Connections are looked at once a second. */
const LOOKED_AT_MS = 1_200;
const PUT = 'PUT /v1/kv/a HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 13\r\n\r\n{"value":"1"}';

const apps: FastifyInstance[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const app of apps.splice(0)) await closeHttp(app, AbortSignal.timeout(100));
});

type Served = { readonly performed: string[]; readonly answer: () => void; readonly talk: () => Promise<Heard> };

/** `way`: whether puts go around the server library. Each waits until it is told to answer. */
async function serve(way: "short" | "library"): Promise<Served> {
  const metrics = new Metrics({ service: "replica", version: "1" });
  const app = createHttpServer({ service: "replica", requestBytesMax: 10_000, metrics, logger: SILENT, timeouts: FAST });
  const performed: string[] = [];
  const waiting: (() => void)[] = [];
  const perform = (by: string): Promise<void> => {
    performed.push(by);
    return new Promise((resolve) => waiting.push(resolve));
  };
  app.put("/v1/kv/:key", async () => {
    await perform("library");
    return { version: 1 };
  });
  app.addContentTypeParser("application/x-echo", (_request, payload, done) => done(null, payload));
  app.post("/v1/stream", { bodyLimit: 1_000_000 }, (request, reply) => {
    reply.hijack();
    request.raw.on("error", () => undefined);
    request.raw.pipe(reply.raw);
  });
  if (way === "short")
    app.shortcuts.add({
      ...{ method: "PUT", url: "/v1/kv/:key", schema: {} },
      answer: (_request, asker) => {
        void perform("short").then(() => asker.answer({ status: 200, headers: {}, body: { version: 1 } }));
      },
    });
  apps.push(app);
  await listenHttp(app, { host: "127.0.0.1", port: 0 });
  const talk = async (): Promise<Heard> => {
    const heard = talkTo(app.server);
    sockets.push(heard.socket);
    await eventually("the connection", () => !heard.socket.connecting);
    return heard;
  };
  return { performed, answer: () => waiting.splice(0).forEach((resolve) => resolve()), talk };
}

/** The process does nothing meanwhile, and then looks at its timers before it reads its sockets. */
function standStill(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

test.each(["short", "library"] as const)("a request that comes when its connection is given up is not performed (%s)", async (way) => {
  const { performed, talk, answer } = await serve(way);
  const heard = await talk();
  await sleep(300);
  await new Promise(setImmediate); // from here on timers come before sockets
  heard.socket.write(PUT);
  standStill(LOOKED_AT_MS);
  await eventually("what becomes of it", () => heard.isClosed || performed.length > 0);
  await sleep(50);
  answer();
  await sleep(50);
  // Either is right, but never both.
  if (performed.length === 0) expect(heard.text).not.toContain("200 OK");
  else expect(heard.text).toMatch(/^HTTP\/1.1 200 OK/);
});

test("the rest of a request that was too slow is not performed", async () => {
  const { performed, talk } = await serve("library");
  const heard = await talk();
  heard.socket.write(PUT.slice(0, 30));
  await eventually("an answer", () => heard.text !== "");
  heard.socket.write(PUT.slice(30));
  await eventually("the end", () => heard.isClosed);
  expect(heard.text).toMatch(/^HTTP\/1.1 408 .*"refused"/s);
  await sleep(50);
  expect(performed).toEqual([]);
});

test.each([
  { name: "nonsense", behind: "more than it said\r\n\r\n" },
  { name: "another one that is slow", behind: PUT.slice(0, 30) },
])("$name behind a request is not what becomes of that request", async ({ behind }) => {
  const { performed, talk, answer } = await serve("library");
  const heard = await talk();
  heard.socket.write(PUT + behind);
  await eventually("the request", () => performed.length === 1);
  await sleep(LOOKED_AT_MS);
  expect(heard.text).toBe("");
  answer();
  await eventually("its answer, and the end", () => heard.isClosed);
  expect(heard.text).toMatch(/^HTTP\/1.1 200 OK.*\{"version":1\}\s*$/s);
  expect(performed).toEqual(["library"]);
});

test("a request whose body breaks is refused at once, and a stream's connection ends", async () => {
  const { performed, talk } = await serve("library");
  const [broken, stream] = [await talk(), await talk()];
  const chunked = "content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
  broken.socket.write(`PUT /v1/kv/a HTTP/1.1\r\nhost: a\r\n${chunked}3\r\n{"v\r\nno length\r\n`);
  stream.socket.write(`POST /v1/stream HTTP/1.1\r\nhost: a\r\n${chunked.replace("json", "x-echo")}3\r\none\r\n`);
  await eventually("its first answer", () => stream.text.includes("one"));
  stream.socket.write("no length\r\n");
  await eventually("both ends", () => broken.isClosed && stream.isClosed);
  expect(broken.text).toMatch(/^HTTP\/1.1 400 .*"refused"/s);
  expect(stream.text).not.toContain("refused");
  expect(performed).toEqual([]);
});

test("who never sent anything is left without a word: there is nothing that it would answer", async () => {
  for (const way of ["short", "library"] as const) {
    const { talk } = await serve(way);
    const heard = await talk();
    await eventually("the end", () => heard.isClosed);
    expect(heard.text).toBe("");
  }
});
