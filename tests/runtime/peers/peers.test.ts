import type { Socket } from "node:net";
import { connect } from "node:net";
import { asMember } from "../../../core/base/ids.ts";
import type { LinkLimits } from "../../../runtime/peers/peer-link.ts";
import { DEFAULT_LINK_LIMITS } from "../../../runtime/peers/peer-link.ts";
import { eventually, sleep } from "../manual-clock.ts";
import type { RawServer } from "./peer-fixture.ts";
import { freePort, rawServer, TestPeer } from "./peer-fixture.ts";
import { append, chunk, command, inEnvelope, SNAPSHOT } from "./sample-messages.ts";

const open: { close(): Promise<void> }[] = [];
const keep = <T extends { close(): Promise<void> }>(thing: T): T => {
  open.push(thing);
  return thing;
};
const listening = async (...args: Parameters<typeof TestPeer.listening>): Promise<TestPeer> => keep(await TestPeer.listening(...args));
const raw = async (...args: Parameters<typeof rawServer>): Promise<RawServer> => keep(await rawServer(...args));

afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const range = (from: number, to: number): readonly number[] => Array.from({ length: to - from }, (_, i) => from + i);

async function connected(a: TestPeer, b: TestPeer): Promise<void> {
  a.connectTo(b);
  b.connectTo(a);
  await eventually("both streams are open", () => a.peers.isConnected(b.member) && b.peers.isConnected(a.member));
}

