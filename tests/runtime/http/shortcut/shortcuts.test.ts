// The short way and the server library, on real sockets: whatever is sent, the answer is the same by both.
import type { AddressInfo, Socket } from "node:net";
import { connect } from "node:net";
import * as fc from "fast-check";
import { asGroup } from "../../../../core/base/ids.ts";
import { unknown } from "../../../../core/base/outcome.ts";
import { SHARDS } from "../../../../core/shards/slots.ts";
import { closeHttp, listenHttp } from "../../../../runtime/http/http-server.ts";
import { eventually } from "../../manual-clock.ts";
import { DoorFixture, twoGroups } from "../kv/door-fixture.ts";

const REQUESTS = 100;

let door: DoorFixture;
let port: number;
const sockets: Socket[] = [];

beforeEach(async () => {
  door = new DoorFixture(asGroup("1"), () => [door]);
  door.adopt(twoGroups(1, SHARDS));
  await listenHttp(door.app, { host: "127.0.0.1", port: 0 });
  port = (door.app.server.address() as AddressInfo).port;
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await closeHttp(door.app, AbortSignal.timeout(100));
});

type Answer = { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string };

class Talk {
  readonly #socket: Socket;
  #text = "";
  isClosed = false;

  constructor() {
    this.#socket = connect(port, "127.0.0.1");
    sockets.push(this.#socket);
    this.#socket.on("error", () => undefined);
    this.#socket.on("data", (data: Buffer) => (this.#text += data.toString("latin1")));
    this.#socket.on("close", () => (this.isClosed = true));
  }

  send(bytes: string): void {
    this.#socket.write(bytes, "latin1");
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Null: the connection ended without one. */
  async next(): Promise<Answer | null> {
    let answer: Answer | null = null;
    await eventually("an answer, or the end", () => (answer = this.#take()) !== null || this.isClosed);
    return answer ?? this.#take();
  }

  #take(): Answer | null {
    const headEnd = this.#text.indexOf("\r\n\r\n");
    if (headEnd < 0) return null;
    const [line = "", ...lines] = this.#text.slice(0, headEnd).split("\r\n");
    const pairs = lines.map((each) => [each.slice(0, each.indexOf(":")).toLowerCase(), each.slice(each.indexOf(":") + 1).trim()]);
    const headers = Object.fromEntries(pairs as [string, string][]) as Record<string, string>;
    const end = headEnd + 4 + Number(headers["content-length"]);
    if (this.#text.length < end) return null;
    const body = this.#text.slice(headEnd + 4, end);
    this.#text = this.#text.slice(end);
    return { status: Number(line.split(" ")[1]), headers, body };
  }
}

/** After such a request a connection stays with the library. */
const NOT_PLAIN = "GET /v1/shard-map HTTP/1.1\r\nhost: a\r\n\r\n";

async function byLibrary(): Promise<Talk> {
  const talk = new Talk();
  talk.send(NOT_PLAIN);
  expect(await talk.next()).toMatchObject({ status: 200 });
  return talk;
}

const get = (key: string, headers = ""): string => `GET /v1/kv/${key} HTTP/1.1\r\nhost: a\r\n${headers}\r\n`;
const put = (key: string, body: string, headers = ""): string => {
  const bytes = Buffer.from(body).toString("latin1");
  return `PUT /v1/kv/${key} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n${headers}content-length: ${bytes.length}\r\n\r\n${bytes}`;
};

function comparable(answer: Answer | null): unknown {
  if (answer === null) return null;
  // Each request changes the index, and the two are not of the same second.
  const { date, ...headers } = answer.headers;
  const index = headers["flotilla-index"] !== undefined;
  const body = answer.body.replaceAll(/"(version|revision)":\d+/g, '"$1":0');
  const { "content-length": length, ...rest } = headers;
  expect(length).toBe(String(answer.body.length));
  return { status: answer.status, body, headers: { ...rest, "flotilla-index": index, date: date !== undefined } };
}

async function sameByBoth(request: string): Promise<unknown> {
  const library = await byLibrary();
  const short = new Talk();
  const answers: unknown[] = [];
  // Once before both, so that they find the same state.
  const before = new Talk();
  before.send(request);
  await before.next();
  before.destroy();
  for (const talk of [short, library]) {
    talk.send(request);
    answers.push(comparable(await talk.next()));
    talk.destroy();
  }
  expect(answers[0]).toEqual(answers[1]);
  return answers[0];
}

describe("the same answer by both ways", () => {
  test.each([
    ["a key that is there", get("k"), 200],
    ["one that is not", get("absent"), 404],
    ["a stale read in base64", get("k?consistency=stale&encoding=base64"), 200],
    ["a query that nobody knows", get("k?nonsense=1"), 400],
    ["a query twice", get("k?encoding=utf8&encoding=utf8"), 400],
    ["a bad escape", get("%ff"), 400],
    ["raw UTF-8", get("\xc3\xa4"), 400],
    ["a backslash", get("a\\b"), 400],
    ["two dots", get(".."), 404],
    ["a long key", get("x".repeat(1_025)), 400],
    ["a deadline that is none", get("k", "flotilla-deadline-ms: 0\r\n"), 400],
    ["a serial without a client", put("k", '{"value":"v"}', "flotilla-serial: 1\r\n"), 400],
    ["a guard that fails", put("k", '{"value":"v","ifVersion":77}'), 409],
    ["an unknown field", put("k", '{"value":"v","x":1}'), 400],
    ["a trap", put("k", '{"value":"v","__proto__":{}}'), 400],
    ["a value that is none", put("k", '{"value":7}'), 400],
    ["no value", put("k", "{}"), 400],
    ["no object", put("k", "[]"), 400],
    ["half a character", put("k", '{"value":"\\ud800"}'), 400],
    ["no JSON", put("k", '{"value":'), 400],
    ["bytes that are no text", put("k", "").replace("content-length: 0\r\n\r\n", 'content-length: 12\r\n\r\n{"value":"\xff"'), 400],
    ["a write with a body that ends early", `${put("k", '{"value":"v"}').replace("length: 13", "length: 3")}`, 400],
    ["a head that is no HTTP", get("k", "no header\r\n"), 400],
  ])("%s", async (_name, request, status) => {
    const filling = new Talk();
    filling.send(put("k", '{"value":"ä"}'));
    expect(await filling.next()).toMatchObject({ status: 200 });
    expect(await sameByBoth(request)).toMatchObject({ status });
  });

  test("whatever is sent", async () => {
    const piece = fc.constantFrom(
      "k",
      "a%20b",
      "%",
      "..",
      "a/b",
      "a;b",
      "?",
      "?encoding=base64",
      "?encoding=x",
      "&",
      "keyEncoding=base64url",
      "#",
      "\\",
      "\xc3\xa4",
    );
    const header = fc.constantFrom(
      ...[
        "flotilla-deadline-ms: 5",
        "flotilla-client: c",
        "flotilla-serial: 1",
        "authorization: Bearer x",
        "Host: b",
        "connection: keep-alive",
      ],
      ...[
        "connection: close",
        "a : b",
        "a:",
        "a: \xe4",
        "x-y: z ",
        "transfer-encoding: identity",
        "content-encoding: gzip",
        "te: trailers",
      ],
    );
    const body = fc.constantFrom(
      '{"value":"v"}',
      '{"value":"v","ttlMs":5}',
      '{"value":"v","encoding":"base64"}',
      '{"value":1}',
      "{}",
      "[",
      "null",
      '"\xe4"',
    );
    const request = fc.record({
      method: fc.constantFrom("GET", "PUT", "DELETE", "HEAD", "get"),
      path: fc.array(piece, { maxLength: 3 }).map((pieces) => pieces.join("")),
      headers: fc.array(header, { maxLength: 3 }).map((each) => each.map((line) => `${line}\r\n`).join("")),
      type: fc.constantFrom("application/json", "Application/JSON", "text/plain", "application/json; charset=utf-8"),
      body,
    });
    const text = request.map((each) => {
      const framing = each.method === "PUT" ? `content-type: ${each.type}\r\ncontent-length: ${each.body.length}\r\n` : "";
      return `${each.method} /v1/kv/${each.path} HTTP/1.1\r\nhost: a\r\n${each.headers}${framing}\r\n${each.method === "PUT" ? each.body : ""}`;
    });
    // The answer to a HEAD has no body, though it tells its length.
    const answered = text.filter((each) => !each.startsWith("HEAD"));
    await fc.assert(
      fc.asyncProperty(answered, async (each) => void (await sameByBoth(each))),
      { numRuns: REQUESTS },
    );
  }, 60_000);
});

describe("a connection", () => {
  test("requests that were sent together are answered in their order, by whichever way", async () => {
    const talk = new Talk();
    talk.send(put("a", '{"value":"1"}') + get("a") + get("b") + NOT_PLAIN + get("a") + put("a", '{"value":"2"}') + get("b"));
    const answers = [];
    for (let i = 0; i < 7; i++) answers.push(await talk.next());
    expect(answers.map((answer) => answer?.status)).toEqual([200, 200, 404, 200, 200, 200, 404]);
    expect(JSON.parse(answers[1]?.body ?? "")).toMatchObject({ value: "1" });
  });

  test("a thousand at once", async () => {
    const talk = new Talk();
    talk.send(put("a", JSON.stringify({ value: "x".repeat(5_000) })) + get("a").repeat(1_000));
    for (let i = 0; i <= 1_000; i++) expect(await talk.next()).toMatchObject({ status: 200 });
  });

  test("a request in pieces is answered", async () => {
    const talk = new Talk();
    const text = put("a", '{"value":"1"}');
    for (const at of [0, 10, 60, text.length - 3]) {
      const next = { 0: 10, 10: 60, 60: text.length - 3 }[at] ?? text.length;
      talk.send(text.slice(at, next));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(await talk.next()).toMatchObject({ status: 200 });
  });

  test("one that is counted is counted once, by its route", async () => {
    const talk = new Talk();
    talk.send(get("absent"));
    await talk.next();
    expect(door.counted).toEqual(["get refused"]);
    const line = /flotilla_http_requests_total\{.*route="\/v1\/kv\/:key",method="GET",code="404".*\} 1/;
    const text = await door.metrics.text();
    expect(text).toMatch(line);
    expect(text).toMatch(/flotilla_http_requests_under_way 0/);
  });

  test("what is unknown is told so", async () => {
    const talk = new Talk();
    door.instead.push(unknown("deadline"));
    talk.send(put("a", '{"value":"1"}'));
    expect(await talk.next()).toMatchObject({ status: 503, headers: { "retry-after": "1" } });
  });

  test("what is under way when it ends is abandoned, and unknown", async () => {
    const talk = new Talk();
    door.isSilent = true;
    talk.send(put("a", '{"value":"1"}') + put("b", '{"value":"1"}'));
    await eventually("both requests", () => door.asked.length === 2);
    talk.destroy();
    await eventually("they are abandoned", () => door.abandoned.length === 2);
    await eventually("they are counted", () => door.counted.length === 2);
    expect(door.abandoned).toEqual([1, 2]);
    expect(door.counted).toEqual(["put unknown", "put unknown"]);
    expect(await door.metrics.text()).toMatch(/flotilla_http_requests_under_way 0/);
  });

  test("an end in good order closes it", async () => {
    const talk = new Talk();
    talk.send(get("absent"));
    await talk.next();
    await closeHttp(door.app, AbortSignal.timeout(5_000));
    await eventually("its end", () => talk.isClosed);
  });
});
