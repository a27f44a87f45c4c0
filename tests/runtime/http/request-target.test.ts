// What a request asks for is read in one way or refused, whichever way it would have been answered. On real sockets: a client library, and
// what stands in for a server in most tests, would write another first line than the one that they are given.
import { asGroup } from "../../../core/base/ids.ts";
import { SHARDS } from "../../../core/shards/slots.ts";
import { closeHttp, listenHttp } from "../../../runtime/http/http-server.ts";
import { whyNoTarget } from "../../../runtime/http/request-target.ts";
import { eventually } from "../manual-clock.ts";
import type { Heard } from "../raw-client.ts";
import { talkTo } from "../raw-client.ts";
import { DoorFixture, twoGroups } from "./kv/door-fixture.ts";

let door: DoorFixture;
let heard: Heard;

beforeEach(async () => {
  door = new DoorFixture(asGroup("1"), () => [door]);
  door.adopt(twoGroups(1, SHARDS));
  await listenHttp(door.app, { host: "127.0.0.1", port: 0 });
  heard = talkTo(door.app.server);
});
afterEach(async () => {
  heard.socket.destroy();
  await closeHttp(door.app, AbortSignal.timeout(100));
});

const BODY = '{"value":"v"}';
const FRAMED = `host: a\r\ncontent-type: application/json\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`;

async function send(line: string, rest = "host: a\r\n\r\n"): Promise<string> {
  heard.socket.write(Buffer.from(`${line} HTTP/1.1\r\n${rest}`));
  await eventually("an answer", () => heard.text.includes("}"));
  return heard.text;
}

test.each([
  ["a key in raw UTF-8", "PUT /v1/kv/größe", FRAMED],
  ["half of it raw", "PUT /v1/kv/gr%C3%B6ße", FRAMED],
  ["a prefix in raw UTF-8", "GET /v1/kv?prefix=grö", undefined],
  ["a fragment", "GET /v1/kv/a#b", undefined],
  ["a fragment in a query", "GET /v1/kv?prefix=a#b", undefined],
  ["a backslash", "PUT /v1/kv/a\\b", FRAMED],
  ["a whole address", "PUT http://a/v1/kv/k", FRAMED],
  ["a whole address of what is called by another method", "POST http://a/v1/txn", FRAMED],
  ["a whole address of nothing", "GET http://a", undefined],
  ["an asterisk", "OPTIONS *", undefined],
])("%s is refused", async (_name, line, rest) => {
  const answer = await send(line, rest);
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).toContain('"code":"badRequest"');
  // Bytes beyond ASCII are the parser's to refuse, as long as it does.
  expect(answer).toMatch(/percent-encoded|whole address|Invalid char in url/);
  expect(door.asked).toEqual([]);
});

test("what is percent-encoded is one key, and so are dots", async () => {
  expect(await send("PUT /v1/kv/gr%C3%B6%C3%9Fe", FRAMED)).toMatch(/^HTTP\/1\.1 200 /);
  expect((await door.call({ url: "/v1/kv?prefix=gr" })).body).toMatchObject({ entries: [{ key: "größe", value: "v" }] });
  heard.text = "";
  expect(await send("PUT /v1/kv/..", FRAMED)).toMatch(/^HTTP\/1\.1 200 /);
  expect((await door.call({ url: "/v1/kv?prefix=." })).body).toMatchObject({ entries: [{ key: "..", value: "v" }] });
});

test("every visible character is taken but two, and no other", () => {
  const taken = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).filter((sign) => whyNoTarget(`/${sign}`) === null);
  const visible = Array.from({ length: 94 }, (_, i) => String.fromCharCode(0x21 + i));
  expect(taken).toEqual(visible.filter((sign) => sign !== "#" && sign !== "\\"));
  expect(whyNoTarget("")).not.toBeNull();
});
