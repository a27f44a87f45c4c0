// A member that has opened its port and has not its state back yet, seen by a client library that knows its address and another one.
import { createCluster } from "redis";
import { SILENT } from "../../../runtime/logger.ts";
import { RedisServer } from "../../../runtime/redis/redis-server.ts";
import { freePorts } from "../../integration/free-ports.ts";
import { StoreFixture } from "./store-fixture.ts";

const HOST = "127.0.0.1";

async function serve(fixture: StoreFixture, port: number): Promise<RedisServer> {
  const server = new RedisServer({
    ...{ facts: fixture.facts, gate: fixture.gate, logger: SILENT },
    surroundings: () => fixture.surroundings(),
    nowMs: () => performance.now(),
    onReplied: () => undefined,
  });
  await server.listen({ host: HOST, port });
  return server;
}

test("a client that asks it first asks the next one, and works", async () => {
  const [first = 0, second = 0] = (await freePorts(2)).map(({ redis }) => redis);
  const starting = new StoreFixture();
  starting.isBorn = false;
  const servers = [await serve(starting, first), await serve(new StoreFixture(undefined, () => ({ host: HOST, port: second })), second)];
  // It begins with any of its addresses.
  const random = jest.spyOn(Math, "random").mockReturnValue(0);
  const client = createCluster({ rootNodes: [first, second].map((port) => ({ url: `redis://${HOST}:${port}` })) });
  client.on("error", () => undefined);
  try {
    await client.connect();
    expect(await client.set("a", "1")).toBe("OK");
    expect(await client.get("a")).toBe("1");
    expect([starting.facts.accepted, starting.asked.length]).toEqual([1, 0]);
  } finally {
    random.mockRestore();
    client.destroy();
    for (const server of servers) await server.close();
  }
});
