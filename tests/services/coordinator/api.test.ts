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

type Tell = (event: { readonly type: string; readonly fields: unknown }) => void;

const EVENTS = "GET /v1/jobs/j/events HTTP/1.1\r\nhost: a\r\n\r\n";
let app: FastifyInstance;
const answers: ((outcome: Outcome<unknown>) => void)[] = [];
const listeners = new Set<Tell>();
const sockets: Socket[] = [];

beforeEach(async () => {
  const host = {
    isActive: true,
    ask: () => new Promise<Outcome<unknown>>((resolve) => answers.push(resolve)),
    listen: (_job: string, listener: Tell) => (listeners.add(listener), () => listeners.delete(listener)),
  } as unknown as CoordinatorHost;
  const election = { isElected: true, leader: () => Promise.resolve(null) };
  app = createHttpServer({
    ...{ service: "coordinator", requestBytesMax: 1_000, logger: SILENT },
    metrics: new Metrics({ service: "coordinator", version: "0" }),
  });
  new CoordinatorApi({ host, election, kv: {} as KvClient, access: OPEN_TO_ALL }).addRoutes(app);
  await listenHttp(app, { host: "127.0.0.1", port: 0 });
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  answers.length = 0;
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

const open = (): Promise<number> => new Promise((resolve) => app.server.getConnections((_error, count) => resolve(count)));

test("of a reader that goes away while its job is looked up nothing is left", async () => {
  const socket = await reader();
  socket.destroy();
  while ((await open()) > 0) await settle();
  answers.shift()?.(done({ id: "j" }));
  await settle();
  expect(listeners.size).toBe(0);
});

test("a reader that takes nothing is let go", async () => {
  const socket = await reader();
  socket.pause();
  answers.shift()?.(done({ id: "j" }));
  await eventually("a listener", () => listeners.size === 1);
  const fields = "x".repeat(65_536);
  for (let told = 0; told < 1_000 && listeners.size > 0; told++) {
    for (const tell of listeners) tell({ type: "job", fields });
    await settle();
  }
  expect(listeners.size).toBe(0);
});
