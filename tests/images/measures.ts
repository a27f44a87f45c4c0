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
  /** Of processors, until a moment later: what a busy machine does not add to. */
  readonly workMs: number;
  /** From SIGTERM. */
  readonly toEndMs: number;
};

const SERVES_MS = 30_000;
const GRACE_SECONDS = 30;

export type Memory = {
  /** What is resident, and what of it is no file that all processes of the machine share: the program itself, mostly. */
  readonly resident: number;
  readonly own: number;
};

/** User's and system's, in hundredths of a second, behind the name of the program. */
const WORK = `process.getBuiltinModule("node:fs").readFileSync("/proc/1/stat", "utf8").split(") ")[1].split(" ").slice(11, 13)
  .reduce((sum, ticks) => sum + 10 * Number(ticks), 0)`;

/** Of all processes but the one that asks. */
const MEMORY = `(async () => {
  const { readdirSync, readFileSync } = process.getBuiltinModule("node:fs");
  const others = readdirSync("/proc").filter((id) => /^[0-9]+$/.test(id) && id !== String(process.pid));
  const sum = (key) => others
    .map((id) => 1024 * Number(new RegExp("^" + key + ":\\\\s+([0-9]+) kB$", "m").exec(readFileSync("/proc/" + id + "/status", "utf8"))[1]))
    .reduce((sum, each) => sum + each, 0);
  return { resident: sum("VmRSS"), own: sum("RssAnon") };
})()`;

/** A life of a service, from its beginning until it answers that it lives, and from then to its end. It fails unless that is in good order. */
export async function timesOf(container: Container): Promise<Times> {
  const port = await freePort();
  const begunMs = Date.now();
  const starting = start({ ...container, port });
  await eventually(`${container.name} serves`, () => lives(port), { deadlineMs: SERVES_MS, everyMs: 5 });
  const servesMs = Date.now();
  await starting;
  const workMs = await ask<number>(container.name, WORK);
  const { startedMs } = await inspectContainer(container.name);
  const endsMs = Date.now();
  await docker(["stop", "--time", String(GRACE_SECONDS), container.name]);
  const { finishedMs, exitCode } = await inspectContainer(container.name);
  if (exitCode !== 0) throw new Error(`after SIGTERM ${container.name} ended with code ${exitCode}`);
  await docker(["rm", container.name]);
  return { fromCommandMs: servesMs - begunMs, fromStartMs: servesMs - startedMs, workMs, toEndMs: finishedMs - endsMs };
}

/** A life of a program that ends by itself: what counts as serving is its end. */
export async function timesOfProgram({ name, image }: Container, args: readonly string[]): Promise<Times> {
  const begunMs = Date.now();
  await docker(["run", "--name", name, "--read-only", "--network", "none", image, ...args]);
  const endedMs = Date.now();
  const { startedMs, finishedMs } = await inspectContainer(name);
  await docker(["rm", name]);
  return { fromCommandMs: endedMs - begunMs, fromStartMs: finishedMs - startedMs, workMs: 0, toEndMs: 0 };
}

export function shortest(times: readonly Times[]): Times {
  const least = (key: keyof Times): number => Math.min(...times.map((each) => each[key]));
  return { fromCommandMs: least("fromCommandMs"), fromStartMs: least("fromStartMs"), workMs: least("workMs"), toEndMs: least("toEndMs") };
}

export const memoryOf = (container: Container): Promise<Memory> => ask<Memory>(container.name, MEMORY);

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
