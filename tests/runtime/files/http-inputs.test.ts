import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { HttpInputs } from "../../../runtime/files/http-inputs.ts";

const TEXT = "one\ntwo\nthree\n";
let server: Server;
let origin = "";
let etag = '"1"';

beforeAll((done) => {
  server = createServer((request, reply) => {
    if (request.url !== "/text") {
      reply.writeHead(request.url === "/moved" ? 302 : 404, { location: "http://169.254.169.254/" }).end();
      return;
    }
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const body = TEXT.slice(from);
    reply.writeHead(from > 0 ? 206 : 200, { etag, "accept-ranges": "bytes", "content-length": body.length }).end(body);
  }).listen(0, "127.0.0.1", () => {
    origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    done();
  });
});
afterAll((done) => {
  server.closeAllConnections();
  server.close(done);
});

async function read(inputs: HttpInputs, from: number): Promise<string> {
  const [file] = await inputs.list(`${origin}/text`);
  if (file === undefined) throw new Error("it is not there");
  etag = etag === '"2 soon"' ? '"2"' : etag;
  const pieces: Buffer[] = [];
  for await (const piece of inputs.read({ ...file, offset: from, fileLength: file.length }, from)) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces).toString();
}

test("a file is listed with its length, and read from anywhere", async () => {
  const inputs = new HttpInputs(["127.0.0.1"]);
  expect(await inputs.list(`${origin}/text`)).toMatchObject([{ length: TEXT.length, splittable: true, compression: "none", etag: '"1"' }]);
  expect(await read(inputs, 0)).toBe(TEXT);
  expect(await read(inputs, 4)).toBe("two\nthree\n");
});

test("what was changed after it was listed is not read", async () => {
  etag = '"2 soon"';
  await expect(read(new HttpInputs(["127.0.0.1"]), 0)).rejects.toMatchObject({ reason: "inputChanged" });
  etag = '"1"';
});

test.each([
  { name: "a host that nobody allowed", allowed: [], path: "/text", reason: "badUrl" },
  { name: "another port", allowed: ["127.0.0.1:1"], path: "/text", reason: "badUrl" },
  { name: "what is not there", allowed: ["127.0.0.1"], path: "/none", reason: "missingInput" },
  { name: "a redirect, wherever it leads", allowed: ["127.0.0.1"], path: "/moved", reason: "badInput" },
])("refused: $name", async ({ allowed, path, reason }) => {
  await expect(new HttpInputs(allowed).list(`${origin}${path}`)).rejects.toMatchObject({ reason });
});

test.each(["http://169.254.169.254/latest", "http://[fe80::1]/", "http://[::ffff:169.254.169.254]/", "http://2852039166/"])(
  "link-local is never read, allowed or not: %s",
  async (url) => {
    const { host, hostname } = new URL(url);
    await expect(new HttpInputs([host, hostname]).list(url)).rejects.toMatchObject({
      reason: "badUrl",
      message: expect.stringContaining("link-local") as string,
    });
  },
);

test("a host that does not answer may do so later", async () => {
  await expect(new HttpInputs(["127.0.0.1"]).list("http://127.0.0.1:1/")).rejects.toMatchObject({ reason: "unreachable" });
});

test("a file of a server that gives no mark is another one when it has another length", async () => {
  const inputs = new HttpInputs(["127.0.0.1"]);
  const [file] = await inputs.list(`${origin}/text`);
  if (file === undefined) throw new Error("it is not there");
  const pieces = inputs.read({ ...file, etag: null, offset: 0, fileLength: file.length + 1 }, 0)[Symbol.asyncIterator]();
  await expect(pieces.next()).rejects.toMatchObject({ reason: "inputChanged" });
});
