// How long a container takes to serve and to end, and what it holds when it has nothing to do. Other programs on the machine only ever add to
// a time, so that the shortest of several counts.
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { eventually } from "../integration/test-case.ts";
import type { Container } from "./engine.ts";
import { ask, docker, inspectContainer, start } from "./engine.ts";

export type Times = {
  /** From the command `docker run`, which waits for the engine. */
  readonly fromCommandMs: number;
  /** From where the engine says that it has started the process. */
  readonly fromStartMs: number;
  /** From SIGTERM. */
  readonly toEndMs: number;
};

const SERVES_MS = 30_000;
const GRACE_SECONDS = 30;
/** Resident, of all processes but the one that asks. */
const MEMORY = `process.getBuiltinModule("node:fs").readdirSync("/proc").filter((id) => /^[0-9]+$/.test(id) && id !== String(process.pid))
  .map((id) => Number(/^VmRSS:\\s+([0-9]+) kB$/m.exec(process.getBuiltinModule("node:fs").readFileSync("/proc/" + id + "/status", "utf8"))[1]))
  .reduce((sum, kib) => sum + kib, 0) * 1024`;

/** A life of a service, from its beginning until it answers that it lives, and from then to its end. It fails unless that is in good order. */
export async function timesOf(container: Container): Promise<Times> {
  const port = await freePort();
  const begunMs = Date.now();
  const starting = start({ ...container, port });
  await eventually(`${container.name} serves`, () => lives(port), { deadlineMs: SERVES_MS, everyMs: 5 });
  const servesMs = Date.now();
  await starting;
  const { startedMs } = await inspectContainer(container.name);
  const endsMs = Date.now();
  await docker(["stop", "--time", String(GRACE_SECONDS), container.name]);
  const { finishedMs, exitCode } = await inspectContainer(container.name);
  if (exitCode !== 0) throw new Error(`after SIGTERM ${container.name} ended with code ${exitCode}`);
  await docker(["rm", container.name]);
  return { fromCommandMs: servesMs - begunMs, fromStartMs: servesMs - startedMs, toEndMs: finishedMs - endsMs };
}

/** A life of a program that ends by itself: what counts as serving is its end. */
export async function timesOfProgram({ name, image }: Container, args: readonly string[]): Promise<Times> {
  const begunMs = Date.now();
  await docker(["run", "--name", name, "--read-only", "--network", "none", image, ...args]);
  const endedMs = Date.now();
  const { startedMs, finishedMs } = await inspectContainer(name);
  await docker(["rm", name]);
  return { fromCommandMs: endedMs - begunMs, fromStartMs: finishedMs - startedMs, toEndMs: 0 };
}

export function shortest(times: readonly Times[]): Times {
  const least = (key: keyof Times): number => Math.min(...times.map((each) => each[key]));
  return { fromCommandMs: least("fromCommandMs"), fromStartMs: least("fromStartMs"), toEndMs: least("toEndMs") };
}

export const memoryOf = (container: Container): Promise<number> => ask<number>(container.name, MEMORY);

async function lives(port: number): Promise<true | null> {
  try {
    const { status } = await fetch(`http://127.0.0.1:${port}/livez`, { signal: AbortSignal.timeout(1_000) });
    return status === 200 ? true : null;
  } catch {
    return null; // it does not listen yet
  }
}

/** Nobody had it a moment ago. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
