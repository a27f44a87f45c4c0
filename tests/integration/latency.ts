// Latencies of writes as clients see them: several at a time through one stream to the leader, for a while.
import { RequestStream } from "../../runtime/http/asking-stream.ts";
import { encodeCommand, NO_GUARDS } from "../../core/kv/commands.ts";
import { sleep } from "./test-case.ts";
import { utf8 } from "../../core/base/bytes.ts";

export type LatencyOptions = {
  readonly origin: string;
  readonly inFlight: number;
  readonly forMs: number;
  /** From one write of a client to its next; at once if left out. */
  readonly everyMs?: number;
  /** It takes longer until so many are done, unless some are not; what it takes is enough if left out. */
  readonly writesMin?: number;
};

export type Latencies = {
  /** Of the writes that were done, in milliseconds; sorted. */
  readonly sorted: readonly number[];
  /** Those that were refused, or nobody knows. */
  readonly notDone: number;
};

export async function measureWrites(options: LatencyOptions): Promise<Latencies> {
  const { origin, inFlight, forMs, everyMs = 0, writesMin = 0 } = options;
  const stream = new RequestStream(origin);
  const untilMs = performance.now() + forMs;
  const latencies: number[] = [];
  let notDone = 0;
  const isEnough = (): boolean => performance.now() >= untilMs && (notDone > 0 || latencies.length >= writesMin);
  const client = async (name: number): Promise<void> => {
    for (let n = 0; !isEnough() && !stream.isEnded; n++) {
      const body = encodeCommand({ kind: "put", key: utf8(`latency-${name}`), guards: NO_GUARDS, value: utf8(`${n}`) });
      const startMs = performance.now();
      const outcome = await stream.ask({ kind: "write", deadlineMs: 5_000, session: null, body });
      if (outcome.kind === "done") latencies.push(performance.now() - startMs);
      else {
        notDone += 1;
        await sleep(5);
      }
      const restMs = startMs + everyMs - performance.now();
      if (restMs > 0) await sleep(restMs);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, (_, name) => client(name)));
  stream.close();
  return { sorted: latencies.sort((a, b) => a - b), notDone };
}

export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}
