// The launcher as `flotilla up` uses it, over services that are no services: `launch-fakes.ts DIRECTORY FIRST-PORT [no-restart]`.
import { join } from "node:path";
import { startCluster } from "../../client/cli/local/start-cluster.ts";
import { paintFor } from "../../client/cli/terminal.ts";

const [directory = "", port = "", restart = ""] = process.argv.slice(2);
const program = [join(import.meta.dirname, "fake-service.ts")];

try {
  const started = await startCluster({
    directory,
    size: {},
    defaultSize: { groups: 2, replicas: 3, controllers: 1, coordinators: 0, workers: 0 },
    port: null,
    defaultPort: Number(port),
    programs: { replica: program, "shard-controller": program, coordinator: program, worker: program },
    environment: process.env,
    restarts: restart !== "no-restart",
    tell: (line) => console.log(line),
    endMs: 3_000,
    paint: paintFor(process.stdout),
    progress: () => undefined,
  });
  if (started === null) process.exit(130);
  console.log("serving");
  process.exit(await started.ending.ended);
} catch (error) {
  console.log(error instanceof Error ? error.message : error);
  process.exit(1);
}
