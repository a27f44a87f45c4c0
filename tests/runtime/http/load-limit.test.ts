import { request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import { closeHttp, createHttpServer, listenHttp } from "../../../runtime/http/http-server.ts";
import { SILENT } from "../../../runtime/logger.ts";
import { Metrics } from "../../../runtime/metrics.ts";
import { eventually, sleep } from "../manual-clock.ts";

const LIMITS = { requestsMax: 3, bytesMax: 10_000 };
let app: FastifyInstance;
let metrics: Metrics;
const release: (() => void)[] = [];

beforeEach(async () => {
  metrics = new Metrics({ service: "replica", version: "0" });
  app = createHttpServer({ service: "replica", requestBytesMax: 8_000, metrics, logger: SILENT, load: LIMITS });
  app.post("/v1/batch", () => new Promise((resolve) => release.push(() => resolve({ ok: true }))));
  app.get("/v1/kv", () => "x".repeat(20_000));
  app.get("/v1/status", () => ({ ok: true }));
  await listenHttp(app, { host: "127.0.0.1", port: 0 });
});
afterEach(async () => {
  for (const each of release.splice(0)) each();
  await closeHttp(app, AbortSignal.timeout(100));
});

const origin = (): string => `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;

function post(bytes: number): Promise<Response> {
  return fetch(`${origin()}/v1/batch`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify("x".repeat(bytes)),
  });
}

const underWay = async (name: string): Promise<number> =>
  Number(
    (await metrics.text())
      .split("\n")
      .find((line) => line.startsWith(`flotilla_http_${name}_under_way `))
      ?.split(" ")[1],
  );

async function untilNothing(name: string): Promise<void> {
  for (let looks = 0; (await underWay(name)) !== 0; looks++) {
    expect(looks).toBeLessThan(200);
    await sleep(10);
  }
}

test("more requests than there is room for are told so at once, and status is told all the same", async () => {
  const waiting = [1, 2, 3].map((bytes) => post(bytes));
  await eventually("three that wait", () => release.length === 3);
  const turnedAway = await post(1);
  expect(turnedAway.status).toBe(429);
  expect(await turnedAway.json()).toMatchObject({ error: { code: "overloaded", outcome: "refused", retryAfterMs: 1_000 } });
  expect((await fetch(`${origin()}/v1/status`)).status).toBe(200);
  for (const each of release.splice(0)) each();
  for (const answer of await Promise.all(waiting)) expect(answer.status).toBe(200);
  await untilNothing("requests");
  const later = post(1);
  await eventually("room again", () => release.length === 1);
  release.splice(0)[0]?.();
  expect((await later).status).toBe(200);
});

test("a body for which there is no room is not read", async () => {
  const first = post(7_000);
  await eventually("one that waits", () => release.length === 1);
  expect((await post(7_000)).status).toBe(429);
  // Whose length is not told may have the largest.
  const status = await new Promise((resolve, reject) => {
    const chunked = httpRequest(`${origin()}/v1/batch`, { method: "POST", headers: { "content-type": "application/json" } });
    chunked.on("response", (response) => resolve(response.statusCode)).on("error", reject);
    chunked.write('"');
  });
  expect(status).toBe(429);
  release.splice(0)[0]?.();
  expect((await first).status).toBe(200);
});

test("who goes away leaves no room taken, and neither does an answer that has left", async () => {
  const over = new AbortController();
  const gone = fetch(`${origin()}/v1/batch`, {
    method: "POST",
    signal: over.signal,
    headers: { "content-type": "application/json" },
    body: '"x"',
  });
  await eventually("one that waits", () => release.length === 1);
  over.abort();
  await expect(gone).rejects.toThrow();
  await untilNothing("requests");
  for (let n = 0; n < 3; n++) expect((await (await fetch(`${origin()}/v1/kv`)).text()).length).toBe(20_000);
  await untilNothing("bytes");
});
