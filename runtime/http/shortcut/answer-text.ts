// An answer as the text that goes over the wire, in the shape in which the server library writes its own.
import type { HttpAnswer } from "../http-answer.ts";
import { INDEX_HEADER, JSON_TYPE, TERM_HEADER } from "../http-answer.ts";

export type WireAnswer = { readonly text: string; readonly encoding: "latin1" | "utf8" };

type Beginning = Pick<HttpAnswer, "status" | "headers"> & { readonly text: string };

const REASONS: Readonly<Record<number, string>> = { 200: "OK" };

export class AnswerWriter {
  readonly #keepAlive: string;
  #second = 0;
  #date = "";
  /** Of the last answer: most have the status and the very headers of the one before. */
  #beginning: Beginning = { status: 0, headers: {}, text: "" };

  constructor(idleMs: number) {
    this.#keepAlive = `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(idleMs / 1_000)}\r\n\r\n`;
  }

  write({ status, headers, body, stamp }: HttpAnswer, isLast: boolean): WireAnswer {
    const isText = typeof body === "string";
    const text = isText ? body : JSON.stringify(body);
    const bytes = Buffer.byteLength(text);
    const beginning = this.#beginningOf(status, headers);
    const place = stamp === undefined ? "" : `${TERM_HEADER}: ${stamp.term}\r\n${INDEX_HEADER}: ${stamp.index}\r\n`;
    const type = isText ? "" : TYPE_LINE;
    const ending = isLast ? LAST : this.#keepAlive;
    return {
      text: `${beginning}${place}${type}content-length: ${bytes}\r\nDate: ${this.#dateText()}\r\n${ending}${text}`,
      // Of ASCII alone, which costs less to write.
      encoding: bytes === text.length ? "latin1" : "utf8",
    };
  }

  #beginningOf(status: number, headers: HttpAnswer["headers"]): string {
    const last = this.#beginning;
    if (last.status === status && last.headers === headers) return last.text;
    let text = `HTTP/1.1 ${status} ${REASONS[status] ?? ""}\r\n`;
    for (const name in headers) text += `${name}: ${headers[name] as string}\r\n`;
    this.#beginning = { status, headers, text };
    return text;
  }

  #dateText(): string {
    const second = Math.floor(Date.now() / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#date = new Date(second * 1_000).toUTCString();
    }
    return this.#date;
  }
}

const TYPE_LINE = `content-type: ${JSON_TYPE}\r\n`;
const LAST = "Connection: close\r\n\r\n";
