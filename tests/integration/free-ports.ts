// Ports on loopback for members that come and go. Not from the range that the operating system takes for the near end of
// connections: while a member is down, one of those could have its port.
import { createServer } from "node:net";
import type { GroupPorts } from "../../client/cli/local-group.ts";

/** Below what Linux, macOS and Windows take for connections. Single ports lie apart, or soon no row between them would be long enough. */
const SINGLE = { from: 12_000, to: 17_000 };
const IN_A_ROW = { from: 17_000, to: 32_000 };
const ATTEMPTS_MAX = 1_000;
/** Of a row. Looking at each would take long; a cluster uses the beginnings of its ranges. */
const LOOKED_AT = [0, 10, 11, 12, 110, 111, 112, 200, 210, 211, 212, 300, 301, 310, 311];

const given = new Set<number>();

export async function freePorts(members: number): Promise<readonly GroupPorts[]> {
  const ports: GroupPorts[] = [];
  while (ports.length < members) ports.push({ http: await freePort(), peer: await freePort(), redis: await freePort() });
  return ports;
}

/** The first of so many in a row that are free together, for a cluster that chooses among them. */
export async function freePortRange(count: number): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const first = IN_A_ROW.from + Math.floor(Math.random() * (IN_A_ROW.to - IN_A_ROW.from - count));
    const ports = Array.from({ length: count }, (_, i) => first + i);
    if (ports.some((port) => given.has(port))) continue;
    const looks = await Promise.all(LOOKED_AT.filter((offset) => offset < count).map((offset) => isFree(first + offset)));
    if (looks.includes(false)) continue;
    for (const port of ports) given.add(port);
    return first;
  }
  throw new Error(`no ${count} free ports in a row from ${IN_A_ROW.from} to ${IN_A_ROW.to}`);
}

/** Not given to anybody else in this process. */
async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const port = SINGLE.from + Math.floor(Math.random() * (SINGLE.to - SINGLE.from));
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`no free port from ${SINGLE.from} to ${SINGLE.to}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
