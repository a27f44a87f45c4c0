// An answer as the text that goes over the wire, in the shape in which the server library writes its own.
import type { HttpAnswer } from "../http-answer.ts";
import { INDEX_HEADER, JSON_TYPE, TERM_HEADER } from "../http-answer.ts";

export type WireAnswer = { readonly text: string; readonly encoding: "latin1" | "utf8" };

type Beginning = Pick<HttpAnswer, "status" | "headers"> & { readonly text: string };

const REASONS: Readonly<Record<number, string>> = { 200: "OK" };

export class AnswerWriter {
  readonly #keepAlive: string;
  #second = 0;
  /** From the date to the end of the head, for this second. */
  #ending = "";
  #lastEnding = "";
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
    const stamped = stamp === undefined ? beginning : `${beginning}${TO_TERM}${stamp.term}${TO_INDEX}${stamp.index}\r\n`;
    return {
      text: `${stamped}${isText ? TO_LENGTH : TYPE_TO_LENGTH}${bytes}${this.#endingOf(isLast)}${text}`,
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

  #endingOf(isLast: boolean): string {
    const second = Math.floor(Date.now() / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      const date = `\r\nDate: ${new Date(second * 1_000).toUTCString()}\r\n`;
      this.#ending = `${date}${this.#keepAlive}`;
      this.#lastEnding = `${date}Connection: close\r\n\r\n`;
    }
    return isLast ? this.#lastEnding : this.#ending;
  }
}

const TO_TERM = `${TERM_HEADER}: `;
const TO_INDEX = `\r\n${INDEX_HEADER}: `;
const TO_LENGTH = "content-length: ";
const TYPE_TO_LENGTH = `content-type: ${JSON_TYPE}\r\n${TO_LENGTH}`;
