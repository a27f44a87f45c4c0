// The calls of S3 that jobs need, path-style, at one endpoint. What fails for a moment is tried again here; what stays is a problem of the
// task. Keys and secrets come from the settings of the worker and are never part of a message.
import { setTimeout as pause } from "node:timers/promises";
import { Agent, request } from "../../http/http-client.ts";
import type { Dispatcher } from "../../http/http-client.ts";
import { lookUp } from "../../http/machine-names.ts";
import { TaskProblem } from "../../tasks/task-problem.ts";
import type { Credentials } from "./signature.ts";
import { encodePart, signed } from "./signature.ts";
import { elementsIn, escaped, textIn } from "./s3-xml.ts";

export type S3Settings = { readonly endpoint: string; readonly region: string; readonly credentials: Credentials };

export type ObjectName = { readonly bucket: string; readonly key: string };
export type ObjectFacts = { readonly key: string; readonly length: number; readonly etag: string };
export type PartTag = { readonly number: number; readonly etag: string };

type Ask = {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  readonly name: ObjectName;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
};

const NOTHING = Buffer.alloc(0);
const TRIES = 4;
const PAUSE_MS = 200;
const CONNECT_MS = 5_000;
const SILENCE_MS = 60_000;
/** What a server says of a condition that does not hold, of an object that is gone, and of one that changes just now. */
const CONDITION_FAILED: readonly number[] = [412, 404, 409];
/** An upload is aborted so often, where parts of it are left. */
const ABORTS = 4;

type Sending = { readonly dispatcher: Dispatcher; readonly before: () => Promise<void> };

export class S3Client {
  readonly #settings: S3Settings;
  readonly #dispatcher: Dispatcher;
  readonly #before: () => Promise<void>;

  constructor(settings: S3Settings, { dispatcher, before }: Partial<Sending> = {}) {
    this.#settings = settings;
    const connect = { timeout: CONNECT_MS, lookup: lookUp };
    this.#dispatcher = dispatcher ?? new Agent({ connect, headersTimeout: SILENCE_MS, bodyTimeout: SILENCE_MS });
    this.#before = before ?? (() => Promise.resolve());
  }

