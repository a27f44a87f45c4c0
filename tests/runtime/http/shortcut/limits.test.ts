// What a connection on the short way may hold up, and how it ends.
import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";
import type { HttpAnswer } from "../../../../runtime/http/http-answer.ts";
import type { HttpServerOptions } from "../../../../runtime/http/http-server.ts";
import { closeHttp, createHttpServer, listenHttp } from "../../../../runtime/http/http-server.ts";
import { SILENT } from "../../../../runtime/logger.ts";
import { Metrics } from "../../../../runtime/metrics.ts";
import { eventually } from "../../manual-clock.ts";
import { talkTo } from "../../raw-client.ts";

const GET = "GET /v1/kv/a HTTP/1.1\r\nhost: a\r\n\r\n";
const OK: HttpAnswer = { status: 200, headers: {}, body: { ok: true } };

type Asked = { readonly answer: (answer: HttpAnswer) => void; readonly throw: (error: Error) => void; isGone: boolean };

const apps: FastifyInstance[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const app of apps.splice(0)) await closeHttp(app, AbortSignal.timeout(100));
});

async function serve(options: Partial<HttpServerOptions> = {}) {
  const metrics = new Metrics({ service: "replica", version: "1" });
  const app = createHttpServer({ service: "replica", requestBytesMax: 10_000, metrics, logger: SILENT, ...options });
  const asked: Asked[] = [];
  app.get("/v1/kv/:key", () => ({ byLibrary: true }));
  app.shortcuts.add({
    ...{ method: "GET", url: "/v1/kv/:key", schema: {} },
    answer: (_request, asker) => {
      const each: Asked = { answer: (answer) => asker.answer(answer), throw: (error) => asker.fail(error), isGone: false };
      asker.watch(() => (each.isGone = true));
      asked.push(each);
    },
  });
  apps.push(app);
  await listenHttp(app, { host: "127.0.0.1", port: 0 });
  const talk = () => {
    const heard = talkTo(app.server);
    sockets.push(heard.socket);
    return heard;
  };
  return { app, metrics, asked, talk };
}

test("who sends nothing, or nothing more, is let go", async () => {
  const { talk, asked } = await serve({ timeouts: { headersMs: 100, bodyMs: 100, idleMs: 1_000 } });
  const [silent, idle] = [talk(), talk()];
  idle.socket.write(GET);
  await eventually("the request", () => asked.length === 1);
  asked[0]?.answer(OK);
  await eventually("both ends", () => silent.isClosed && idle.isClosed);
  expect(silent.text).toBe("");
  expect(idle.text).toMatch(/^HTTP\/1.1 200 OK\r\n.*\{"ok":true\}$/s);
});

test("where there is no room the library says so", async () => {
  const { talk, asked } = await serve({ load: { requestsMax: 1, bytesMax: 1_000 } });
  const [first, second] = [talk(), talk()];
  first.socket.write(GET);
  await eventually("the request", () => asked.length === 1);
  second.socket.write(GET);
  await eventually("a refusal", () => second.text !== "");
  expect(second.text).toMatch(/^HTTP\/1.1 429 .*"overloaded"/s);
  asked[0]?.answer(OK);
  await eventually("an answer", () => first.text !== "");
  first.socket.write(GET);
  await eventually("another request", () => asked.length === 2);
});

test("whose connection ends is gone, and counts no more", async () => {
  const { talk, asked, metrics } = await serve();
  const one = talk();
  one.socket.write(GET + GET);
  await eventually("both requests", () => asked.length === 2);
  one.socket.destroy();
  await eventually("their ends", () => asked.every(({ isGone }) => isGone));
  for (const { answer } of asked) answer(OK);
  expect(await metrics.text()).toMatch(/flotilla_http_requests_under_way 0/);
});

test("answers keep the order of their requests", async () => {
  const { talk, asked } = await serve();
  const one = talk();
  one.socket.write(GET + GET);
  await eventually("both requests", () => asked.length === 2);
  asked[1]?.answer({ ...OK, body: { n: 2 } });
  asked[0]?.answer({ ...OK, body: { n: 1 } });
  await eventually("both answers", () => one.text.includes('{"n":2}'));
  expect(one.text.indexOf('{"n":1}')).toBeLessThan(one.text.indexOf('{"n":2}'));
});

