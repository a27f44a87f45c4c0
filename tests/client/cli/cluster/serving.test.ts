import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { servedBy } from "../../../../client/cli/cluster/serving.ts";
import type { Context } from "../../../../client/cli/cluster/context.ts";

const SILENT = "http://127.0.0.1:9";
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** One that says what it is, and of everything else that it is not there. */
async function origin(service: string): Promise<string> {
  const server = createServer((request, response) => {
    response.statusCode = request.url === "/v1/status" ? 200 : 404;
    response.end(JSON.stringify(request.url === "/v1/status" ? { service } : { error: { code: "notFound" } }));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const elsewhere = (...endpoints: readonly string[]): Context => ({ name: "x", local: null, endpoints, tokens: { data: "d", admin: "a" } });

test("of the services of a release each command gets those that have what it asks for", async () => {
  const [controller, replica, coordinator] = [await origin("shard-controller"), await origin("replica"), await origin("coordinator")];
  const context = elsewhere(controller, SILENT, replica, coordinator);
  expect(await servedBy("replica", context)).toEqual({ ...context, endpoints: [replica] });
  expect(await servedBy("coordinator", context)).toEqual({ ...context, endpoints: [coordinator] });
});

test("whoever says nothing may be one, where nobody is", async () => {
  const controller = await origin("shard-controller");
  expect((await servedBy("replica", elsewhere(controller, SILENT))).endpoints).toEqual([SILENT]);
});

test("where all are something else, that is said", async () => {
  const endpoints = [await origin("shard-controller"), await origin("coordinator")];
  await expect(servedBy("replica", elsewhere(...endpoints))).rejects.toThrow(`none of ${endpoints.join(", ")} is a replica`);
});

test("a single endpoint is taken as it is", async () => {
  const context = elsewhere(await origin("shard-controller"));
  expect(await servedBy("replica", context)).toBe(context);
});
