// What a coordinator says of calls that others may have done, and what is left of readers that go away.
import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";
import type { KvClient } from "../../../client/kv-client.ts";
import type { Outcome } from "../../../core/base/outcome.ts";
import { done } from "../../../core/base/outcome.ts";
import { OPEN_TO_ALL } from "../../../runtime/http/access.ts";
import { closeHttp, createHttpServer, listenHttp } from "../../../runtime/http/http-server.ts";
import type { CoordinatorHost } from "../../../runtime/jobs/coordinator-host.ts";
import { SILENT } from "../../../runtime/logger.ts";
import { Metrics } from "../../../runtime/metrics.ts";
import { CoordinatorApi } from "../../../services/coordinator/api.ts";
import { eventually, settle } from "../../runtime/manual-clock.ts";
import { talkTo } from "../../runtime/raw-client.ts";

type Listener = { readonly onEvent: (event: { type: string; fields: unknown; number: number }) => void; readonly onEnd: () => void };

const EVENTS = "GET /v1/jobs/j/events HTTP/1.1\r\nhost: a\r\n\r\n";
let app: FastifyInstance;
const answers: ((outcome: Outcome<unknown>) => void)[] = [];
const listeners = new Set<Listener>();
let isElected = true;
const sockets: Socket[] = [];
const puts: string[] = [];
const kv = { put: (key: string) => Promise.resolve(done(puts.push(key))) } as unknown as KvClient;

beforeEach(async () => {
  const host = {
    isActive: true,
    ask: () => new Promise<Outcome<unknown>>((resolve) => answers.push(resolve)),
    listen: (_job: string, listener: Listener) => (listeners.add(listener), () => listeners.delete(listener)),
  } as unknown as CoordinatorHost;
  isElected = true;
  const election = {
    get isElected() {
      return isElected;
    },
    leader: () => Promise.resolve(null),
  };
  app = createHttpServer({
    ...{ service: "coordinator", requestBytesMax: 1_000, logger: SILENT },
    metrics: new Metrics({ service: "coordinator", version: "0" }),
  });
  new CoordinatorApi({ host, election, kv, access: OPEN_TO_ALL }).addRoutes(app);
  await listenHttp(app, { host: "127.0.0.1", port: 0 });
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  answers.length = 0;
  puts.length = 0;
  listeners.clear();
  await closeHttp(app, AbortSignal.timeout(100));
});

async function reader(): Promise<Socket> {
  const { socket } = talkTo(app.server);
  sockets.push(socket);
  socket.write(EVENTS);
  await eventually("the question whether there is such a job", () => answers.length > 0);
  return socket;
}

const WATCHED = { view: { id: "j" }, told: 1 };
const open = (): Promise<number> => new Promise((resolve) => app.server.getConnections((_error, count) => resolve(count)));

test("of a reader that goes away while its job is looked up nothing is left", async () => {
  const socket = await reader();
  socket.destroy();
  while ((await open()) > 0) await settle();
  answers.shift()?.(done(WATCHED));
  await settle();
  expect(listeners.size).toBe(0);
});

test("a reader that takes nothing is let go", async () => {
  const socket = await reader();
  socket.pause();
  answers.shift()?.(done(WATCHED));
  await eventually("a listener", () => listeners.size === 1);
  const fields = "x".repeat(65_536);
  for (let told = 0; told < 1_000 && listeners.size > 0; told++) {
    for (const { onEvent } of listeners) onEvent({ type: "job", fields, number: told + 2 });
    await settle();
  }
  expect(listeners.size).toBe(0);
});

test("a reader misses nothing that happens while its job is looked up, and hears nothing twice", async () => {
  const socket = await reader();
  let text = "";
  socket.on("data", (piece: Buffer) => void (text += piece.toString()));
  const tell = (number: number): void => {
    for (const { onEvent } of listeners) onEvent({ type: "task", fields: { done: number }, number });
  };
  tell(1);
  tell(2);
  answers.shift()?.(done(WATCHED));
  await eventually("the job", () => text.includes("event: job"));
  tell(3);
  await eventually("the last event", () => text.includes('"done":3'));
  expect([...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => data)).toEqual(['{"id":"j"}', '{"done":2}', '{"done":3}']);
});

