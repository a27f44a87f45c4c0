import * as fc from "fast-check";
import type { Socket } from "node:net";
import { connect } from "node:net";
import { asBoot, asCluster, asGroup, asMember, asTerm } from "../../../core/base/ids.ts";
import type { PeerMessage } from "../../../core/replica/peer-message.ts";
import type { PeerIdentity } from "../../../runtime/peers/handshake.ts";
import { handshakeHeaders } from "../../../runtime/peers/handshake.ts";
import { encodeMessage, HEADER_BYTES_MAX } from "../../../runtime/peers/message-codec.ts";
import { PeerAsker } from "../../../runtime/peers/peer-asker.ts";
import { PeerNames } from "../../../runtime/peers/peer-names.ts";
import { eventually, sleep } from "../manual-clock.ts";
import { rawServer, TestPeer } from "./peer-fixture.ts";
import { inEnvelope } from "./sample-messages.ts";

let peer: TestPeer;
let healthy: TestPeer;
const sockets: Socket[] = [];

beforeEach(async () => {
  peer = await TestPeer.listening(0);
  healthy = await TestPeer.listening(1);
  healthy.connectTo(peer);
  await eventually("the healthy stream", () => healthy.peers.isConnected(peer.member));
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await healthy.close();
  await peer.close();
});

/** Whatever happened, the healthy member is still heard. */
async function stillServes(): Promise<void> {
  const context = Math.floor(Math.random() * 1e9);
  healthy.send(peer.member, context);
  await eventually("a message of the healthy member", () => peer.contexts.includes(context));
}

type Talk = { readonly socket: Socket; readonly heard: () => string; readonly isOver: () => boolean };

function talk(bytes: Uint8Array | string): Talk {
  const socket = connect(peer.port, "127.0.0.1");
  sockets.push(socket);
  let heard = "";
  let isOver = false;
  socket.on("data", (data) => (heard += data.toString()));
  socket.on("error", () => undefined);
  socket.on("close", () => (isOver = true));
  socket.write(bytes);
  return { socket, heard: () => heard, isOver: () => isOver };
}

const CALLER: PeerIdentity = {
  cluster: asCluster("c"),
  group: asGroup("1"),
  member: asMember("member-2"),
  place: { ordinal: 2, address: "127.0.0.1:9" },
  boot: asBoot(1),
};
const HEADERS = Object.entries(handshakeHeaders(CALLER, asMember("member-0")))
  .map(([name, value]) => `${name}: ${value}`)
  .join("\r\n");
const BEGIN_STREAM = `POST /v1/peer-stream HTTP/1.1\r\nhost: x\r\n${HEADERS}\r\ntransfer-encoding: chunked\r\n\r\n`;

function readIndex(context: number): PeerMessage {
  const ends = { from: CALLER.member, to: peer.member };
  return inEnvelope({ kind: "raft", message: { ...ends, kind: "readIndex", term: asTerm(1), context } }, ends);
}

const piece = (bytes: Uint8Array): Buffer => Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);

test("nonsense instead of HTTP", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 500 }), async (bytes) => {
      talk(bytes).socket.end();
      await Promise.resolve();
    }),
    { numRuns: 50 },
  );
  await stillServes();
});

test("nonsense inside a stream ends that stream, with the reason", async () => {
  const { heard, isOver } = talk(Buffer.concat([Buffer.from(BEGIN_STREAM), piece(Buffer.from("+PING\r\n"))]));
  await eventually("the end", isOver);
  expect(heard()).toMatch(/^HTTP\/1.1 200/);
  expect(heard()).toMatch(/not the header of a message/);
  expect(peer.said("peerStreamEnded").join()).toMatch(/not the header of a message/);
  await stillServes();
});

test("a header line without end is cut off at its limit", async () => {
  const { socket, heard, isOver } = talk(BEGIN_STREAM);
  let sent = 0;
  while (!isOver() && sent < 50 * HEADER_BYTES_MAX) {
    socket.write(piece(Buffer.alloc(65_536, "x")));
    sent += 65_536;
    await sleep(1);
  }
  await eventually("the end", isOver);
  expect(heard()).toMatch(/^HTTP\/1.1 200/);
  expect(peer.said("peerStreamEnded").join()).toMatch(/tooLarge/);
  await stillServes();
});

test("a damaged message ends the stream; what came before it was heard", async () => {
  const good = encodeMessage(readIndex(41));
  const bad = Buffer.from(encodeMessage(readIndex(42)));
  bad.writeUInt8(bad.readUInt8(60) ^ 1, 60);
  const { isOver } = talk(Buffer.concat([Buffer.from(BEGIN_STREAM), piece(good), piece(bad), piece(good)]));
  await eventually("the end", isOver);
  expect(peer.contexts).toEqual([41]);
  await stillServes();
});

