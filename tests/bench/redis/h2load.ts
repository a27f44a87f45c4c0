// One run of h2load against one member of etcd, by its gRPC, and what it says about it. It sends the same bytes every time, so all
// requests are about one key; that costs etcd no more than many.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { processorMs } from "../peers/processor-time.ts";
import type { Measured } from "../peers/wrk.ts";
import { outputOf, VALUE_BYTES } from "../peers/wrk.ts";

export type GrpcLoad = {
  readonly kind: "write" | "read";
  readonly connections: number;
  /** Requests under way on each connection. */
  readonly pipeline: number;
  readonly seconds: number;
  /** `host:port` */
  readonly target: string;
  readonly pids: readonly (number | null | undefined)[];
};

const METHODS = { write: "Put", read: "Range" } as const;
const KEY = "key:000000000001";

export async function runH2load({ kind, connections, pipeline, seconds, target, pids }: GrpcLoad): Promise<Measured> {
  const directory = mkdtempSync(join(tmpdir(), "bench-redis-"));
  const [body, log] = [join(directory, "body"), join(directory, "log")];
  try {
    writeFileSync(body, framed(kind === "write" ? Buffer.concat([field(1, KEY), field(2, "x".repeat(VALUE_BYTES))]) : field(1, KEY)));
    const load = ["-c", connections, "-m", pipeline, "-D", seconds, "-d", body, `--log-file=${log}`];
    const headers = ["-H", "content-type: application/grpc", "-H", "te: trailers"];
    const [busyBefore, revisionBefore] = [processorMs(pids), await revisionOf(target)];
    await outputOf("h2load", [...load.map(String), ...headers, `http://${target}/etcdserverpb.KV/${METHODS[kind]}`]);
    const busyMs = processorMs(pids) - busyBefore;
    const lines = readFileSync(log, "utf8").trimEnd().split("\n");
    const answers = lines.map((line) => line.split("\t").map(Number));
    const micros = answers.map(([, , each = NaN]) => each).sort((a, b) => a - b);
    const wrong = answers.filter(([, status]) => status !== 200).length;
    // A gRPC error comes with status 200; writes that were none are seen by the revision.
    const lost = kind === "write" ? Math.max(0, answers.length - ((await revisionOf(target)) - revisionBefore)) : 0;
    return {
      perSecond: Math.round(answers.length / seconds),
      p50Ms: (micros[Math.floor(micros.length / 2)] ?? NaN) / 1_000,
      p99Ms: (micros[Math.floor(micros.length * 0.99)] ?? NaN) / 1_000,
      errors: wrong + lost,
      processorUs: Math.round((busyMs * 1_000) / answers.length),
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Of the store: one more for every write. */
async function revisionOf(target: string): Promise<number> {
  const body = JSON.stringify({ key: Buffer.from(KEY).toString("base64") });
  const response = await fetch(`http://${target}/v3/kv/range`, { method: "POST", body });
  return Number(((await response.json()) as { header: { revision: string } }).header.revision);
}

/** A field of bytes, as protocol buffers have it. */
function field(number: number, text: string): Buffer {
  const length = text.length < 128 ? [text.length] : [(text.length & 127) | 128, text.length >> 7];
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length]), Buffer.from(text)]);
}

/** A message, as gRPC sends it: not compressed, and how long it is. */
function framed(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}
