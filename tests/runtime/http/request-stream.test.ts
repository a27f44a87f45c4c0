import type { AddressInfo } from "node:net";
import type { Server } from "node:http";
import { createServer } from "node:http";
import { RequestStream as Asking } from "../../../runtime/http/asking-stream.ts";
import { asIndex, asTerm } from "../../../core/base/ids.ts";
import { textOf, utf8 } from "../../../core/base/bytes.ts";
import { QUERY_BYTES_MAX } from "../../../core/kv/limits.ts";
import type { RequestStreamOptions } from "../../../runtime/http/request-stream.ts";
import { RequestStream } from "../../../runtime/http/request-stream.ts";
import type { StreamAnswer, StreamRequest } from "../../../runtime/http/stream-messages.ts";
import { eventually } from "../manual-clock.ts";

let server: Server | null = null;
let taking: RequestStream | null = null;
const asking: Asking[] = [];

afterEach(() => {
  for (const each of asking.splice(0)) each.close();
  server?.closeAllConnections();
  server?.close();
});

async function connect(options: Partial<RequestStreamOptions> & Pick<RequestStreamOptions, "handle">): Promise<Asking> {
  const serving = createServer((request, response) => {
    taking = new RequestStream(request, response, { onAbandoned: () => undefined, requestsMax: 100, ...options });
  });
  server = serving;
  await new Promise<void>((resolve) => serving.listen(0, "127.0.0.1", resolve));
  const stream = new Asking(`http://127.0.0.1:${(serving.address() as AddressInfo).port}`);
  asking.push(stream);
  return stream;
}

const write = (text: string): Omit<StreamRequest, "id"> => ({ kind: "write", deadlineMs: 1_000, session: null, body: utf8(text) });

const answerOf = (id: number, body: Uint8Array): StreamAnswer => ({ kind: "done", id, term: asTerm(3), index: asIndex(id), body });

function answerTo({ id, body }: StreamRequest): StreamAnswer {
  const text = textOf(body);
  if (text === "refuse") return { kind: "refused", id, refusal: { code: "notLeader", message: "elsewhere" }, leader: "http://there" };
  if (text === "lose") return { kind: "unknown", id, after: "leadershipLost" };
  return answerOf(id, utf8(`${text}!`));
}

test("every request gets its own answer, in whatever order they end", async () => {
  const stream = await connect({
    handle: (request, answer) => setTimeout(() => answer(answerTo(request)), Number(textOf(request.body)) % 7),
  });
  const outcomes = await Promise.all(Array.from({ length: 500 }, (_, i) => stream.ask(write(String(i)))));
  expect(outcomes.map((outcome) => (outcome.kind === "done" ? textOf(outcome.value.body) : outcome.kind))).toEqual(
    Array.from({ length: 500 }, (_, i) => `${i}!`),
  );
});

test("refusals name the leader, and unknown stays unknown", async () => {
  const stream = await connect({ handle: (request, answer) => answer(answerTo(request)) });
  expect(await stream.ask(write("refuse"))).toMatchObject({ kind: "refused", refusal: { code: "notLeader" } });
  expect(stream.leader).toBe("http://there");
  expect(await stream.ask(write("lose"))).toEqual({ kind: "unknown", after: "leadershipLost" });
});

test("takes no more at once than it may", async () => {
  const waiting: (() => void)[] = [];
  const stream = await connect({ requestsMax: 10, handle: (request, answer) => void waiting.push(() => answer(answerTo(request))) });
  const outcomes = Promise.all(Array.from({ length: 35 }, (_, i) => stream.ask(write(String(i)))));
  await eventually("ten are begun", () => waiting.length === 10);
  for (let answered = 0; answered < 35; answered++) {
    await eventually("another is begun", () => waiting.length > answered);
    expect(waiting.length - answered).toBeLessThanOrEqual(10);
    waiting[answered]?.();
  }
  expect((await outcomes).every(({ kind }) => kind === "done")).toBe(true);
});

