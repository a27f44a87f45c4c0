import type { Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { HttpAttempt } from "../../client/http-transport.ts";
import { HttpTransport } from "../../client/http-transport.ts";
import { done, refused, unknown } from "../../core/base/outcome.ts";

const transport = new HttpTransport();
const requests: { url: string | undefined; port: number | undefined; body: string }[] = [];
const server: Server = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk: Buffer) => (body += chunk.toString()));
  request.on("end", () => {
    requests.push({ url: request.url, port: request.socket.remotePort, body });
    if (request.url === "/silent") return;
    if (request.url === "/broken") return void request.socket.destroy();
    const headers = { "flotilla-group": "2", "flotilla-term": "7", "flotilla-config": "x" };
    response.writeHead(request.url === "/refused" ? 421 : 200, headers);
    response.end(BODIES[request.url ?? ""]?.() ?? '{"a":1}');
  });
});
const REFUSAL = '{"error":{"code":"notLeader","message":"m","outcome":"refused","leader":"http://b:1","retryAfterMs":50}}';
/** Sixteen values of a MiB, as a batch reads them. */
const LARGE = "x".repeat(16 * 4 * Math.ceil(1_048_576 / 3));
const BODIES: Readonly<Record<string, () => string>> = {
  "/nonsense": () => "<html>",
  "/refused": () => REFUSAL,
  "/large": () => JSON.stringify({ a: LARGE }),
  "/larger": () => JSON.stringify({ a: LARGE + LARGE }),
};
let endpoint = "";

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await transport.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function attemptOf(path: string, changes: Partial<HttpAttempt> = {}): HttpAttempt {
  return { endpoint, method: "GET", path, headers: {}, body: null, timeoutMs: 5_000, signal: new AbortController().signal, ...changes };
}

const STAMP = { group: "2", term: 7, configNumber: null };

test("an answer, and who gave it", async () => {
  const result = await transport.attempt(attemptOf("/x", { method: "PUT", body: { value: "v" } }));
  expect(result).toEqual({ outcome: done({ a: 1 }), leader: null, retryAfterMs: null, stamp: STAMP });
  expect(requests.at(-1)).toMatchObject({ url: "/x", body: '{"value":"v"}' });
});

test("a path goes as it is", async () => {
  await transport.attempt(attemptOf("/v1/kv/..?a=%2e"));
  expect(requests.at(-1)?.url).toBe("/v1/kv/..?a=%2e");
});

test("a refusal, and where to go instead", async () => {
  expect(await transport.attempt(attemptOf("/refused"))).toEqual({
    ...{ outcome: refused("notLeader", "m", {}), leader: "http://b:1", retryAfterMs: 50 },
    stamp: STAMP,
  });
});

test("an answer is as large as the store gives them, and no larger", async () => {
  const { outcome } = await transport.attempt(attemptOf("/large"));
  expect(outcome.kind === "done" && outcome.value["a"] === LARGE).toBe(true);
  expect((await transport.attempt(attemptOf("/larger"))).outcome).toEqual(unknown("connectionLost"));
});

test("connections are used again", async () => {
  for (let i = 0; i < 10; i++) await transport.attempt(attemptOf(`/${i}`));
  // Two of them: the last is not quite free when the next request comes.
  expect(new Set(requests.slice(-10).map(({ port }) => port)).size).toBeLessThanOrEqual(2);
});

test.each([
  { path: "/broken", after: "connectionLost", timeoutMs: 5_000 },
  { path: "/nonsense", after: "connectionLost", timeoutMs: 5_000 },
  { path: "/silent", after: "deadline", timeoutMs: 50 },
] as const)("$path leaves it unknown, after $after", async ({ path, after, timeoutMs }) => {
  expect((await transport.attempt(attemptOf(path, { timeoutMs }))).outcome).toEqual(unknown(after));
});

test("whoever does not listen has certainly done nothing", async () => {
  const { outcome, stamp } = await transport.attempt(attemptOf("/x", { endpoint: "http://127.0.0.1:1" }));
  expect(outcome).toMatchObject({ kind: "refused", refusal: { code: "starting" } });
  expect(stamp).toBeNull();
});

test("ends with the call's signal", async () => {
  const abort = new AbortController();
  const attempt = transport.attempt(attemptOf("/silent", { signal: abort.signal }));
  abort.abort();
  expect((await attempt).outcome).toEqual(unknown("deadline"));
  expect((await transport.attempt(attemptOf("/x", { signal: abort.signal }))).outcome.kind).toBe("unknown");
});

test.each<{ name: string; changes: Partial<HttpAttempt> }>([
  { name: "a token with a line end", changes: { headers: { authorization: "Bearer abc\n" } } },
  { name: "a number that JSON has not", changes: { method: "PUT", body: { ifVersion: 1n } } },
])("what can't be sent at all is refused, and nobody is blamed: $name", async ({ changes }) => {
  const before = requests.length;
  expect((await transport.attempt(attemptOf("/x", changes))).outcome).toMatchObject({ kind: "refused", refusal: { code: "badRequest" } });
  expect(requests.length).toBe(before);
});
