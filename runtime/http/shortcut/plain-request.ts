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
const KEY_AT = "/v1/kv/".length;
const LINE = new RegExp(`(?:GET|PUT|DELETE) /v1/kv/${SEGMENT}{1,4096}(?:\\?(?:${SEGMENT}|[/?])*)? HTTP/1\\.1\\r\\n`, "y");
const LINE_END_LENGTH = " HTTP/1.1\r\n".length;
/** By their first letter. */
const METHODS: Readonly<Record<string, PlainMethod>> = { G: "GET", P: "PUT", D: "DELETE" };
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
    // What it matched is cut out by position: an array of groups for each request costs more than the match.
    if (!LINE.test(text)) return null;
    const headersAt = LINE.lastIndex;
    const isAsBefore = this.#areAsBefore(text, headersAt);
    const headEnd = isAsBefore ? headersAt + this.#text.length - 2 : text.indexOf("\r\n\r\n", headersAt);
    if (headEnd < 0 || headEnd - from > HEAD_LENGTH_MAX) return null;
    if (!isAsBefore) this.#readHeaders(text.slice(headersAt, headEnd + 2));
    const fields = this.#fields;
    const method = METHODS[text.charAt(from)] as PlainMethod;
    if (fields === null || fields.bodyBytes > 0 !== (method === "PUT")) return null;
    const bodyAt = headEnd + 4;
    const end = bodyAt + fields.bodyBytes;
    if (end > text.length) return null;
    const url = text.slice(from + method.length + 1, headersAt - LINE_END_LENGTH);
    const queryAt = url.indexOf("?");
    const key = queryAt < 0 ? url.slice(KEY_AT) : url.slice(KEY_AT, queryAt);
    return { method, url, key, queryText: queryAt < 0 ? "" : url.slice(queryAt + 1), headers: fields.headers, bodyAt, end };
  }

  /** Whether the headers, to their end, are those of the request before. */
  #areAsBefore(text: string, at: number): boolean {
    return this.#text !== "" && text.startsWith(this.#text, at) && text.startsWith("\r\n", at + this.#text.length);
  }

  #readHeaders(text: string): void {
    this.#text = apart(text);
    this.#fields = readFields(this.#text);
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
