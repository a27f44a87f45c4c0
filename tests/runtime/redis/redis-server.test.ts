// Connections of clients that behave badly: none may be kept once its client is gone.
import type { Socket } from "node:net";
import { Server } from "node:net";
import { SILENT } from "../../../runtime/logger.ts";
import { RedisServer } from "../../../runtime/redis/redis-server.ts";
import { eventually, sleep } from "../manual-clock.ts";
import { talkTo } from "../raw-client.ts";
import { encodeRequest, StoreFixture } from "./store-fixture.ts";

const PING = encodeRequest(["PING"]);
const WAITING_MAX = 1_024;
const servers: RedisServer[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  jest.restoreAllMocks();
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) await server.close();
});

/** `accepted`: the server's ends of all connections, those that were turned away included. */
async function serve(fixture: StoreFixture, connectionsMax: number) {
  const accepted: Socket[] = [];
  const listen = jest.spyOn(Server.prototype, "listen");
  const server = new RedisServer({
    ...{ facts: fixture.facts, gate: fixture.gate, logger: SILENT, connectionsMax },
    surroundings: () => fixture.surroundings(),
    nowMs: () => performance.now(),
    onReplied: () => undefined,
  });
  servers.push(server);
  await server.listen({ host: "127.0.0.1", port: 0 });
  const net = listen.mock.contexts.at(-1) as Server;
  net.on("connection", (socket: Socket) => accepted.push(socket));
  const talk = () => {
    const heard = talkTo(net);
    sockets.push(heard.socket);
    return heard;
  };
  return { server, accepted, talk };
}

test("a client for whom there is no room is told so, and its connection is let go though it has sent something", async () => {
  const { accepted, talk } = await serve(new StoreFixture(), 1);
  const first = talk();
  first.socket.write(PING);
  await eventually("an answer", () => first.text !== "");
  const second = talk();
  second.socket.write(PING);
  await eventually("a refusal", () => second.text.includes("max number of clients"));
  await eventually("the end of it", () => accepted[1]?.destroyed === true);
  expect(accepted[0]?.destroyed).toBe(false);
});

test("a client that goes away behind its QUIT, with more than it may have under way, is gone", async () => {
  const fixture = new StoreFixture();
  fixture.isHolding = true;
  const { server, talk } = await serve(fixture, 10);
  const { socket } = talk();
  const many = Array.from({ length: WAITING_MAX }, (_, i) => encodeRequest(["SET", `k${i}`, "v"]));
  socket.write(Buffer.concat([...many, encodeRequest(["QUIT"])]));
  await eventually("all of them", () => fixture.asked.length === WAITING_MAX);
  // It waits in the socket, which nobody reads.
  socket.end(PING);
  await sleep(50);
  fixture.release();
  await eventually("the end", () => server.connections === 0);
});

test("a client that asks for many large values at once gets all of them, and takes no more memory than it may", async () => {
  const fixture = new StoreFixture();
  const { accepted, talk } = await serve(fixture, 10);
  const { socket } = talk();
  socket.removeAllListeners("data");
  socket.write(encodeRequest(["SET", "a", "v".repeat(1_000_000)]));
  await eventually("the write", () => fixture.asked.length === 1);
  socket.pause();
  socket.write(Buffer.concat(Array.from({ length: 150 }, () => encodeRequest(["GET", "a"]))));
  let most = 0;
  await eventually("the first of them", () => (accepted[0]?.writableLength ?? 0) > 1_000_000);
  let bytes = 0;
  socket.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    most = Math.max(most, accepted[0]?.writableLength ?? 0);
  });
  socket.resume();
  await eventually("all of them", () => bytes >= 150_000_000, 10_000);
  expect(socket.destroyed).toBe(false);
  expect(most).toBeLessThan(20_000_000);
});
