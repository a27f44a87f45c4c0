// `make pack`: the npm package `flotilla`, from this clone. Node refuses to strip types below node_modules, so the package holds
// JavaScript and type declarations, below dist/ and nowhere else.
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

type Manifest = Readonly<Record<string, unknown>> & { readonly dependencies: Readonly<Record<string, string>> };

const HERE = import.meta.dirname;
const ROOT = join(HERE, "../..");
const DIST = join(ROOT, "dist");
const STAGE = join(DIST, "package");
/** What undici 7 asks for. */
const ENGINES = { node: ">=20.18.1" };

/** The path of the tarball. */
export function pack(): string {
  rmSync(STAGE, { recursive: true, force: true });
  mkdirSync(join(STAGE, "dist"), { recursive: true });
  execFileSync(join(ROOT, "node_modules/.bin/tsc"), ["-p", HERE], { stdio: "inherit" });
  pointDeclarationsAtJavaScript(join(STAGE, "dist"));
  cpSync(join(HERE, "launcher.js"), join(STAGE, "dist/launcher.js"));
  chmodSync(join(STAGE, "dist/launcher.js"), 0o755);
  cpSync(join(ROOT, "client/README.md"), join(STAGE, "README.md"));
  cpSync(join(ROOT, "LICENSE"), join(STAGE, "LICENSE"));
  writeFileSync(join(STAGE, "package.json"), `${JSON.stringify(packageManifest(), null, 2)}\n`);
  const [{ filename }] = JSON.parse(
    execFileSync("npm", ["pack", "--json", "--pack-destination", DIST], { cwd: STAGE, encoding: "utf8" }),
  ) as [{ readonly filename: string }];
  return join(DIST, filename);
}

function packageManifest(): Readonly<Record<string, unknown>> {
  const { name, version, description, license, type, dependencies } = JSON.parse(
    readFileSync(join(ROOT, "package.json"), "utf8"),
  ) as Manifest;
  return {
    ...{ name, version, description, license, type },
    engines: ENGINES,
    exports: {
      ".": { types: "./dist/client/connect.d.ts", default: "./dist/client/connect.js" },
      "./redis-once": { types: "./dist/client/redis-once.d.ts", default: "./dist/client/redis-once.js" },
      "./package.json": "./package.json",
    },
    bin: { flotilla: "dist/launcher.js" },
    files: ["dist"],
    dependencies,
  };
}

/** The compiler leaves the suffixes of imports as they are in declarations, and there are no such files in the package. */
function pointDeclarationsAtJavaScript(directory: string): void {
  for (const name of readdirSync(directory, { recursive: true, encoding: "utf8" }).filter((each) => each.endsWith(".d.ts"))) {
    const path = join(directory, name);
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.replaceAll(/((?:from |import\()"\.[^"]*)\.ts"/g, '$1.js"'));
  }
}

if (import.meta.main) process.stdout.write(`${pack()}\n`);
