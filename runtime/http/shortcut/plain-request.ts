// Requests as nearly every client writes them: one key in the path, a head of visible ASCII, a body whose length is told, all of
// it in one piece. Whatever is not quite like that is not judged here: it is null, and goes to the server library as it came.
//
// Strictness is what makes two readers of one protocol safe: nothing is taken here that the other could read in another way.

export type PlainMethod = "GET" | "PUT" | "DELETE";

export type PlainRequest = {
  readonly method: PlainMethod;
  /** The path with its query, as it arrived. */
  readonly url: string;
  /** Of the path, still percent-encoded. */
  readonly key: string;
  readonly queryText: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Where the body begins and where the request ends, in the text that was read. */
  readonly bodyAt: number;
  readonly end: number;
};

type Fields = { readonly headers: Readonly<Record<string, string>>; readonly bodyBytes: number };

const HEAD_LENGTH_MAX = 8_192;
const SEGMENT = "[A-Za-z0-9._~%!$&'()*+,:@=-]";
const LINE = new RegExp(`(GET|PUT|DELETE) (/v1/kv/(${SEGMENT}{1,4096})(?:\\?((?:${SEGMENT}|[/?])*))?) HTTP/1\\.1\\r\\n`, "y");
const HEADER = /([A-Za-z0-9-]{1,64}): ?([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)\r\n/y;
const LENGTH = /^[1-9][0-9]{0,8}$/;

/** What says how a message is framed, or what becomes of its connection. */
const OF_THE_PROTOCOL: ReadonlySet<string> = new Set([
  "transfer-encoding",
  "content-encoding",
  "expect",
  "upgrade",
  "te",
  "trailer",
  "keep-alive",
  "proxy-connection",
  "http2-settings",
]);

/** Of one connection, whose requests mostly have the same headers each time. */
export class PlainRequestReader {
  #text = "";
  #fields: Fields | null = null;

  /** `text`: bytes as latin1, one character each. Null: not plain, or not all of it is there. */
  read(text: string, from: number): PlainRequest | null {
    LINE.lastIndex = from;
    const line = LINE.exec(text);
    if (line === null) return null;
    const headersAt = LINE.lastIndex;
    const headEnd = text.indexOf("\r\n\r\n", headersAt);
    if (headEnd < 0 || headEnd - from > HEAD_LENGTH_MAX) return null;
    const method = line[1] as PlainMethod;
    const fields = this.#fieldsIn(text.slice(headersAt, headEnd + 2));
    if (fields === null || fields.bodyBytes > 0 !== (method === "PUT")) return null;
    const bodyAt = headEnd + 4;
    const end = bodyAt + fields.bodyBytes;
    if (end > text.length) return null;
    const [, , url = "", key = "", queryText = ""] = line;
    return { method, url, key, queryText, headers: fields.headers, bodyAt, end };
  }

  #fieldsIn(text: string): Fields | null {
    if (text !== this.#text) {
      this.#text = apart(text);
      this.#fields = readFields(this.#text);
    }
    return this.#fields;
  }
}

/** A part of a text keeps all of it in memory: here the whole chunk, for as long as the connection is idle. */
const apart = (text: string): string => Buffer.from(text, "latin1").toString("latin1");

function readFields(text: string): Fields | null {
  const headers: Record<string, string> = {};
  for (let at = 0; at < text.length; at = HEADER.lastIndex) {
    HEADER.lastIndex = at;
    const [, givenName, value = ""] = HEADER.exec(text) ?? [];
    if (givenName === undefined) return null;
    const name = givenName.toLowerCase();
    if (OF_THE_PROTOCOL.has(name) || Object.hasOwn(headers, name)) return null;
    if (name === "connection" && value.toLowerCase() !== "keep-alive") return null;
    headers[name] = value;
  }
  if (headers["host"] === undefined) return null;
  const [length, type] = [headers["content-length"], headers["content-type"]];
  if (length === undefined) return type === undefined ? { headers, bodyBytes: 0 } : null;
  return LENGTH.test(length) && type === "application/json" ? { headers, bodyBytes: Number(length) } : null;
}
