// `make redis-fuzz`: a replica of its own, fuzzed for ten minutes.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Random } from "../../../core/base/random.ts";
import { LocalGroup } from "../../../client/cli/local-group.ts";
import { freePorts } from "../../integration/free-ports.ts";
import { productOf } from "../../integration/bundled.ts";
import { fuzz } from "./fuzzing.ts";

const { values } = parseArgs({ options: { seconds: { type: "string", default: "600" }, seed: { type: "string" } } });
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const RESIDENT_MIB_MAX = 600;

const directory = mkdtempSync(join(tmpdir(), "redis-fuzz-"));
const ports = await freePorts(1);
const group = new LocalGroup({ directory, ports, program: [productOf("replica")], environment: process.env });
console.log(`seed ${seed}`);
group.start();
try {
  await group.untilLeader(30_000);
  const { pid } = group.replica(0);
  const { connections, bytes, worked, slowestMs } = await fuzz({
    port: ports[0]?.redis ?? 0,
    seconds: Number(values.seconds),
    random: new Random(seed),
  });
  if (group.replica(0).pid !== pid) throw new Error("the process ended");
  const residentMib = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${String(pid)}/status`, "utf8"))?.[1] ?? 0) / 1_024;
  console.log(
    `${connections} connections, ${(bytes / 1e6).toFixed(1)} MB; the one that behaves worked ${worked} times, ${slowestMs.toFixed(0)} ms at most; ${residentMib.toFixed(0)} MiB resident`,
  );
  if (residentMib > RESIDENT_MIB_MAX) throw new Error(`more than ${RESIDENT_MIB_MAX} MiB`);
} finally {
  await group.stop(10_000);
  rmSync(directory, { recursive: true, force: true });
}
