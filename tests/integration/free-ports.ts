// Ports on loopback that nobody uses right now. All are held until the last is found, so that none comes twice.
import type { AddressInfo, Server } from "node:net";
import { createServer } from "node:net";
import type { GroupPorts } from "../../client/cli/local-group.ts";

export async function freePorts(members: number): Promise<readonly GroupPorts[]> {
  const held = await Promise.all(Array.from({ length: 2 * members }, hold));
  const ports = held.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  return Array.from({ length: members }, (_, i) => ({ http: ports[2 * i] ?? 0, peer: ports[2 * i + 1] ?? 0 }));
}

function hold(): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}
