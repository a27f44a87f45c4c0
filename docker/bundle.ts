// One file per service, with everything that it imports: an image then needs Node and that file, no packages. Licences of
// what was bundled go into a file beside it, and its bill of materials into another. `node docker/bundle.ts OUT replica shard-controller`
// bundles some of them.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Plugin } from "esbuild";
import { build } from "esbuild";
import type { LockFile } from "./bill-of-materials.ts";
import { billOfMaterials } from "./bill-of-materials.ts";
import { BUNDLING } from "./bundling.ts";

const ROOT = join(import.meta.dirname, "..");
const ENTRY_POINTS: Readonly<Record<string, string>> = {
  replica: "services/replica/main.ts",
  "shard-controller": "services/shard-controller/main.ts",
  coordinator: "services/coordinator/main.ts",
  worker: "services/worker/main.ts",
  cli: "client/cli/flotilla.ts",
  // What a worker starts, beside its own file.
  task: "services/worker/task-process.ts",
  sandbox: "runtime/tasks/sandbox/sandbox-process.ts",
  // As large as all the rest, and wanted by one command only: beside the command line, which loads it when it is asked for it.
  "kubernetes-client": "node_modules/@kubernetes/client-node/dist/index.js",
};
const BESIDE: Plugin = {
  name: "beside",
  setup: ({ onResolve }) =>
    onResolve({ filter: /^@kubernetes\/client-node$/ }, () => ({ path: "./kubernetes-client.mjs", external: true })),
};
const [out, ...names] = process.argv.slice(2);
if (out === undefined || names.length === 0) throw new Error("usage: node docker/bundle.ts OUT SERVICE...");
mkdirSync(out, { recursive: true });
const lock = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as LockFile;
for (const name of names) {
  const entryPoint = ENTRY_POINTS[name];
  if (entryPoint === undefined) throw new Error(`${name} is none of ${Object.keys(ENTRY_POINTS).join(", ")}`);
  const outfile = resolve(out, `${name}.mjs`);
  const { metafile } = await build({
    // Paths in the metafile are seen from here, as those of the lock file are.
    absWorkingDir: ROOT,
    entryPoints: [entryPoint],
    outfile,
    ...BUNDLING,
    plugins: [BESIDE],
    legalComments: "linked",
    metafile: true,
  });
  const inputs = Object.values(metafile.outputs).find(({ entryPoint: of }) => of === entryPoint)?.inputs ?? {};
  writeFileSync(`${outfile}.cdx.json`, billOfMaterials({ bundle: name, inputs, lock }));
}
