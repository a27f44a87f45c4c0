// How a connection ends whose request may never end by itself: nothing more is read, and the answer gets time to arrive before
// the unread bytes make the operating system reset the connection.
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";

const LINGER_MS = 300;

export function linger(request: IncomingMessage): void {
  request.pause();
  setTimeout(() => request.socket.destroy(), LINGER_MS).unref();
}

/** Of a client that may never end it by itself. */
export function endSoon(socket: Socket, text: string): void {
  socket.end(text);
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}
