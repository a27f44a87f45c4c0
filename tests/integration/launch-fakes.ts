// The launcher as `flotilla up` uses it, over services that are no services: `launch-fakes.ts DIRECTORY FIRST-PORT [no-restart|detach]`.
import { join } from "node:path";
import { detachLauncher, sayServing } from "../../client/cli/local/detached-launcher.ts";
import { startCluster } from "../../client/cli/local/start-cluster.ts";
import { paintFor } from "../../client/cli/terminal.ts";
import { endUnheard } from "../../client/cli/unheard.ts";

const [directory = "", port = "", how = ""] = process.argv.slice(2);
const program = [join(import.meta.dirname, "fake-service.ts")];

endUnheard();
if (how === "detach") {
  const { code, said } = await detachLauncher({ program: [import.meta.filename, directory, port], directory, environment: process.env });
  console.log(said);
  process.exit(code);
}
try {
  const started = await startCluster({
    directory,
    size: {},
    defaultSize: { groups: 2, replicas: 3, controllers: 1, coordinators: 0, workers: 0 },
    port: null,
    defaultPort: Number(port),
    programs: { replica: program, "shard-controller": program, coordinator: program, worker: program },
    environment: process.env,
    restarts: how !== "no-restart",
    tell: (line) => console.log(line),
    endMs: 3_000,
    paint: paintFor(process.stdout),
    progress: () => undefined,
  });
  if (started === null) process.exit(130);
  console.log("serving");
  sayServing();
  process.exit(await started.ending.ended);
} catch (error) {
  console.log(error instanceof Error ? error.message : error);
  process.exit(1);
}
