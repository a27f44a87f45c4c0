// An answer as the text that goes over the wire, in the shape in which the server library writes its own.
import type { HttpAnswer } from "../http-answer.ts";
import { JSON_TYPE } from "../http-answer.ts";

export type WireAnswer = { readonly text: string; readonly encoding: "latin1" | "utf8" };

const REASONS: Readonly<Record<number, string>> = { 200: "OK" };

export class AnswerWriter {
  readonly #keepAlive: string;
  #second = 0;
  #date = "";

  constructor(idleMs: number) {
    this.#keepAlive = `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(idleMs / 1_000)}\r\n\r\n`;
  }

  write({ status, headers, body }: HttpAnswer, isLast: boolean): WireAnswer {
    const isText = typeof body === "string";
    const text = isText ? body : JSON.stringify(body);
    const bytes = Buffer.byteLength(text);
    let head = `HTTP/1.1 ${status} ${REASONS[status] ?? ""}\r\n`;
    for (const name in headers) head += `${name}: ${headers[name] as string}\r\n`;
    if (!isText) head += `content-type: ${JSON_TYPE}\r\n`;
    head += `content-length: ${bytes}\r\nDate: ${this.#dateText()}\r\n`;
    head += isLast ? "Connection: close\r\n\r\n" : this.#keepAlive;
    // Of ASCII alone, which costs less to write.
    return { text: head + text, encoding: bytes === text.length ? "latin1" : "utf8" };
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
