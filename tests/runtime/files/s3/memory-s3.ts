// An S3 server in memory, as far as outputs need it: objects, and uploads in parts. Something can happen behind each answer.
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { S3Client } from "../../../../runtime/files/s3/s3-client.ts";

type Stored = { readonly text: string; readonly etag: string };
type Upload = { readonly key: string; readonly parts: Map<string, string> };
type Ask = { readonly key: string; readonly query: URLSearchParams; readonly headers: IncomingMessage["headers"]; readonly body: string };

export class MemoryS3 {
  readonly #server: Server;
  readonly #objects = new Map<string, Stored>();
  readonly #uploads = new Map<string, Upload>();
  #nextUpload = 1;
  /** Older servers don't look at `If-Match`. */
  knowsConditions = true;
  /** What was asked, such as `DELETE out/part-00000`. */
  readonly asked: string[] = [];
  behind: (asked: string) => void = () => undefined;
  /** A part that was under way when its upload was aborted: it is kept all the same. */
  latePart: string | null = null;

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

  /** Of what is paid for and not seen: the uploads, and how many parts each has. */
  uploads(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#uploads].map(([id, { key, parts }]) => [`${key} ${id}`, parts.size]));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => void this.#server.close(resolve));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams: query } = new URL(request.url ?? "", "http://s3");
    const key = pathname.split("/").slice(2).join("/");
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const method = request.method ?? "";
    const asked = `${method} ${key}`;
    this.asked.push(asked);
    const ask: Ask = { key, query, headers: request.headers, body: Buffer.concat(pieces).toString() };
    if (key === "") response.write(this.#listed(query));
    else if (query.has("uploads")) response.write(this.#begun(key));
    else if (query.has("uploadId")) this.#answerUpload(method, ask, response);
    else this.#answer(method, ask, response);
    response.end();
    this.behind(asked);
  }

  #listed(query: URLSearchParams): string {
    const isFound = (key: string): boolean => key.startsWith(query.get("prefix") ?? "");
    const uploads = [...this.#uploads].filter(([, { key }]) => isFound(key));
    const contents = query.has("uploads")
      ? uploads.map(([id, { key }]) => `<Upload><Key>${key}</Key><UploadId>${id}</UploadId></Upload>`)
      : [...this.#objects]
          .filter(([key]) => isFound(key))
          .map(([key, { text, etag }]) => `<Contents><Key>${key}</Key><Size>${String(text.length)}</Size><ETag>${etag}</ETag></Contents>`);
    return `<R><IsTruncated>false</IsTruncated>${contents.join("")}</R>`;
  }

  #begun(key: string): string {
    const id = `u${String(this.#nextUpload++)}`;
    this.#uploads.set(id, { key, parts: new Map() });
    return `<R><UploadId>${id}</UploadId></R>`;
  }

  #answerUpload(method: string, { key, query, body }: Ask, response: ServerResponse): void {
    const id = query.get("uploadId") ?? "";
    const upload = this.#uploads.get(id);
    if (upload === undefined) response.statusCode = 404;
    else if (method === "PUT") upload.parts.set(query.get("partNumber") ?? "", body);
    else if (method === "POST") {
      this.put(key, [...upload.parts.values()].join(""));
      this.#uploads.delete(id);
    } else if (method === "DELETE") this.#abort(id, upload, response);
    else response.write(`<R>${[...upload.parts.keys()].map((n) => `<Part><PartNumber>${n}</PartNumber></Part>`).join("")}</R>`);
  }

  #abort(id: string, { parts }: Upload, response: ServerResponse): void {
    response.statusCode = 204;
    parts.clear();
    if (this.latePart === null) this.#uploads.delete(id);
    else parts.set("1", this.latePart);
    this.latePart = null;
  }

  #answer(method: string, { key, headers, body }: Ask, response: ServerResponse): void {
    const there = this.#objects.get(key);
    const [ifMatch, ifNoneMatch] = this.knowsConditions ? [headers["if-match"], headers["if-none-match"]] : [];
    const isOther = (ifMatch !== undefined && there?.etag !== ifMatch) || (ifNoneMatch === "*" && there !== undefined);
    if (method === "PUT" || method === "DELETE") {
      response.statusCode = isOther ? 412 : method === "PUT" ? 200 : 204;
      if (!isOther && method === "PUT") this.put(key, body);
      if (!isOther && method === "DELETE") this.#objects.delete(key);
    } else if (there === undefined) response.statusCode = 404;
    else
      response
        .setHeader("etag", there.etag)
        .setHeader("content-length", there.text.length)
        .write(method === "HEAD" ? "" : there.text);
  }
}
