import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "../../client/connect.ts";

const server = createServer((request, response) => {
  const isKnown = request.headers.authorization === "Bearer t";
  response.statusCode = isKnown ? 404 : 401;
  response.end(JSON.stringify({ error: { code: isKnown ? "notFound" : "unauthorized", message: "m", outcome: "refused" } }));
});
let endpoint = "";
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test("resolves when a member has answered", async () => {
  const store = await connect({ endpoint, token: "t" });
  await store.close();
});

test("throws at once when the token is wrong, and at the deadline when nobody is there", async () => {
  await expect(connect({ endpoint })).rejects.toMatchObject({ name: "RefusedError", code: "unauthorized" });
  await expect(connect({ endpoints: ["http://127.0.0.1:1"], deadlineMs: 100 })).rejects.toThrow("none of the endpoints has answered");
});

test("ends when it is told to", async () => {
  const connecting = connect({ endpoint: "http://127.0.0.1:1", deadlineMs: 60_000, signal: AbortSignal.timeout(50) });
  await expect(connecting).rejects.toMatchObject({ name: "RefusedError" });
});

test("without endpoints it is the local cluster", async () => {
  await expect(connect({ directory: "no-such-folder" })).rejects.toThrow("there is no cluster in no-such-folder");
});