  /** The same, but that `before` is asked each time before something is sent. What it throws ends the call. */
  guarded(before: () => Promise<void>): S3Client {
    return new S3Client(this.#settings, { dispatcher: this.#dispatcher, before });
  }

  /** Null: there is none. */
  async head(name: ObjectName): Promise<ObjectFacts | null> {
    const { statusCode, headers, body } = await this.#ask({ method: "HEAD", name });
    await body.dump();
    if (statusCode === 404) return null;
    if (statusCode !== 200) throw problem(name, statusCode, null);
    return { key: name.key, length: Number(headers["content-length"] ?? NaN), etag: String(headers["etag"] ?? "") };
  }

  /** All whose keys begin so, in byte order. */
  async *list({ bucket, key }: ObjectName): AsyncGenerator<readonly ObjectFacts[]> {
    for (let token: string | null = null; ;) {
      const query: Record<string, string> = { "list-type": "2", prefix: key, ...(token === null ? {} : { "continuation-token": token }) };
      const xml: string = await this.#text({ method: "GET", name: { bucket, key: "" }, query });
      yield elementsIn(xml, "Contents").map((each) => ({
        key: textIn(each, "Key") ?? "",
        length: Number(textIn(each, "Size")),
        etag: textIn(each, "ETag") ?? "",
      }));
      token = textIn(xml, "NextContinuationToken");
      if (token === null || textIn(xml, "IsTruncated") !== "true") return;
    }
  }

  async *read(name: ObjectName, { from, etag }: { readonly from: number; readonly etag: string | null }): AsyncGenerator<Buffer> {
    const headers = { ...(from === 0 ? {} : { range: `bytes=${String(from)}-` }), ...(etag === null ? {} : { "if-match": etag }) };
    const { statusCode, body } = await this.#ask({ method: "GET", name, headers });
    // Nothing lies behind the end.
    if (statusCode === 416) return void (await body.dump());
    if (statusCode !== 200 && statusCode !== 206) throw problem(name, statusCode, await body.text());
    if (from > 0 && statusCode !== 206) throw new TaskProblem("badInput", `${urlOf(name)}: the server does not give parts of an object`);
    try {
      for await (const piece of body) yield piece as Buffer;
    } catch (error) {
      throw new TaskProblem("unreachable", `${urlOf(name)}: ${(error as Error).message}`, { cause: error });
    }
  }

  async text(name: ObjectName): Promise<string | null> {
    return (await this.object(name))?.text ?? null;
  }

  /** A small one, with what it is recognised by where the server says that. */
  async object(name: ObjectName): Promise<{ readonly text: string; readonly etag: string } | null> {
    const { statusCode, headers, body } = await this.#ask({ method: "GET", name });
    const text = await body.text();
    if (statusCode === 404) return null;
    if (statusCode !== 200) throw problem(name, statusCode, text);
    return { text, etag: String(headers["etag"] ?? "") };
  }

  /** False: there is one already. Servers that don't know the condition write it all the same. */
  async putNew(name: ObjectName, text: string): Promise<boolean> {
    const { statusCode, body } = await this.#ask({ method: "PUT", name, body: Buffer.from(text), headers: { "if-none-match": "*" } });
    const answer = await body.text();
    if (statusCode === 412 || statusCode === 409) return false;
    if (statusCode !== 200) throw problem(name, statusCode, answer);
    return true;
  }

  /** `etag`: not if it has another by now. Servers that don't know the condition write it all the same. */
  async put(name: ObjectName, text: string, etag = ""): Promise<void> {
    const headers = etag === "" ? {} : { "if-match": etag };
    const { statusCode, body } = await this.#ask({ method: "PUT", name, headers, body: Buffer.from(text) });
    const answer = await body.text();
    if (statusCode === 501 && etag !== "") return this.put(name, text);
    const isOther = etag !== "" && CONDITION_FAILED.includes(statusCode);
    if (statusCode >= 300 && !isOther) throw problem(name, statusCode, answer);
  }

  /** `etag`: not if it has another by now. Servers that don't know the condition remove it all the same. */
  async remove(name: ObjectName, etag = ""): Promise<void> {
    const headers = etag === "" ? {} : { "if-match": etag };
    const { statusCode, body } = await this.#ask({ method: "DELETE", name, headers });
    const answer = await body.text();
    if (statusCode === 501 && etag !== "") return this.remove(name);
    if (statusCode >= 300 && statusCode !== 404 && statusCode !== 412) throw problem(name, statusCode, answer);
  }

  async beginUpload(name: ObjectName): Promise<string> {
    const id = textIn(await this.#text({ method: "POST", name, query: { uploads: "" } }), "UploadId");
    if (id === null) throw new TaskProblem("unreachable", `${urlOf(name)}: the server gave no id for an upload`);
    return id;
  }

  async uploadPart(
    name: ObjectName,
    { upload, number, bytes }: { readonly upload: string; readonly number: number; readonly bytes: Uint8Array },
  ): Promise<void> {
    await this.#text({ method: "PUT", name, query: { partNumber: String(number), uploadId: upload }, body: bytes });
  }

  /** Null: there is no such upload (any more). */
  async parts(name: ObjectName, upload: string): Promise<readonly PartTag[] | null> {
    const all: PartTag[] = [];
    for (let marker = "0"; ;) {
      const { statusCode, body } = await this.#ask({ method: "GET", name, query: { uploadId: upload, "part-number-marker": marker } });
      const xml = await body.text();
      if (statusCode === 404) return null;
      if (statusCode !== 200) throw problem(name, statusCode, xml);
      for (const each of elementsIn(xml, "Part"))
        all.push({ number: Number(textIn(each, "PartNumber")), etag: textIn(each, "ETag") ?? "" });
      marker = textIn(xml, "NextPartNumberMarker") ?? "";
      if (textIn(xml, "IsTruncated") !== "true" || marker === "") return all;
    }
  }

  /** The object is there, whole, from now on. False: there is no such upload. */
  async completeUpload(name: ObjectName, upload: string, parts: readonly PartTag[]): Promise<boolean> {
    const items = parts.map(({ number, etag }) => `<Part><PartNumber>${String(number)}</PartNumber><ETag>${escaped(etag)}</ETag></Part>`);
    const xml = `<CompleteMultipartUpload>${items.join("")}</CompleteMultipartUpload>`;
    const { statusCode, body } = await this.#ask({ method: "POST", name, query: { uploadId: upload }, body: Buffer.from(xml) });
    const answer = await body.text();
    if (statusCode === 404) return false;
    // It may say so after it has begun to answer that all is well.
    if (statusCode !== 200 || elementsIn(answer, "Error").length > 0) throw problem(name, statusCode === 200 ? 500 : statusCode, answer);
    return true;
  }

  /** A part that was under way may be kept all the same, and then has to be taken away by another abort: that is what S3 asks for. */
  async abortUpload(name: ObjectName, upload: string): Promise<void> {
    for (let aborts = 0; aborts < ABORTS; aborts++) {
      const { statusCode, body } = await this.#ask({ method: "DELETE", name, query: { uploadId: upload } });
      const answer = await body.text();
      if (statusCode >= 300 && statusCode !== 404) throw problem(name, statusCode, answer);
      const left = await this.parts(name, upload);
      if (left === null || left.length === 0) return;
    }
    throw new TaskProblem("unreachable", `${urlOf(name)}: parts of an upload that was aborted are still there`);
  }

  /** Uploads under way whose keys begin so. */
  async uploads({ bucket, key }: ObjectName): Promise<readonly { readonly key: string; readonly upload: string }[]> {
    const all: { readonly key: string; readonly upload: string }[] = [];
    for (let from: Readonly<Record<string, string>> = {}; ;) {
      const xml = await this.#text({ method: "GET", name: { bucket, key: "" }, query: { uploads: "", prefix: key, ...from } });
      for (const each of elementsIn(xml, "Upload")) all.push({ key: textIn(each, "Key") ?? "", upload: textIn(each, "UploadId") ?? "" });
      const next = textIn(xml, "NextKeyMarker");
      if (next === null || textIn(xml, "IsTruncated") !== "true") return all;
      from = { "key-marker": next, "upload-id-marker": textIn(xml, "NextUploadIdMarker") ?? "" };
    }
  }

  async #text(ask: Ask): Promise<string> {
    const { statusCode, body } = await this.#ask(ask);
    const text = await body.text();
    if (statusCode >= 300) throw problem(ask.name, statusCode, text);
    return text;
  }

  async #ask(ask: Ask): Promise<Dispatcher.ResponseData> {
    for (let tries = 1; ; tries++) {
      await this.#before();
      try {
        const response = await this.#send(ask);
        // What the server does not know it won't know the next time.
        if (response.statusCode === 501) return response;
        if (tries >= TRIES || (response.statusCode < 500 && response.statusCode !== 429)) return response;
        await response.body.dump();
      } catch (error) {
        if (tries >= TRIES)
          throw new TaskProblem(
            "unreachable",
            `${urlOf(ask.name)}: ${this.#settings.endpoint} does not answer: ${(error as Error).message}`,
            { cause: error },
          );
      }
      await pause(PAUSE_MS * 2 ** tries);
    }
  }

