import type { FastifyInstance } from "fastify";
import { FileStore } from "../../../runtime/files/embedded/file-store.ts";
import { KeyValues } from "../../../runtime/files/store/key-values.ts";
import { createHttpServer } from "../../../runtime/http/http-server.ts";
import { SILENT } from "../../../runtime/logger.ts";
import { Metrics } from "../../../runtime/metrics.ts";
import { FilesApi } from "../../../services/coordinator/files-api.ts";
import { MemoryStore } from "../../runtime/files/memory-store.ts";

const store = new MemoryStore();
const apps: FastifyInstance[] = [];
afterAll(async () => void (await Promise.all(apps.map((app) => app.close()))));

function coordinator(): FastifyInstance {
  const metrics = new Metrics({ service: "coordinator", version: "0" });
  const app = createHttpServer({ service: "coordinator", requestBytesMax: 1_000, metrics, logger: SILENT });
  new FilesApi(new FileStore({ kv: new KeyValues(store), quotaBytes: 600_000, wallMs: () => 5 })).addRoutes(app);
  apps.push(app);
  return app;
}

test("what one coordinator takes, another gives, lists and removes, whatever its bytes and its length", async () => {
  const [one, other] = [coordinator(), coordinator()];
  const payload = Buffer.alloc(400_000, Buffer.from([0, 255, 10]));
  const put = await one.inject({ method: "PUT", url: "/v1/files/a%20b/c.bin", payload, headers: { "content-type": "application/json" } });
  expect([put.statusCode, put.json()]).toMatchObject([200, { path: "a b/c.bin", length: 400_000, modifiedAt: 5 }]);
  const got = await other.inject({ method: "GET", url: "/v1/files/a%20b/c.bin" });
  expect(got.headers["content-length"]).toBe("400000");
  expect(got.rawPayload.equals(payload)).toBe(true);
  await one.inject({ method: "PUT", url: "/v1/files/empty" });
  expect((await other.inject({ method: "GET", url: "/v1/files/empty" })).payload).toBe("");
  const listed = await other.inject({ method: "GET", url: "/v1/files?limit=1" });
  expect(listed.json()).toMatchObject({ files: [{ path: "a b/c.bin" }], next: "a b/c.bin" });
  const rest = await other.inject({ method: "GET", url: "/v1/files?after=a%20b%2Fc.bin" });
  expect(rest.json()).toMatchObject({ files: [{ path: "empty", length: 0 }], next: null });
  expect((await other.inject({ method: "DELETE", url: "/v1/files/a%20b/c.bin" })).json()).toEqual({ deleted: true });
  expect((await one.inject({ method: "DELETE", url: "/v1/files/a%20b/c.bin" })).json()).toEqual({ deleted: false });
  expect((await one.inject({ method: "GET", url: "/v1/files/a%20b/c.bin" })).statusCode).toBe(404);
});

test.each([
  { name: "more than the quota", method: "PUT", url: "/v1/files/f", payload: Buffer.alloc(700_000), status: 413, message: "use s3:" },
  {
    name: "a path with an empty part",
    method: "PUT",
    url: "/v1/files/a//b",
    payload: Buffer.alloc(1),
    status: 400,
    message: "no empty parts",
  },
  { name: "no path", method: "PUT", url: "/v1/files/", payload: Buffer.alloc(1), status: 400, message: "a path has 1 to 900 bytes" },
  { name: "an unknown parameter", method: "GET", url: "/v1/files/f?x=1", payload: undefined, status: 400, message: "x" },
] as const)("$name is refused", async ({ method, url, payload, status, message }) => {
  const answer = await coordinator().inject({ method, url, ...(payload === undefined ? {} : { payload }) });
  expect(answer.statusCode).toBe(status);
  expect(answer.json<{ error: { message: string } }>().error.message).toContain(message);
  expect((await coordinator().inject({ method: "GET", url: "/v1/files?prefix=f" })).json()).toEqual({ files: [], next: null });
});
