// Whether the ports of a cluster can be had, before anything is started: a process that can't listen says so in its log,
// where nobody looks first.
import { createServer } from "node:net";
import { Trouble } from "../trouble.ts";
import type { ProcessDescription } from "./process-description.ts";
import { LOOPBACK } from "./process-description.ts";

export async function checkPorts(processes: readonly ProcessDescription[], advice: string): Promise<void> {
  for (const { name, ports } of processes) {
    for (const port of [ports.http, ports.peer, ports.redis]) {
      if (port === null || port === undefined) continue;
      const code = await whyNotListen(port);
      if (code === null) continue;
      const why = code === "EADDRINUSE" ? "is in use by another process" : `can't be listened on (${code})`;
      throw new Trouble(`port ${port}, for ${name}, ${why}`, advice);
    }
  }
}

function whyNotListen(port: number): Promise<string | null> {
  return new Promise((answer) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => answer(error.code ?? error.message));
    server.listen({ host: LOOPBACK, port, exclusive: true }, () => server.close(() => answer(null)));
  });
}
