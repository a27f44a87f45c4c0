// Connections of clients that behave badly: none may be kept once its client is gone.
import type { Socket } from "node:net";
import { Server } from "node:net";
import { utf8 } from "../../../core/base/bytes.ts";
import { encodeCommand, NO_GUARDS } from "../../../core/kv/commands.ts";
import { SILENT } from "../../../runtime/logger.ts";
import type { KeySpace } from "../../../runtime/redis/key-space.ts";
import { RedisServer } from "../../../runtime/redis/redis-server.ts";
import { eventually, sleep } from "../manual-clock.ts";
import { talkTo } from "../raw-client.ts";
import { encodeRequest, StoreFixture } from "./store-fixture.ts";

/** As `eventually`, for what is waited for many times over. */
async function atOnce(claim: string, holds: () => boolean): Promise<void> {
  const endMs = performance.now() + 5_000;
  while (!holds()) {
    if (performance.now() > endMs) throw new Error(`not in time: ${claim}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

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
async function serve(fixture: StoreFixture, connectionsMax: number, untakenMs = 60_000) {
  const accepted: Socket[] = [];
  const listen = jest.spyOn(Server.prototype, "listen");
  const server = new RedisServer({
    ...{ facts: fixture.facts, gate: fixture.gate, logger: SILENT, connectionsMax, untakenMs },
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

test("what the system has taken only a part of stays what it is, whatever others are answered meanwhile", async () => {
  const { accepted, talk } = await serve(new StoreFixture(), 10);
  const [slow, other] = [talk(), talk()];
  await eventually("both connections", () => accepted.length === 2);
  const [from] = accepted as [Socket];
  slow.socket.pause();
  const expected: string[] = [];
  // Each of them is put together in a piece of the memory that all connections share, and goes out by itself.
  for (let n = 0; from.writableLength === 0; n++) {
    const value = String(n).padStart(6, "0").repeat(1_000);
    slow.socket.write(encodeRequest(["ECHO", value]));
    expected.push(`$6000\r\n${value}\r\n`);
    await atOnce("an answer", () => from.bytesWritten === expected.length * 6_009);
  }
  const others = "x".repeat(6_000);
  for (let n = 1; n <= 10; n++) {
    other.socket.write(encodeRequest(["ECHO", others]));
    await eventually("an answer", () => other.text.length === n * 6_009);
  }
  slow.socket.resume();
  await eventually("all of it", () => slow.text.length === expected.length * 6_009);
  expect(slow.text === expected.join("")).toBe(true);
});

test("a client that takes many large values away at once gets all of them", async () => {
  const fixture = new StoreFixture();
  const { accepted, talk } = await serve(fixture, 10);
  const { socket } = talk();
  socket.removeAllListeners("data");
  const [value, count] = [new Uint8Array(1_000_000), 80];
  const keys = Array.from({ length: count }, (_, i) => `k${i}`);
  for (const key of keys)
    fixture.perform({ kind: "write", command: encodeCommand({ kind: "put", key: utf8(key), guards: NO_GUARDS, value }), session: null });
  fixture.isHolding = true;
  socket.pause();
  socket.write(Buffer.concat(keys.map((key) => encodeRequest(["GETDEL", key]))));
  await eventually("as many as may be under way", () => fixture.asked.length > 0);
  fixture.isHolding = false;
  fixture.release();
  await eventually("the first of them", () => (accepted[0]?.writableLength ?? 0) > value.length);
  let [bytes, most] = [0, 0];
  socket.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    most = Math.max(most, accepted[0]?.writableLength ?? 0);
  });
  socket.resume();
  await eventually("all of them", () => bytes >= count * value.length || socket.destroyed, 20_000);
  expect([socket.destroyed, bytes >= count * value.length]).toEqual([false, true]);
  expect(most).toBeLessThan(40_000_000);
});

test("a client that ends its side behind its last request gets every reply, and is let go then", async () => {
  const fixture = new StoreFixture();
  fixture.isHolding = true;
  const { server, talk } = await serve(fixture, 10);
  const client = talk();
  const count = 3 * WAITING_MAX;
  const many = Array.from({ length: count }, (_, i) => encodeRequest(["SET", `k${i}`, "v"]));
  client.socket.end(Buffer.concat([...many, PING, Buffer.from("*1\r\n$4\r\nPI")]));
  await eventually("as many as may be under way", () => fixture.asked.length === WAITING_MAX);
  await sleep(50);
  fixture.isHolding = false;
  fixture.release();
  await eventually("the end", () => client.isClosed && server.connections === 0);
  expect(client.text).toBe(`${"+OK\r\n".repeat(count)}+PONG\r\n`);
});

test("a client that takes nothing of much, or of the last there is for it, is let go; one that is idle is not", async () => {
  const fixture = new StoreFixture();
  const { server, accepted, talk } = await serve(fixture, 10, 300);
  const [idle, staying, leaving] = [talk(), talk(), talk()];
  idle.socket.write(PING);
  const large = Array.from({ length: 20 }, () => encodeRequest(["GET", "a"]));
  for (const { socket } of [staying, leaving]) socket.pause();
  staying.socket.write(Buffer.concat([encodeRequest(["SET", "a", "v".repeat(1_000_000)]), ...large]));
  await eventually("the value", () => fixture.asked.length > 1);
  leaving.socket.end(Buffer.concat(large));
  await eventually("the end of both", () => server.connections === 1);
  expect(accepted.filter(({ destroyed }) => !destroyed).map(({ remotePort }) => remotePort)).toEqual([idle.socket.localPort]);
});

test("where the server ends, so does a connection whose client has ended its side and waits", async () => {
  const fixture = new StoreFixture();
  fixture.isHolding = true;
  const { server, talk } = await serve(fixture, 10);
  const client = talk();
  client.socket.end(encodeRequest(["SET", "a", "v"]));
  await eventually("the write", () => fixture.asked.length === 1);
  await server.close();
  await eventually("the end", () => client.isClosed && server.connections === 0);
});

test("a reply of more than 64 MiB costs nobody his connection, whatever is behind it, and no more memory than one of them", async () => {
  const fixture = new StoreFixture();
  const keys = new Array<Buffer>(70_000).fill(Buffer.from("k".repeat(1_000)));
  fixture.keys = { keysAfter: () => Promise.resolve({ keys, next: null }) } as unknown as KeySpace;
  const { accepted, talk } = await serve(fixture, 10);
  const { socket } = talk();
  socket.removeAllListeners("data");
  socket.pause();
  const all = encodeRequest(["KEYS", "*"]);
  socket.write(Buffer.concat([all, PING, encodeRequest(["SET", "a", "v"]), all, encodeRequest(["GET", "a"]), all, PING]));
  await eventually("the first of them", () => (accepted[0]?.writableLength ?? 0) > 67_108_864);
  let [bytes, most, end] = [0, 0, ""];
  socket.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    end = chunk.subarray(-7).toString();
    most = Math.max(most, accepted[0]?.writableLength ?? 0);
  });
  socket.resume();
  const keysBytes = "*70000\r\n".length + 70_000 * "$1000\r\n\r\n".length + 70_000_000;
  const expected = 3 * keysBytes + "+PONG\r\n+OK\r\n$1\r\nv\r\n+PONG\r\n".length;
  await eventually("all of them", () => bytes >= expected, 20_000);
  expect([bytes, end, socket.destroyed]).toEqual([expected, "+PONG\r\n", false]);
  expect(most).toBeLessThan(keysBytes + 1_048_576);
});
