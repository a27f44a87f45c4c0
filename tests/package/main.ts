// `make pack-test`: packs, installs the tarball into an empty folder as anybody would, and uses it there: a cluster that its command
// starts and ends, the library on this machine's own Node, its types, and the command. `--keep` leaves the folder.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { parseArgs } from "node:util";
import { readClusterFile } from "../../client/cli/local/cluster-file.ts";
import { PORTS_SPAN } from "../../client/cli/local/local-plan.ts";
import { pack } from "../../client/package/pack.ts";
import { freePortRange } from "../integration/free-ports.ts";
import { check } from "../integration/test-case.ts";
import { failureLine, reportSuite } from "../suites/report.ts";

const { values: options } = parseArgs({ options: { keep: { type: "boolean", default: false }, results: { type: "string" } } });
const ROOT = join(import.meta.dirname, "../..");
const INSTALL_MS = 180_000;
const STEP_MS = 60_000;
/** The command gives up by itself before. */
const UP_MS = 120_000;
/** One group is enough to put and get, and nobody asks for jobs. */
const SMALL = ["--groups", "1", "--controllers", "1", "--coordinators", "0", "--workers", "0"];
/** Without what this clone puts in front. */
const MACHINE_PATH = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== join(ROOT, "node_modules/.bin"));
const ENVIRONMENT = { ...process.env, PATH: MACHINE_PATH.join(delimiter) };

const folder = mkdtempSync(join(tmpdir(), "flotilla-package-"));
const counts = { passed: 0, failed: 0 };
const failures: string[] = [];
const tarball = pack();

await step("the package holds what was compiled, and nothing else", () => {
  const files = run("tar", ["-tzf", tarball]).trim().split("\n");
  const strangers = files.filter(
    (file) => !/^package\/(?:package\.json|README\.md|LICENSE|dist\/launcher\.js|dist\/.*\.(?:js|d\.ts))$/.test(file),
  );
  check(strangers.length === 0, `these don't belong into it: ${strangers.join(", ")}`);
  const built = files.filter((file) =>
    /^package\/dist\/(?!(?:core|runtime|client|services)\/|launcher\.js$)|\/client\/package\//.test(file),
  );
  check(built.length === 0, `these don't either: ${built.join(", ")}`);
  check(files.includes("package/dist/client/connect.d.ts"), "the declarations of the library are there");
});

await step("installs into an empty folder", () => {
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  run("npm", ["install", tarball, "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"], INSTALL_MS);
});

await step("its command starts a cluster, where the library puts and gets on this machine's own Node, and ends it", async () => {
  const data = join(folder, "data");
  const flotilla = (...words: readonly string[]): string => run("npx", ["--no-install", "flotilla", ...words, "--data", data], UP_MS);
  try {
    flotilla("up", "--detach", ...SMALL, "--port", String(await freePortRange(PORTS_SPAN)));
    const origins = processesIn(data).flatMap(({ service, http }) => (service === "replica" ? [http] : []));
    cpSync(join(import.meta.dirname, "sample.js"), join(folder, "sample.js"));
    const said = run("node", ["sample.js", ...origins]).trim();
    check(/^v\d+\.\d+\.\d+ hello 1$/.test(said), `the sample says its version and what it read, not ${JSON.stringify(said)}`);
    flotilla("down");
    check(
      processesIn(data).every(({ pid }) => pid === null),
      "after down every pid is null",
    );
    return said;
  } finally {
    // Does no harm where nothing runs.
    if (processesIn(data).length > 0) flotilla("down");
  }
});

await step("its types are right, and complete without anybody else's", () => {
  cpSync(join(import.meta.dirname, "sample-types.ts"), join(folder, "sample-types.ts"));
  const compilerOptions = { strict: true, noEmit: true, skipLibCheck: false, types: [], lib: ["ES2022", "DOM"], target: "ES2022" };
  const config = { compilerOptions: { ...compilerOptions, module: "nodenext" }, files: ["sample-types.ts"] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  run(join(ROOT, "node_modules/.bin/node"), [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", "."]);
});

await step("its command finds a Node that is new enough, and ends as the command line does", () => {
  check(run("npx", ["--no-install", "flotilla", "--help"]).includes("flotilla"), "the help is printed");
  let status: unknown = 0;
  try {
    run("npx", ["--no-install", "flotilla", "no-such-command"]);
  } catch (error) {
    ({ status } = error as { readonly status: unknown });
  }
  check(status === 2, `a wrong command ends with 2, not ${String(status)}`);
});

if (options.keep) console.log(folder);
else if (existsSync(folder)) rmSync(folder, { recursive: true, force: true });
console.log(`${counts.passed} passed, ${counts.failed} failed`);
reportSuite(options.results, { ...counts, failures });
process.exit(counts.failed === 0 ? 0 : 1);

function processesIn(data: string): readonly { readonly service: string; readonly http: string; readonly pid: number | null }[] {
  return readClusterFile(data)?.processes ?? [];
}

async function step(name: string, perform: () => unknown): Promise<void> {
  const startedMs = performance.now();
  try {
    const said = await perform();
    counts.passed += 1;
    console.log(`✓ ${name} (${((performance.now() - startedMs) / 1_000).toFixed(1)} s)${typeof said === "string" ? `: ${said}` : ""}`);
  } catch (error) {
    counts.failed += 1;
    failures.push(failureLine(name, error instanceof Error ? error.message : String(error)));
    const { stdout = "", stderr = "" } = error as { readonly stdout?: string; readonly stderr?: string };
    console.log(`✗ ${name}\n${error instanceof Error ? error.message : String(error)}\n${stdout}${stderr}`);
  }
}

function run(program: string, args: readonly string[], timeout: number = STEP_MS): string {
  return execFileSync(program, args, { cwd: folder, env: ENVIRONMENT, encoding: "utf8", timeout, stdio: ["ignore", "pipe", "pipe"] });
}
