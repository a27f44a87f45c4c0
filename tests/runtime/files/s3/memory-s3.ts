// An S3 server in memory, as far as outputs need it to clean up and to show what is whole. Something can happen behind each answer.
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { S3Client } from "../../../../runtime/files/s3/s3-client.ts";

type Stored = { readonly text: string; readonly etag: string };

export class MemoryS3 {
  readonly #server: Server;
  readonly #objects = new Map<string, Stored>();
  /** Older servers don't look at `If-Match` when they remove something. */
  knowsConditions = true;
  /** What was asked, such as `DELETE out/part-00000`. */
  readonly asked: string[] = [];
  behind: (asked: string) => void = () => undefined;

  private constructor() {
    this.#server = createServer((request, response) => void this.#take(request, response));
  }

  static async started(): Promise<MemoryS3> {
    const s3 = new MemoryS3();
    await new Promise<void>((resolve) => void s3.#server.listen(0, "127.0.0.1", resolve));
    return s3;
  }

  client(): S3Client {
    const { port } = this.#server.address() as AddressInfo;
    const credentials = { accessKey: "a", secretKey: "s", sessionToken: null };
    return new S3Client({ endpoint: `http://127.0.0.1:${String(port)}`, region: "r", credentials });
  }

  put(key: string, text: string): void {
    this.#objects.set(key, { text, etag: `"${Buffer.from(text).toString("hex")}"` });
  }

  removeAll(): void {
    this.#objects.clear();
  }

  keys(): readonly string[] {
    return [...this.#objects.keys()].sort();
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => void this.#server.close(resolve));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://s3");
    const key = pathname.split("/").slice(2).join("/");
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const asked = `${request.method ?? ""} ${key}`;
    this.asked.push(asked);
    if (key === "") response.end(this.#listed(searchParams));
    else this.#answer({ key, ifMatch: request.headers["if-match"], body: Buffer.concat(pieces).toString() }, request.method, response);
    this.behind(asked);
  }

  #listed(query: URLSearchParams): string {
    if (query.has("uploads")) return "<R><IsTruncated>false</IsTruncated></R>";
    const found = [...this.#objects].filter(([key]) => key.startsWith(query.get("prefix") ?? ""));
    const contents = found.map(
      ([key, { text, etag }]) => `<Contents><Key>${key}</Key><Size>${String(text.length)}</Size><ETag>${etag}</ETag></Contents>`,
    );
    return `<R><IsTruncated>false</IsTruncated>${contents.join("")}</R>`;
  }

  #answer(
    { key, ifMatch, body }: { readonly key: string; readonly ifMatch: string | undefined; readonly body: string },
    method: string | undefined,
    response: ServerResponse,
  ): void {
    const there = this.#objects.get(key);
    if (method === "PUT") this.put(key, body);
    else if (method === "DELETE") {
      const isOther = this.knowsConditions && ifMatch !== undefined && there?.etag !== ifMatch;
      response.statusCode = isOther ? 412 : 204;
      if (!isOther) this.#objects.delete(key);
    } else if (there === undefined) response.statusCode = 404;
    else response.setHeader("etag", there.etag).write(method === "HEAD" ? "" : there.text);
    response.end();
  }
}
