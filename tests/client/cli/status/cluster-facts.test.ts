import type { AddressInfo } from "node:net";
import { createServer } from "node:http";
import type { Server } from "node:http";
import { gatherFacts } from "../../../../client/cli/status/cluster-facts.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A member of a group of two, which is where it says itself; null: where it can be reached. */
async function member(own: string | null, ordinal = 0): Promise<string> {
  const server = createServer((request, response) => {
    const at = own ?? `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const members = [0, 1].map((each) => ({ http: each === ordinal ? at : `http://127.0.0.1:${each + 1}`, ordinal: each }));
    const answers: Readonly<Record<string, unknown>> = {
      "/v1/status": { service: "replica", group: "1", ordinal, members },
      "/readyz": { ok: true, checks: [] },
      "/v1/shard-map": { number: 1, shards: ["1"], groups: { "1": { members } } },
    };
    response.end(JSON.stringify(answers[request.url ?? ""] ?? {}));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function placesAt(...endpoints: readonly string[]): Promise<readonly unknown[]> {
  const { members } = await gatherFacts({ name: "x", local: null, endpoints, tokens: { data: null, admin: null } });
  return members.map(({ name, http }) => [name, http]);
}

test("a member that is asked through a Service is one member, at its own address", async () => {
  const own = await member(null);
  const service = await member(own);
  expect(await placesAt(service)).toEqual([
    ["replica-1-0", own],
    ["replica-1-1", "http://127.0.0.1:2"],
  ]);
});

test("through port-forwards members are where they can be reached", async () => {
  const [first, second] = [await member("http://127.0.0.1:1"), await member("http://127.0.0.1:2", 1)];
  expect(await placesAt(first, second)).toEqual([
    ["replica-1-0", first],
    ["replica-1-1", second],
  ]);
});

test("who was named, is silent and is known to nobody is kept", async () => {
  const here = await member(null);
  const endpoints = [here, "http://127.0.0.1:2", "http://127.0.0.1:9"];
  const { silent } = await gatherFacts({ name: "x", local: null, endpoints, tokens: { data: null, admin: null } });
  // Its fellow is known to be away.
  expect(silent).toEqual(["http://127.0.0.1:9"]);
});

test("coordinators, which are in no group, are shown as those of this machine are", async () => {
  const server = createServer((request, response) => {
    response.statusCode = request.url === "/v1/status" ? 200 : 404;
    response.end(JSON.stringify(request.url === "/v1/status" ? { service: "coordinator", role: "active" } : {}));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { members } = await gatherFacts({ name: "x", local: null, endpoints: [endpoint], tokens: { data: null, admin: null } });
  expect(members).toMatchObject([{ service: "coordinator", group: "coordinators", http: endpoint }]);
});
