import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { done, unknown } from "../../../core/base/outcome.ts";
import { PeerAsker } from "../../../runtime/peers/peer-asker.ts";
import { PeerNames } from "../../../runtime/peers/peer-names.ts";

const PIECES = 8;
const PIECE_MS = 100;
const CONNECTIONS = 4;

const server = createServer((request, response) => ANSWERS[request.url?.split("/").at(-1) ?? ""]?.(request, response));
const asker = new PeerAsker(new PeerNames());
let address = "";
let unanswered = 0;

/** One answer in pieces that come one after the other; one that never comes; one at once. */
const ANSWERS: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => void>> = {
  slow: (_request, response) => {
    response.write('"');
    let left = PIECES;
    const timer = setInterval(() => {
      response.write("x");
      if (--left > 0) return;
      clearInterval(timer);
      response.end('"');
    }, PIECE_MS);
  },
  never: () => void unanswered++,
  quick: (_request, response) => response.end('"quick"'),
};

beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  address = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
});

afterAll(() => {
  asker.close();
  server.closeAllConnections();
  server.close();
});

test("an answer that is coming has all of its time, and one of which nothing comes has not", async () => {
  const asking = { address, body: {}, deadlineMs: 20_000, silenceMs: 4 * PIECE_MS, answerBytesMax: 1_000 };
  expect(await asker.ask({ ...asking, question: "slow" })).toEqual(done("x".repeat(PIECES)));
  expect(await asker.ask({ ...asking, question: "never" })).toEqual(unknown("deadline"));
});

test("who waits for others to be answered is not taken for one who is not heard", async () => {
  const asking = { address, question: "slow", body: {}, deadlineMs: 20_000, silenceMs: 5 * PIECE_MS };
  // More than there are connections: the last ones are sent when the first have been answered, after longer than any silence may be.
  const answers = await Promise.all(Array.from({ length: 10 }, () => asker.ask(asking)));
  expect(answers).toEqual(new Array(10).fill(done("x".repeat(PIECES))));
});

test("who still waits for a connection is told at the deadline", async () => {
  const asking = { address, question: "never", body: {}, deadlineMs: 300 };
  const startMs = performance.now();
  await Promise.all(Array.from({ length: 10 }, () => asker.ask(asking)));
  expect(performance.now() - startMs).toBeLessThan(600);
});

test("what is small does not wait behind what is large", async () => {
  const end = new AbortController();
  const asking = { address, body: {}, deadlineMs: 20_000 };
  const large = Array.from({ length: 8 }, () => asker.ask({ ...asking, question: "never", answerBytesMax: 1_000, signal: end.signal }));
  expect(await asker.ask({ ...asking, question: "quick" })).toEqual(done("quick"));
  end.abort();
  expect(await Promise.all(large)).toEqual(new Array(8).fill(unknown("deadline")));
});

test("a close ends what waits for a connection, and sends none of it", async () => {
  const closing = new PeerAsker(new PeerNames());
  unanswered = 0;
  const asking = { address, question: "never", body: {}, deadlineMs: 20_000 };
  const answers = Array.from({ length: 3 * CONNECTIONS }, () => closing.ask(asking));
  while (unanswered < CONNECTIONS) await pause(5);
  closing.close();
  expect(await Promise.all(answers)).toEqual(new Array(3 * CONNECTIONS).fill(unknown("connectionLost")));
  await pause(200);
  expect(unanswered).toBe(CONNECTIONS);
});

test("a name server that says nothing keeps nobody beyond the deadline", async () => {
  const deaf = new PeerAsker(new PeerNames(() => new Promise(() => undefined)));
  const startMs = performance.now();
  expect(await deaf.ask({ address: "nobody.example:1", question: "quick", body: null, deadlineMs: 100 })).toEqual(unknown("deadline"));
  expect(performance.now() - startMs).toBeLessThan(1_000);
  deaf.close();
});