test("what was under way when the connection ends is unknown to the one, and abandoned for the other", async () => {
  const abandoned: number[] = [];
  let begun = 0;
  const stream = await connect({ handle: () => void begun++, onAbandoned: ({ id }) => void abandoned.push(id) });
  const outcome = stream.ask(write("never"));
  await eventually("it is begun", () => begun === 1);
  stream.close();
  expect(await outcome).toEqual({ kind: "unknown", after: "connectionLost" });
  await eventually("it is abandoned", () => abandoned.length === 1);
  expect(await stream.ask(write("late"))).toMatchObject({ kind: "refused" });
});

test("what the other side had not taken when it ended in good order was not done, and what it had is answered", async () => {
  const waiting: (() => void)[] = [];
  const stream = await connect({ handle: (request, answer) => void waiting.push(() => answer(answerTo(request))) });
  const taken = stream.ask(write("taken"));
  await eventually("it is begun", () => waiting.length === 1);
  taking?.finish();
  const late = stream.ask(write("late"));
  await new Promise((resolve) => setTimeout(resolve, 20));
  waiting[0]?.();
  expect((await taken).kind).toBe("done");
  expect(await late).toMatchObject({ kind: "refused" });
  expect(waiting).toHaveLength(1);
});

test("what has not left this process when the stream ends was not done", async () => {
  const stream = await connect({ handle: (request, answer) => answer(answerTo(request)) });
  await stream.ask(write("first"));
  const unsent = stream.ask(write("second"));
  stream.close();
  expect(await unsent).toMatchObject({ kind: "refused" });
});

test("whoever refuses the stream has taken nothing of it", async () => {
  const refusing = createServer((_request, response) => response.writeHead(429).end("{}"));
  server = refusing;
  await new Promise<void>((resolve) => refusing.listen(0, "127.0.0.1", resolve));
  const stream = new Asking(`http://127.0.0.1:${(refusing.address() as AddressInfo).port}`);
  asking.push(stream);
  expect(await stream.ask(write("a"))).toMatchObject({ kind: "refused", refusal: { code: "starting" } });
  expect(stream.isEnded).toBe(true);
});

test("callers that vanish at any moment harm nobody", async () => {
  const handle: RequestStreamOptions["handle"] = (request, answer) => void setTimeout(() => answer(answerTo(request)), request.id % 5);
  await connect({ handle });
  const { port } = server?.address() as AddressInfo;
  for (let i = 0; i < 60; i++) {
    const stream = new Asking(`http://127.0.0.1:${port}`);
    // Before it has reached the other end it is refused: nothing was sent.
    await stream.ask(write("first"));
    const outcomes = Promise.all(Array.from({ length: 50 }, (_, n) => stream.ask(write(`${n} ${"x".repeat(2_000)}`))));
    setTimeout(() => stream.close(), i % 12);
    expect((await outcomes).every(({ kind }) => kind !== "refused")).toBe(true);
  }
  const after = new Asking(`http://127.0.0.1:${port}`);
  asking.push(after);
  expect((await after.ask(write("still there"))).kind).toBe("done");
});

test("nonsense ends the stream", async () => {
  await connect({ handle: (request, answer) => answer(answerTo(request)) });
  const { port } = server?.address() as AddressInfo;
  for (const nonsense of ['{"bytes":0,"requests":[[1]]}\n', '{"bytes":0,"requests":[[1,"write",1,5]]}\n', "what?\n"]) {
    const response = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: nonsense });
    expect(await response.text()).toContain("broken");
  }
});

test("after answers that make no sense nobody waits any longer: which requests they were for is not known", async () => {
  const stream = await connect({
    handle: ({ id }, answer) => answer({ kind: "refused", id, refusal: { code: "madeUp" as "internal", message: "" }, leader: null }),
  });
  expect(await stream.ask(write("a"))).toEqual({ kind: "unknown", after: "connectionLost" });
  expect(stream.isEnded).toBe(true);
});

