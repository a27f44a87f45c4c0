// Sends broken requests to a port for a while, on many connections, while one that behaves goes on with its work: that one is never
// harmed, and the process answers and stays within its memory.
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import type { Random } from "../../../core/base/random.ts";
import { RawConnection } from "../../differential/redis/redis-process.ts";
import { below, brokenRequests } from "./broken-requests.ts";

export type Fuzzing = { readonly port: number; readonly pid: number; readonly seconds: number; readonly random: Random };
export type Fuzzed = {
  readonly connections: number;
  readonly bytes: number;
  readonly worked: number;
  readonly slowestMs: number;
  /** The most that there was at any look. */
  readonly residentMib: number;
};

/** Of a replica with next to no keys. */
export const RESIDENT_MIB_MAX = 600;

/** Requests may be held for five seconds; a connection that waits for longer than this is harmed. */
const UNHARMED_MS = 10_000;
const AT_ONCE = 20;
const LOOK_MS = 100;

export async function fuzz({ port, pid, seconds, random }: Fuzzing): Promise<Fuzzed> {
  const untilMs = performance.now() + 1_000 * seconds;
  const counts = { connections: 0, bytes: 0, worked: 0, slowestMs: 0, residentMib: 0 };
  const attack = async (): Promise<void> => {
    while (performance.now() < untilMs) {
      counts.connections++;
      counts.bytes += await sendTo(port, random);
    }
  };
  const work = async (): Promise<void> => {
    const good = await RawConnection.open(port);
    while (performance.now() < untilMs) {
      const beganMs = performance.now();
      const value = `v${counts.worked}`;
      const replies = await inTime(good.ask([["SET", "fuzzed", value], ["GET", "fuzzed"], ["PING"]]));
      if (JSON.stringify(replies) !== JSON.stringify([{ status: "OK" }, value, { status: "PONG" }]))
        throw new Error(`a connection was harmed: ${JSON.stringify(replies)}`);
      counts.worked++;
      counts.slowestMs = Math.max(counts.slowestMs, performance.now() - beganMs);
    }
    good.close();
  };
  const look = setInterval(() => (counts.residentMib = Math.max(counts.residentMib, residentMibOf(pid))), LOOK_MS);
  try {
    await Promise.all([work(), ...Array.from({ length: AT_ONCE }, attack)]);
  } finally {
    clearInterval(look);
  }
  return counts;
}

async function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`a connection was harmed: no answer within ${UNHARMED_MS} ms`)), UNHARMED_MS);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** 0 for one that does not run any more. */
function residentMibOf(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1_024;
  } catch {
    return 0;
  }
}

/** In pieces, and away without waiting, or after all was answered. */
function sendTo(port: number, random: Random): Promise<number> {
  return new Promise((resolve) => {
    let bytes = 0;
    const socket = connect({ host: "127.0.0.1", port });
    const leave = setTimeout(() => socket.destroy(), 50 + below(random, 500));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      clearTimeout(leave);
      resolve(bytes);
    });
    if (below(random, 4) > 0) socket.resume();
    socket.on("connect", () => {
      for (let left = 1 + below(random, 10); left > 0; left--) {
        const sent = brokenRequests(random);
        const cut = below(random, sent.length + 1);
        socket.write(sent.subarray(0, cut));
        socket.write(sent.subarray(cut));
        bytes += sent.length;
      }
      if (below(random, 3) === 0) socket.destroySoon();
    });
  });
}
