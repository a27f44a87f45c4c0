// A connection on which something came that is no request, or nothing in time. Whatever is written on it is read as the answer
// to what its client sent, so: who waits for an answer gets that one and nothing else, who sent nothing is left without a word,
// and who is told that there was no request is read no further, since the request might still come.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Socket } from "node:net";
import { refuse } from "./error-shape.ts";

type ClientError = Error & { readonly code?: string };
type Open = { readonly request: FastifyRequest; readonly reply: FastifyReply };

const TIMEOUT = "ERR_HTTP_REQUEST_TIMEOUT";
const STATUS_LINES: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  [TIMEOUT]: "408 Request Timeout",
};

export class BrokenConnections {
  /** Requests of a connection whose answers have not left, in their order. */
  readonly #open = new WeakMap<object, Set<Open>>();
  /** They end with their last answer. */
  readonly #ending = new WeakSet();

  watch(app: FastifyInstance): void {
    app.addHook("onRequest", (request, reply, next) => {
      const { socket } = request.raw;
      const open = this.#open.get(socket) ?? new Set();
      this.#open.set(socket, open);
      const each = { request, reply };
      open.add(each);
      reply.raw.once("close", () => {
        open.delete(each);
        if (open.size === 0 && this.#ending.has(socket)) socket.end();
      });
      next();
    });
  }

  /** What the server library does with an error of a connection. */
  readonly refuse = (error: ClientError, socket: Socket): void => {
    const open = this.#open.get(socket) ?? new Set<Open>();
    const broken = [...open].find(({ request }) => !request.raw.complete);
    const isSilent = error.code === TIMEOUT && socket.bytesRead === 0;
    // In the middle of an answer, as a stream's, nothing else can be said.
    if (!socket.writable || isSilent || broken?.reply.raw.headersSent === true) {
      socket.destroy();
      return;
    }
    // The body of this one broke, so it is never performed, and what is said is its answer.
    if (broken !== undefined) open.delete(broken);
    if (open.size > 0) {
      this.#ending.add(socket);
      return;
    }
    const text = answerText(error);
    // A parser that met nonsense takes nothing more. One that only waited would.
    if (error.code !== TIMEOUT) socket.end(text);
    else {
      socket.write(text);
      socket.destroy();
    }
  };
}

/** On the bare socket, because there is no request that could be answered. */
function answerText({ code, message }: ClientError): string {
  const body = `${JSON.stringify(refuse("badRequest", `this is not HTTP as it should be: ${message}`).body)}\n`;
  const head = `HTTP/1.1 ${STATUS_LINES[code ?? ""] ?? "400 Bad Request"}\r\ncontent-type: application/json\r\n`;
  return `${head}content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`;
}