test("whoever says nothing until a deadline has passed is not waited for: what was sent there is unknown", async () => {
  const stream = await connect({ handle: () => undefined });
  expect(await stream.ask({ ...write("never"), deadlineMs: 10 })).toEqual({ kind: "unknown", after: "connectionLost" });
  expect(stream.isEnded).toBe(true);
});

test("one request that is forgotten ends no other of a stream that goes on", async () => {
  const stream = await connect({ handle: (request, answer) => void (textOf(request.body) === "forget" || answer(answerTo(request))) });
  const forgotten = stream.ask({ ...write("forget"), deadlineMs: 10 });
  expect((await stream.ask(write("a"))).kind).toBe("done");
  expect(await forgotten).toEqual({ kind: "unknown", after: "deadline" });
  expect((await stream.ask(write("b"))).kind).toBe("done");
});

const MEGABYTE = 1_048_576;
const large = (bytes: number): Omit<StreamRequest, "id"> => ({ ...write(""), deadlineMs: 20_000, body: new Uint8Array(bytes).fill(120) });

test("requests that together are larger than a frame may be go in several", async () => {
  const stream = await connect({ handle: ({ id, body }, answer) => answer(answerOf(id, Uint8Array.of(body.length % 251))) });
  const outcomes = await Promise.all(Array.from({ length: 24 }, (_, i) => stream.ask(large(MEGABYTE + i))));
  expect(outcomes.map((outcome) => (outcome.kind === "done" ? outcome.value.body[0] : outcome.kind))).toEqual(
    Array.from({ length: 24 }, (_, i) => (MEGABYTE + i) % 251),
  );
});

test("answers of one turn that together are larger than a frame may be go in several", async () => {
  const waiting: (() => void)[] = [];
  const stream = await connect({ handle: ({ id }, answer) => void waiting.push(() => answer(answerOf(id, new Uint8Array(MEGABYTE)))) });
  const outcomes = Promise.all(Array.from({ length: 24 }, () => stream.ask(write("large"))));
  await eventually("all are begun", () => waiting.length === 24);
  for (const answer of waiting) answer();
  expect((await outcomes).map((outcome) => (outcome.kind === "done" ? outcome.value.body.length : outcome))).toEqual(
    Array.from({ length: 24 }, () => MEGABYTE),
  );
});

test("the largest answer that there is arrives", async () => {
  const bytes = QUERY_BYTES_MAX + 100_000;
  const stream = await connect({ handle: ({ id }, answer) => answer(answerOf(id, new Uint8Array(bytes))) });
  const outcome = await stream.ask(write("all"));
  expect(outcome.kind === "done" ? outcome.value.body.length : outcome).toBe(bytes);
});

test("thousands that are refused in one turn are told so", async () => {
  const waiting: (() => void)[] = [];
  const refusal = { code: "notLeader", message: "\u00e4".repeat(300) } as const;
  const stream = await connect({
    requestsMax: 5_000,
    handle: ({ id }, answer) => void waiting.push(() => answer({ kind: "refused", id, refusal, leader: "http://there" })),
  });
  const outcomes = Promise.all(Array.from({ length: 4_000 }, () => stream.ask({ ...write("a"), deadlineMs: 20_000 })));
  await eventually("all are begun", () => waiting.length === 4_000);
  for (const answer of waiting) answer();
  expect(new Set((await outcomes).map(({ kind }) => kind))).toEqual(new Set(["refused"]));
});

test("what no frame has room for is refused, and harms nobody else", async () => {
  const waiting: (() => void)[] = [];
  const stream = await connect({ handle: (request, answer) => void waiting.push(() => answer(answerTo(request))) });
  const other = stream.ask({ ...write("other"), deadlineMs: 20_000 });
  expect(await stream.ask(large(9 * MEGABYTE))).toMatchObject({ refusal: { code: "tooLarge" } });
  const session = { client: "x".repeat(600_000), serial: 1, acked: 0 };
  expect(await stream.ask({ ...write("a"), session })).toMatchObject({ refusal: { code: "badRequest" } });
  await eventually("it is begun", () => waiting.length === 1);
  waiting[0]?.();
  expect((await other).kind).toBe("done");
});
