// Which language a caller speaks, by its first byte. It stays to be read by whoever understands that language.
import type { Socket } from "node:net";

/** With it TLS begins, and HTTP never does. */
export const TLS_HANDSHAKE = 22;

/** Who says nothing until the deadline is not waited for any longer. */
export function onFirstByte(socket: Socket, deadlineMs: number, heard: (byte: number) => void): void {
  const drop = (): void => void socket.destroy();
  const deadline = setTimeout(drop, deadlineMs);
  const look = (): void => {
    const first = socket.read(1) as Buffer | null;
    if (first === null) return;
    forget();
    socket.unshift(first);
    heard(first.readUInt8(0));
  };
  const forget = (): void => {
    clearTimeout(deadline);
    socket.off("readable", look).off("end", drop).off("close", forget);
  };
  socket.on("readable", look).on("end", drop).on("close", forget);
}
