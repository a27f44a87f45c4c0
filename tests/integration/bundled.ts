// Programs that tests start as processes, each as one file, as images have it. A replica starts with half of the work that its hundreds of
// modules take one by one, and tests start replicas hundreds of times.
import { buildSync } from "esbuild";
import { mkdirSync, renameSync } from "node:fs";
import { basename, join } from "node:path";
import { BUNDLING } from "../../docker/bundling.ts";

const ROOT = join(import.meta.dirname, "../..");
const DIRECTORY = join(ROOT, ".tmp/bundles");

/** By what was bundled. Made anew by each run of tests, so it is never that of an older source. */
const made = new Map<string, string>();

/** The product's own program of a service. */
export function productOf(service: "replica" | "shard-controller"): string {
  return bundled(`services/${service}/main.ts`, service, true);
}

/** A program of the tests that calls what a program of the product calls: only its own first lines may run. */
export function bundledTestProgram(path: string): string {
  return bundled(path, basename(path, ".ts"), false);
}

function bundled(path: string, name: string, isMain: boolean): string {
  const known = made.get(path);
  if (known !== undefined) return known;
  mkdirSync(DIRECTORY, { recursive: true });
  const file = join(DIRECTORY, `${name}.mjs`);
  const unfinished = `${file}.${String(process.pid)}`;
  buildSync({
    ...BUNDLING,
    absWorkingDir: ROOT,
    entryPoints: [path],
    outfile: unfinished,
    define: isMain ? {} : { "import.meta.main": "false" },
  });
  // Another run of tests may be starting the one before it.
  renameSync(unfinished, file);
  made.set(path, file);
  return file;
}