test.each([
  { name: "no headers at all", request: "POST /v1/peer-stream HTTP/1.1\r\nhost: x\r\n\r\n", status: 400, says: /peer protocol null/ },
  { name: "another protocol", request: BEGIN_STREAM.replace("protocol: 1", "protocol: 2"), status: 400, says: /this member speaks 1/ },
  {
    name: "another cluster",
    request: BEGIN_STREAM.replace("cluster: c", "cluster: d"),
    status: 400,
    says: /cluster d; this member belongs to cluster c/,
  },
  { name: "another group", request: BEGIN_STREAM.replace("group: 1", "group: 2"), status: 400, says: /group 2/ },
  { name: "its own name", request: BEGIN_STREAM.replace("member: member-2", "member: member-0"), status: 400, says: /this member itself/ },
  { name: "a bad escape", request: BEGIN_STREAM.replace("cluster: c", "cluster: %E0%A4%A"), status: 400, says: /must name cluster/ },
  { name: "an ordinal that is none", request: BEGIN_STREAM.replace("ordinal: 2", "ordinal: -1"), status: 400, says: /whole numbers/ },
  { name: "an address that is none", request: BEGIN_STREAM.replace("127.0.0.1%3A9", "nowhere"), status: 400, says: /host:port/ },
  {
    name: "another addressee",
    request: BEGIN_STREAM.replace("flotilla-to: member-0", "flotilla-to: member-9"),
    status: 400,
    says: /meant for member member-9; this is member member-0/,
  },
  {
    name: "an address that would break a header",
    request: BEGIN_STREAM.replace("127.0.0.1%3A9", "a%0D%0Ab%3A9"),
    status: 400,
    says: /host:port/,
  },
  {
    name: "a path that is none",
    request: "POST /v1/other HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n",
    status: 404,
    says: /notFound/,
  },
  { name: "another method", request: "GET /v1/peer-stream HTTP/1.1\r\nhost: x\r\n\r\n", status: 404, says: /only POST/ },
  {
    name: "a question that nobody answers",
    request: "POST /v1/peer/constructor HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n",
    status: 404,
    says: /nobody answers/,
  },
])("$name: $status", async ({ request, status, says }) => {
  const { heard } = talk(request);
  await eventually("an answer", () => heard().includes("}"));
  expect(heard()).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(heard()).toMatch(says);
  const { error } = JSON.parse(heard().split("\r\n\r\n")[1] ?? "") as { error: Record<string, unknown> };
  expect(error["outcome"]).toBe("refused");
  await stillServes();
});

test("who connects and says nothing, or says it slowly, is cut off", async () => {
  const silent = talk("");
  const slow = talk("POST /v1/peer-stream HTTP/1.1\r\n");
  await eventually("both ends", () => silent.isOver() && slow.isOver(), 9_000);
  await stillServes();
}, 15_000);

describe("questions", () => {
  const asker = new PeerAsker(new PeerNames());
  const ask = (body: unknown, question = "echo") => asker.ask({ address: `127.0.0.1:${peer.port}`, question, body, deadlineMs: 2_000 });
  afterAll(() => {
    asker.close();
  });

  test("are answered", async () => {
    expect(await ask({ kind: "ask", n: 1 })).toEqual({ kind: "done", value: { youSaid: { kind: "ask", n: 1 } } });
  });

  test("what the other side refuses is a refusal", async () => {
    expect(await ask({}, "nonsense")).toMatchObject({ kind: "refused", refusal: { code: "notFound" } });
    expect(await ask("x".repeat(300_000))).toMatchObject({ kind: "refused", refusal: { code: "tooLarge" } });
    await stillServes();
  });

  test("a body that is no JSON", async () => {
    const { heard } = talk("POST /v1/peer/echo HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\n{{{");
    await eventually("an answer", () => heard().includes("}"));
    expect(heard()).toMatch(/^HTTP\/1.1 400 .*the body is no JSON/s);
  });

  test("nobody there, or nobody who answers in time: unknown, because the question may have been heard", async () => {
    const mute = await rawServer(() => undefined);
    const at = (port: number) => ({ address: `127.0.0.1:${port}`, question: "echo", body: 1, deadlineMs: 200 });
    const startMs = performance.now();
    expect(await asker.ask(at(mute.port))).toEqual({ kind: "unknown", after: "deadline" });
    expect(performance.now() - startMs).toBeLessThan(1_000);
    await mute.close();
    expect(await asker.ask(at(mute.port))).toEqual({ kind: "unknown", after: "connectionLost" });
  });

  test("one who asks can give up", async () => {
    const mute = await rawServer(() => undefined);
    const giveUp = new AbortController();
    const asked = asker.ask({ address: `127.0.0.1:${mute.port}`, question: "echo", body: 1, deadlineMs: 10_000, signal: giveUp.signal });
    await sleep(20);
    giveUp.abort();
    expect((await asked).kind).toBe("unknown");
    await mute.close();
  });

  test("an address that is none, and a name that nobody knows", async () => {
    const asking = { question: "echo", body: 1, deadlineMs: 3_000 };
    expect(await asker.ask({ ...asking, address: "nowhere" })).toMatchObject({ kind: "refused", refusal: { code: "badRequest" } });
    const nobody = new PeerAsker(new PeerNames(() => Promise.reject(new Error("ENOTFOUND"))));
    expect(await nobody.ask({ ...asking, address: "nowhere.invalid:1" })).toMatchObject({ kind: "refused", refusal: { code: "notFound" } });
  });
});
