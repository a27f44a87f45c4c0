// `make redis-fuzz`: a replica of its own, fuzzed for ten minutes.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Random } from "../../../core/base/random.ts";
import { LocalGroup } from "../../../client/cli/local-group.ts";
import { freePorts } from "../../integration/free-ports.ts";
import { productOf } from "../../integration/bundled.ts";
import { fuzz, RESIDENT_MIB_MAX } from "./fuzzing.ts";

const { values } = parseArgs({ options: { seconds: { type: "string", default: "600" }, seed: { type: "string" } } });
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));

const directory = mkdtempSync(join(tmpdir(), "redis-fuzz-"));
const ports = await freePorts(1);
const group = new LocalGroup({ directory, ports, program: [productOf("replica")], environment: process.env });
console.log(`seed ${seed}`);
group.start();
try {
  await group.untilLeader(30_000);
  const { pid } = group.replica(0);
  const { connections, bytes, worked, slowestMs, residentMib } = await fuzz({
    port: ports[0]?.redis ?? 0,
    pid: pid ?? 0,
    seconds: Number(values.seconds),
    random: new Random(seed),
  });
  if (group.replica(0).pid !== pid) throw new Error("the process ended");
  console.log(
    `${connections} connections, ${(bytes / 1e6).toFixed(1)} MB; the one that behaves worked ${worked} times, ${slowestMs.toFixed(0)} ms at most; ${residentMib.toFixed(0)} MiB resident at most`,
  );
  if (worked === 0) throw new Error("the one that behaves was never answered");
  if (residentMib === 0) throw new Error("nobody knows how much memory it took");
  if (residentMib > RESIDENT_MIB_MAX) throw new Error(`more than ${RESIDENT_MIB_MAX} MiB`);
} finally {
  await group.stop(10_000);
  rmSync(directory, { recursive: true, force: true });
}