describe("two members", () => {
  test("what one sends arrives at the other, once, in order, in both directions", async () => {
    const [a, b] = [await listening(0), await listening(1)];
    await connected(a, b);
    for (const i of range(0, 1_000)) a.send(b.member, i);
    for (const i of range(0, 500)) b.send(a.member, i);
    await eventually("all messages", () => b.received.length === 1_000 && a.received.length === 500);
    expect(b.contexts).toEqual(range(0, 1_000));
    expect(a.contexts).toEqual(range(0, 500));
    expect(a.counters.total("sent")).toBe(1_000);
    expect(b.counters.total("received")).toBe(1_000);
  });

  test("large bodies arrive as they were", async () => {
    const [a, b] = [await listening(0), await listening(1)];
    await connected(a, b);
    const piece = new Uint8Array(262_144).map((_, i) => i * 7);
    const ends = { from: a.member, to: b.member };
    const large = chunk(piece, { ...SNAPSHOT, sizeBytes: piece.length });
    const body = { ...large.body, message: { ...(large.body as { message: object }).message, ...ends } } as typeof large.body;
    for (let i = 0; i < 20; i++) a.peers.send(inEnvelope(body, ends));
    await eventually("twenty pieces", () => b.received.length === 20);
    for (const { body: arrived } of b.received) {
      const bytes = arrived.kind === "raft" && arrived.message.kind === "snapshotChunk" ? arrived.message.bytes : new Uint8Array(0);
      expect(Buffer.compare(bytes, piece)).toBe(0);
    }
  });

  test("a peer that was killed and comes back is found again quickly, and the rest of the time nothing piles up", async () => {
    const [a, b] = [await listening(0), await listening(1)];
    await connected(a, b);
    await b.close();
    await eventually("the loss is noticed", () => !a.peers.isConnected(b.member));
    for (const i of range(0, 10_000)) a.send(b.member, i);
    expect(a.peers.waitingBytes).toBeLessThan(DEFAULT_LINK_LIMITS.closed.messagesMax * 1_000);
    const again = await listening(1, { port: b.port });
    const startMs = performance.now();
    await eventually("connected again", () => a.peers.isConnected(b.member));
    expect(performance.now() - startMs).toBeLessThan(1_500);
    await eventually("the newest arrive", () => again.contexts.includes(9_999));
    expect(again.contexts).toEqual(range(10_000 - again.contexts.length, 10_000));
    expect(again.contexts.length).toBeLessThanOrEqual(DEFAULT_LINK_LIMITS.closed.messagesMax);
  });

  test("one who calls is called at once, however long the next attempt was still to wait", async () => {
    const LONGEST_PAUSE_MS = 400;
    const a = await listening(0, { fraction: () => 1 - Number.EPSILON });
    const port = await freePort();
    const b = keep(new TestPeer(1, port));
    a.connectTo(b);
    // What waited for an attempt is dropped when that fails: after six the pauses are as long as they become.
    for (const failed of range(0, 6)) {
      a.send(b.member, failed);
      await eventually("an attempt has failed", () => a.counters.total("dropped") > failed);
    }
    const failedMs = performance.now();
    await b.server.listen({ host: "127.0.0.1", port });
    b.connectTo(a);
    await eventually("the stream to who called", () => a.peers.isConnected(b.member));
    expect(performance.now() - failedMs).toBeLessThan(LONGEST_PAUSE_MS);
  });

  test("a member that moved to another address is followed", async () => {
    const [a, b, moved] = [await listening(0), await listening(1), await listening(1)];
    await connected(a, b);
    a.connectTo(moved);
    await eventually("the stream to the new address", () => a.peers.isConnected(moved.member));
    a.send(moved.member, 7);
    await eventually("the message", () => moved.contexts.includes(7));
    expect(b.contexts).toEqual([]);
  });

  test("F32: a copy of a member's disk that runs elsewhere is not heard while the member is connected; where that has moved, it is", async () => {
    const [a, b, copy] = [await listening(0), await listening(1), await listening(1)];
    await connected(a, b);
    copy.connectTo(a);
    await eventually("the refusal", () => a.said("peerRefused").length > 0);
    expect(a.said("peerRefused")[0]).toBe(
      `member member-1 is connected from ${b.identity.place.address}, and not at ${copy.identity.place.address}`,
    );
    copy.send(a.member, 666);
    b.send(a.member, 1);
    await eventually("the member's message", () => a.contexts.includes(1));
    expect(a.contexts).toEqual([1]);
    await b.close();
    await eventually("the stream of the one that moved", () => copy.peers.isConnected(a.member));
  });

  test("one who called is answered, although no membership names it", async () => {
    const [a, b] = [await listening(0), await listening(1)];
    a.connectTo(b);
    a.send(b.member, 1);
    await eventually("the call", () => b.contexts.includes(1));
    b.send(a.member, 2);
    await eventually("the answer", () => a.contexts.includes(2));
  });

  test("one who calls while this member ends is not called back", async () => {
    const [a, b] = [await listening(0), await listening(1)];
    b.peers.close();
    a.connectTo(b);
    await eventually("the call", () => a.peers.isConnected(b.member));
    await sleep(100);
    b.peers.setMembers({ [a.member]: a.identity.place });
    expect(b.peers.isConnected(a.member)).toBe(false);
    b.send(a.member, 1);
    expect(b.counters.total("unroutable")).toBe(1);
  });

  test("a message to nobody known is counted and forgotten", async () => {
    const a = await listening(0);
    a.send("nobody", 1);
    expect(a.counters.total("unroutable")).toBe(1);
  });

  test("messages beyond what the mailbox holds are counted, and the stream goes on", async () => {
    const [a, b] = [await listening(0), await listening(1)];
    await connected(a, b);
    b.hasRoom = false;
    a.send(b.member, 1);
    await eventually("the count", () => b.counters.total("overloaded") === 1);
    b.hasRoom = true;
    a.send(b.member, 2);
    await eventually("the next message", () => b.contexts.includes(2));
  });
});

