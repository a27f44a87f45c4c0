// A client that writes bytes as they are, and keeps what it hears.
import type { AddressInfo, Server, Socket } from "node:net";
import { connect } from "node:net";

export type Heard = { readonly socket: Socket; text: string; isClosed: boolean };

export function talkTo(server: Pick<Server, "address">): Heard {
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const heard = { socket, text: "", isClosed: false };
  socket.on("error", () => undefined);
  socket.on("data", (data: Buffer) => (heard.text += data.toString()));
  socket.on("close", () => (heard.isClosed = true));
  return heard;
}