test("a reader whose coordinator loses the jobs is let go: it would wait for ever for what others do", async () => {
  const socket = await reader();
  let isOver = false;
  socket.on("end", () => (isOver = true)).resume();
  answers.shift()?.(done(WATCHED));
  await eventually("a listener", () => listeners.size === 1);
  for (const { onEnd } of [...listeners]) onEnd();
  await eventually("the end", () => isOver || listeners.size === 0);
  expect(listeners.size).toBe(0);
});

test("a coordinator that stood still past its term answers nothing from what it knew then", async () => {
  isElected = false;
  const poll = {
    worker: "w",
    life: "1",
    origin: "http://w",
    node: null,
    slots: 1,
    isStopping: false,
    running: [],
    troubles: [],
    kept: null,
  };
  const payload = { ...poll, adopted: [], jobs: ["j.000000000001"], waitMs: 0 };
  const answer = await app.inject({ method: "POST", url: "/v1/workers/poll", payload });
  expect(answer.json()).toMatchObject({ error: { code: "notLeader" } });
  expect(answers).toEqual([]);
});

const WORK = { recordsRead: 0, recordsWritten: 0, bytesRead: 0, bytesWritten: 0, memoryBytes: 0, cpuMs: 0 };

const reported = (phase: string, result: object, work: object = WORK): object => ({
  ...{ worker: "w", life: "1", origin: "http://w", node: null, slots: 1, isStopping: false },
  report: { job: "j", phase, task: 0, attempt: 1, result, work, counters: {}, skipped: 0, log: "" },
});

test.each([
  { name: "a failure that is none", result: { kind: "failed" }, message: '"failure" is missing' },
  { name: "no reason", result: { kind: "failed", failure: { message: "no" } }, message: '"reason" is missing' },
  { name: "a list without files", result: { kind: "listed" }, message: '"files" is missing' },
  {
    name: "a file without a length",
    result: { kind: "listed", boundaries: null, files: [{ url: "file:/a" }] },
    message: '"compression" is missing',
  },
  { name: "a map without regions", result: { kind: "mapped", origin: "http://w" }, message: '"regionBytes" is missing' },
  { name: "a reduce without files", result: { kind: "reduced", keys: 1 }, message: '"files" is missing' },
  { name: "a result of no kind", result: {}, message: 'kind" is missing' },
  { name: "a result of another kind", result: { kind: "eaten" }, message: '"report.result.kind" is missing, or none of those' },
  { name: "no work", result: { kind: "published" }, work: {}, message: '"recordsRead" is missing' },
])("a report that makes no sense is refused, and takes no coordinator down: $name", async ({ result, work, message }) => {
  const answer = await app.inject({ method: "POST", url: "/v1/workers/report", payload: reported("list", result, work) });
  expect(answer.json()).toMatchObject({ error: { code: "badRequest", message: expect.stringContaining(message) as string } });
  expect(answers).toEqual([]);
});

const FAILURE = { reason: "tooHot", message: "no", record: null, file: null, offset: null, degrees: 99 };

test.each([
  { kind: "failed", failure: FAILURE },
  { kind: "published", isQuick: true },
])("what a worker of a later version says more of $kind is taken", async (result) => {
  const reporting = app.inject({ method: "POST", url: "/v1/workers/report", payload: reported("publish", result) });
  await eventually("the report", () => answers.length > 0);
  answers.shift()?.(done({ verdict: "discarded" }));
  expect((await reporting).statusCode).toBe(200);
});

test("the code of a job is written before the job, and again when there is the job", async () => {
  const payload = { id: "j", code: "export default {}", inputs: ["files:in"], output: "files:out" };
  const submitting = app.inject({ method: "POST", url: "/v1/jobs", payload });
  await eventually("the question for the job", () => answers.length > 0);
  expect(puts).toEqual([expect.stringMatching(/^\{code:[0-9a-f]{64}\}$/)]);
  answers.shift()?.(done({ id: "j" }));
  expect((await submitting).statusCode).toBe(202);
  await eventually("the code", () => puts.length === 2);
  expect(puts[1]).toBe(puts[0]);
});