describe("one peer's trouble", () => {
  const LIMITS: LinkLimits = { open: { messagesMax: 100, bytesMax: 1_000_000 }, closed: { messagesMax: 10, bytesMax: 100_000 } };

  /** Round trips between two healthy members while the first also talks to a sick one. */
  async function slowestRoundTripMs(a: TestPeer, b: TestPeer, sick: { readonly member: string }): Promise<number> {
    let slowest = 0;
    b.onMessage = (message) => {
      if (message.body.kind === "raft" && message.body.message.kind === "readIndex") b.send(a.member, message.body.message.context);
    };
    const entries = range(11, 75).map((index) => command(index, new Uint8Array(4_000)));
    const bulk = append(entries).body;
    for (const i of range(0, 100)) {
      const ends = { from: a.member, to: asMember(sick.member) };
      const body = { ...bulk, message: { ...(bulk as { message: object }).message, ...ends } } as typeof bulk;
      a.peers.send(inEnvelope(body, ends));
      const startMs = performance.now();
      a.send(b.member, i);
      await eventually("the answer", () => a.contexts.includes(i));
      slowest = Math.max(slowest, performance.now() - startMs);
      expect(a.peers.waitingBytes).toBeLessThanOrEqual(LIMITS.open.bytesMax + LIMITS.closed.bytesMax);
    }
    return slowest;
  }

  test.each([
    { name: "accepts and never reads", onSocket: () => undefined },
    {
      name: "answers the handshake and then never reads",
      onSocket: (socket: Socket) => void socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"),
    },
    { name: "closes at once", onSocket: (socket: Socket) => void socket.destroy() },
    {
      name: "talks nonsense",
      onSocket: (socket: Socket) => void socket.write("+PONG\r\n".repeat(100)),
    },
  ])("one that $name slows nobody and fills no memory", async ({ onSocket }) => {
    const [a, b] = [await listening(0, { limits: LIMITS }), await listening(1)];
    const sick = { member: "sick", ordinal: 2, port: (await raw(onSocket)).port };
    a.connectTo(b, sick);
    b.connectTo(a);
    await eventually("the healthy stream", () => a.peers.isConnected(b.member) && b.peers.isConnected(a.member));
    const before = process.memoryUsage();
    expect(await slowestRoundTripMs(a, b, sick)).toBeLessThan(250);
    const after = process.memoryUsage();
    expect(after.arrayBuffers + after.external - before.arrayBuffers - before.external).toBeLessThan(20_000_000);
    expect(a.counters.total("dropped")).toBeGreaterThan(0);
  });

  test("a host where nobody listens, or nobody answers for the name", async () => {
    const [a, b] = [await listening(0), await listening(1)];
    const port = await freePort();
    a.peers.setMembers({
      [b.member]: b.identity.place,
      "member-2": { ordinal: 2, address: `127.0.0.1:${port}` },
      "member-3": { ordinal: 3, address: "member-3.invalid:7401" },
      "member-4": { ordinal: 4, address: "no address" },
    });
    await eventually("the healthy stream", () => a.peers.isConnected(b.member));
    await eventually("three unreachable peers", () => a.said("peerUnreachable").length >= 3);
    await sleep(300);
    // Attempts are many, lines are few.
    expect(a.said("peerUnreachable").length).toBeLessThanOrEqual(4);
  });

  test("a peer behind a wire that swallows everything is given up, and taken back when the wire is whole again", async () => {
    const [a, b] = [await listening(0), await listening(1)];
    let swallows = false;
    const wire = await raw((socket) => {
      const onward = connect(b.port, "127.0.0.1");
      onward.on("error", () => undefined);
      socket.on("close", () => onward.destroy());
      socket.on("data", (data) => swallows || onward.write(data));
      onward.on("data", (data) => swallows || socket.write(data));
      socket.resume();
    });
    a.connectTo({ member: b.member, ordinal: 1, port: wire.port });
    await eventually("the stream", () => a.peers.isConnected(b.member));
    swallows = true;
    await eventually("it is given up", () => !a.peers.isConnected(b.member), 8_000);
    expect(a.said("peerUnreachable").join()).toMatch(/nothing was read/);
    swallows = false;
    await eventually("it is taken back", () => a.peers.isConnected(b.member));
    a.send(b.member, 1);
    await eventually("a message", () => b.contexts.includes(1));
  }, 20_000);
});