  #send({ method, name, query = {}, headers = {}, body = NOTHING }: Ask): Promise<Dispatcher.ResponseData> {
    const { endpoint, region, credentials } = this.#settings;
    const path = [name.bucket, ...name.key.split("/")].map(encodePart).join("/");
    const search = Object.entries(query).map(([field, value]) => `${encodePart(field)}=${encodePart(value)}`);
    const url = new URL(`${endpoint.replace(/\/$/, "")}/${path}${search.length === 0 ? "" : `?${search.join("&")}`}`);
    const all = signed({ method, url, headers, body, region, credentials, at: new Date() });
    return request(url, { method, headers: all, body: method === "GET" || method === "HEAD" ? null : body, dispatcher: this.#dispatcher });
  }
}

export const urlOf = ({ bucket, key }: ObjectName): string => `s3://${bucket}/${key.split("/").map(encodePart).join("/")}`;

function problem(name: ObjectName, status: number, xml: string | null): TaskProblem {
  const url = urlOf(name);
  const [code, message] = xml === null ? [null, null] : [textIn(xml, "Code"), textIn(xml, "Message")];
  const why = code === null ? `S3 answers ${String(status)}` : `${code}: ${message ?? ""}`;
  if (status === 404) return new TaskProblem("missingInput", `${url} does not exist (${why})`);
  if (status === 412) return new TaskProblem("inputChanged", "it was changed after the job had looked at it", { file: url });
  return new TaskProblem(status >= 500 || status === 429 ? "unreachable" : "badInput", `${url}: ${why}`);
}
