// What a member hands on, over real sockets: it arrives as it came, at the member that was chosen and nowhere else.
import type { AddressInfo, Server } from "node:net";
import { createServer } from "node:net";
import { Forwarder } from "../../../runtime/http/forwarder.ts";
import { closeHttp, listenHttp } from "../../../runtime/http/http-server.ts";
import { eventually } from "../manual-clock.ts";
import type { Heard } from "../raw-client.ts";
import { talkTo } from "../raw-client.ts";
import type { DoorFixture } from "./kv/door-fixture.ts";
import { twoDoors, twoGroups } from "./kv/door-fixture.ts";

const LOCAL = "127.0.0.1";
const forwarder = new Forwarder();
afterAll(() => forwarder.close());

const originOf = (server: Pick<Server, "address">): string => `http://${LOCAL}:${(server.address() as AddressInfo).port}`;

/** Listens, and keeps what it hears. */
class Listener {
  readonly server: Server;
  heard = "";

  constructor() {
    this.server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", (data: Buffer) => {
        this.heard += data.toString();
        socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}");
      });
    });
  }

  listen(): Promise<this> {
    return new Promise((resolve) => this.server.listen(0, LOCAL, () => resolve(this)));
  }
}

let elsewhere: Listener;
let member: Listener;
let doors: readonly [DoorFixture, DoorFixture];
let client: Heard;

beforeEach(async () => {
  elsewhere = await new Listener().listen();
  member = await new Listener().listen();
  doors = twoDoors();
  const [first, second] = doors;
  for (const door of doors) {
    // The second group has everything.
    door.adopt(twoGroups(1, 0));
    await listenHttp(door.app, { host: LOCAL, port: 0 });
  }
  first.forwarder = { forward: (forwarding) => forwarder.forward({ ...forwarding, origin: originOf(second.app.server) }) };
  client = talkTo(first.app.server);
});
afterEach(async () => {
  client.socket.destroy();
  for (const { server } of [elsewhere, member]) server.close();
  for (const { app } of doors) await closeHttp(app, AbortSignal.timeout(100));
});

async function send(line: string, body: string | null = null): Promise<string> {
  client.text = "";
  const framing = body === null ? "" : `content-type: application/json\r\ncontent-length: ${body.length}\r\n`;
  client.socket.write(`${line} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer secret\r\n${framing}\r\n${body ?? ""}`);
  await eventually("an answer", () => client.text.includes("}"));
  return client.text;
}

test.each([
  { path: ".", key: "." },
  { path: "..", key: ".." },
  { path: "%2e%2E", key: ".." },
  { path: "%2E", key: "." },
  { path: "a%2F..%2Fb", key: "a/../b" },
  { path: "a|b", key: "a|b" },
])("the key in $path is the same one for the member that serves it", async ({ path, key }) => {
  expect(await send(`PUT /v1/kv/${path}`, '{"value":"v"}')).toMatch(/^HTTP\/1\.1 200 /);
  const there = await doors[1].call({ url: `/v1/kv/${Buffer.from(key).toString("base64url")}?keyEncoding=base64url` });
  expect(there.body).toMatchObject({ value: "v" });
  expect(await send(`GET /v1/kv/${path}`)).toContain(`"key":${JSON.stringify(key)},"value":"v"`);
  expect(await send(`POST /v1/kv/${path}/append`, '{"value":"w"}')).toContain('"length":2');
});

test.each(["http", "https"])("a whole %s address of somebody else is refused, and nobody else hears of it", async (scheme) => {
  const there = originOf(elsewhere.server).replace("http", scheme);
  expect(await send(`POST ${there}/v1/txn`, '{"compare":[],"then":[{"op":"get","key":"k"}]}')).toMatch(/^HTTP\/1\.1 400 /);
  expect(await send(`PUT ${there}/v1/kv/k`, '{"value":"v"}')).toMatch(/^HTTP\/1\.1 400 /);
  expect(elsewhere.heard).toBe("");
  expect(doors.flatMap(({ asked }) => asked)).toEqual([]);
});

test.each(["http:", ""])("whatever a path names, it goes to the member that was chosen: %s//…", async (scheme) => {
  const url = `${scheme}${originOf(elsewhere.server).slice("http:".length)}/v1/txn`;
  const headers = { authorization: "Bearer secret" };
  await forwarder.forward({ origin: originOf(member.server), method: "POST", url, headers, body: {}, timeoutMs: 2_000 });
  expect(member.heard).toContain("Bearer secret");
  expect(elsewhere.heard).toBe("");
});
