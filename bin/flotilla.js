#!/usr/bin/env node
// `npx flotilla` in the clone: runs the command line with the Node that it needs, which npm installed beside everything else
// where the machine's own is older.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const COMMAND_LINE = join(dirname(fileURLToPath(import.meta.url)), "../client/cli/flotilla.ts");
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major > 24 || (major === 24 && minor >= 9)) await import(COMMAND_LINE);
else {
  const node = join(dirname(createRequire(import.meta.url).resolve("node/package.json")), "bin/node");
  const child = spawn(node, [COMMAND_LINE, ...process.argv.slice(2)], { stdio: "inherit" });
  // Ctrl-C reaches the child by itself; it decides how to end.
  for (const signal of ["SIGINT", "SIGHUP"]) process.on(signal, () => undefined);
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  child.on("error", (error) => {
    process.stderr.write(`Node 24.9 or newer is needed, and ${node} can't be run (${error.message}): npm ci installs it\n`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => (signal === null ? process.exit(code ?? 1) : process.kill(process.pid, signal)));
}