test("what throws is an answer, and the next request is served", async () => {
  const { talk, asked, metrics } = await serve();
  const one = talk();
  one.socket.write(GET);
  await eventually("the request", () => asked.length === 1);
  asked[0]?.throw(new TypeError("a bug"));
  await eventually("an answer", () => one.text !== "");
  expect(one.text).toMatch(/^HTTP\/1.1 500 .*"internal"/s);
  expect(await metrics.text()).toMatch(/flotilla_failures_total\{cause="bug"\} 1/);
  one.socket.write(GET);
  await eventually("the next request", () => asked.length === 2);
});

test("what throws before anything is under way is an answer, too, in its place", async () => {
  const { app, talk, asked } = await serve();
  const throwing = (): never => {
    throw new TypeError("a bug");
  };
  app.shortcuts.add({ method: "DELETE", url: "/v1/kv/:key", schema: {}, answer: throwing });
  const one = talk();
  one.socket.write(GET + GET.replace("GET", "DELETE") + GET);
  await eventually("both other requests", () => asked.length === 2);
  asked[1]?.answer({ ...OK, body: { n: 2 } });
  asked[0]?.answer({ ...OK, body: { n: 1 } });
  await eventually("all answers", () => one.text.includes('{"n":2}'));
  expect(one.text).toMatch(/200 OK.*\{"n":1\}HTTP.* 500 .*"internal".*200 OK.*\{"n":2\}$/s);
});

test("the first answer counts", async () => {
  const { talk, asked, metrics } = await serve();
  const one = talk();
  one.socket.write(GET);
  await eventually("the request", () => asked.length === 1);
  asked[0]?.answer(OK);
  asked[0]?.throw(new TypeError("a bug"));
  await eventually("the answer", () => one.text.includes('{"ok":true}'));
  one.socket.write(GET);
  await eventually("the next request", () => asked.length === 2);
  expect(one.text.match(/HTTP\/1.1/g)).toHaveLength(1);
  expect(await metrics.text()).toMatch(/flotilla_http_requests_under_way 1/);
});

test("at the end what is under way is answered, and the connection closed", async () => {
  const { app, talk, asked } = await serve();
  const one = talk();
  one.socket.write(GET);
  await eventually("the request", () => asked.length === 1);
  const closed = closeHttp(app, AbortSignal.timeout(4_000));
  setTimeout(() => asked[0]?.answer(OK), 50);
  await closed;
  expect(one.text).toMatch(/^HTTP\/1.1 200 OK\r\n.*Connection: close\r\n\r\n\{"ok":true\}$/s);
});

test("at the end an answer leaves whole, however slowly it is taken", async () => {
  const { app, talk, asked } = await serve();
  const one = talk();
  one.socket.write(GET);
  await eventually("the request", () => asked.length === 1);
  one.socket.pause();
  const closed = closeHttp(app, AbortSignal.timeout(4_000));
  const value = "x".repeat(8_000_000);
  setTimeout(() => asked[0]?.answer({ ...OK, body: { value } }), 50);
  setTimeout(() => one.socket.resume(), 200);
  await closed;
  await eventually("all of the answer", () => one.text.endsWith(`${value}"}`));
});

test("who takes no answers is not read any further", async () => {
  const { talk, asked } = await serve();
  const one = talk();
  one.socket.pause();
  const large: HttpAnswer = { ...OK, body: { value: "x".repeat(1_000_000) } };
  for (let i = 0; i < 60; i++) {
    one.socket.write(GET);
    await new Promise((resolve) => setTimeout(resolve, 2));
    for (const { answer } of asked) answer(large);
  }
  const taken = asked.length;
  expect(taken).toBeLessThan(50);
  one.socket.resume();
  await eventually("the others", () => {
    for (const { answer } of asked) answer(OK);
    return asked.length === 60;
  });
});