describe("who doesn't belong", () => {
  test("a member of another cluster is refused, and both sides say why", async () => {
    const [a, b] = [await listening(0), await listening(1, { cluster: "other" })];
    a.connectTo(b);
    await eventually("the refusal", () => a.said("peerRefusesUs").length > 0);
    expect(a.said("peerRefusesUs").join()).toMatch(/cluster c; this member belongs to cluster other/);
    expect(b.said("peerRefused").join()).toMatch(/cluster c/);
    a.send(b.member, 1);
    await sleep(100);
    expect(b.received).toEqual([]);
  });

  test("a process that belongs to no group yet takes no stream, and later does", async () => {
    const [a, b] = [await listening(0), await listening(1)];
    b.isBorn = false;
    a.connectTo(b);
    await eventually("the refusal", () => a.said("peerRefusesUs").length > 0);
    b.isBorn = true;
    await eventually("the stream", () => a.peers.isConnected(b.member));
  });

  test("a message in another one's name is skipped", async () => {
    const [a, b] = [await listening(0), await listening(1)];
    await connected(a, b);
    a.peers.send({ ...a.messageTo(b.member, 1), from: asMember("member-9"), body: { kind: "youAreRemoved" } });
    a.send(b.member, 2);
    await eventually("the next message", () => b.contexts.includes(2));
    expect(b.received).toHaveLength(1);
    expect(b.counters.total("skipped")).toBe(1);
  });

  test("a second stream of one member replaces the first", async () => {
    const [a, b] = [await listening(0), await listening(1)];
    await connected(a, b);
    const twin = keep(new TestPeer(0, a.port));
    twin.connectTo(b);
    await eventually("the first is told", () => a.said("peerUnreachable").join().includes("newer stream"));
  });
});

test("a member that was at a place before gets no stream in the name of the one that is there now", async () => {
  const [a, b] = [await listening(0), await listening(1)];
  a.connectTo(b, { member: "gone", port: b.port, ordinal: 1 }, { member: "gone-too", port: a.port, ordinal: 0 });
  await eventually("the one that is there is connected", () => a.peers.isConnected(b.member));
  await eventually("the one that was there is refused", () =>
    a.said("peerRefusesUs").some((reason) => reason.includes("meant for member gone")),
  );
  expect(a.peers.isConnected(asMember("gone"))).toBe(false);
  for (let context = 1; context <= 20; context++) {
    a.send(b.member, context);
    a.send("gone", 1_000 + context);
    await eventually(`message ${context}`, () => b.contexts.includes(context));
  }
  expect(b.contexts).toHaveLength(20);
  expect(b.said("peerStreamEnded")).toEqual([]);
});

test("a connection that is cut in the middle of a message ends that stream only", async () => {
  const [a, b] = [await listening(0), await listening(1)];
  await connected(a, b);
  const socket = connect(b.port, "127.0.0.1");
  const headers =
    "flotilla-protocol: 1\r\nflotilla-to: member-1\r\nflotilla-cluster: c\r\nflotilla-group: 1\r\nflotilla-member: m\r\nflotilla-ordinal: 3\r\nflotilla-boot: 1\r\nflotilla-address: 127.0.0.1:1";
  const body = `{"crc":"00000000"`;
  socket.write(`POST /v1/peer-stream HTTP/1.1\r\nhost: x\r\n${headers}\r\ncontent-length: 1000\r\n\r\n${body}`);
  await eventually("the handshake", () => b.peers.isConnected(asMember("m")) || b.said("peerUnreachable").length > 0);
  socket.destroy();
  await eventually("the end of the stream", () => b.said("peerStreamEnded").length > 0);
  a.send(b.member, 5);
  await eventually("a message of the other", () => b.contexts.includes(5));
});
