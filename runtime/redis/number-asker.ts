// Asks another member's Redis door one thing that is answered by a number, on a connection of its own.
import { connect } from "node:net";
import { lookUp } from "../http/machine-names.ts";

export type NumberAsked = { readonly host: string; readonly port: number; readonly token: string | null; readonly timeoutMs: number };

/** Null: it could not be asked, or does not know. */
export function askNumber(command: string, { host, port, token, timeoutMs }: NumberAsked): Promise<number | null> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, noDelay: true, lookup: lookUp });
    const timer = setTimeout(() => finish(null), timeoutMs);
    const finish = (answer: number | null): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    let text = "";
    socket.on("error", () => finish(null));
    socket.on("close", () => finish(null));
    socket.on("data", (bytes: Buffer) => {
      text += bytes.toString("latin1");
      const line = /(?:^|\r\n)(?:-[^\r]*|:(\d+))\r\n/.exec(text);
      if (line !== null) finish(line[1] === undefined ? null : Number(line[1]));
    });
    socket.write(`${token === null ? "" : request("AUTH", token)}${request(command)}`);
  });
}

const request = (...words: readonly string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`;
