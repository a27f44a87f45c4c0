#!/usr/bin/env node
// The command `flotilla` of the npm package: runs the command line under a Node that is new enough, this one or the one that
// the dependency `node` brings. Plain JavaScript, for any Node that npm runs on.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath, URL } from "node:url";

const NEEDED = { major: 24, minor: 9 };
const program = new URL("./client/cli/flotilla.js", import.meta.url);

const [major, minor] = process.versions.node.split(".").map(Number);
if (major > NEEDED.major || (major === NEEDED.major && minor >= NEEDED.minor)) await import(program.href);
else runUnder(newerNode());

function newerNode() {
  try {
    return join(dirname(createRequire(import.meta.url).resolve("node/package.json")), "bin", "node");
  } catch {
    return null;
  }
}

function runUnder(node) {
  if (node === null) return explain("its dependency `node` is not installed");
  const child = spawn(node, [fileURLToPath(program), ...process.argv.slice(2)], { stdio: "inherit" });
  child.once("error", (error) => explain(error.message));
  child.once("exit", (code, signal) => {
    for (const each of ["SIGINT", "SIGTERM", "SIGHUP"]) process.removeAllListeners(each);
    if (signal === null) process.exitCode = code ?? 1;
    else process.kill(process.pid, signal);
  });
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  // Ctrl-C on a terminal reaches the child without us; here it only must not end this process first.
  process.on("SIGINT", () => void (process.stdin.isTTY || child.kill("SIGINT")));
}

function explain(why) {
  process.stderr.write(
    `flotilla needs Node ${NEEDED.major}.${NEEDED.minor} or newer, and this is ${process.version}; its own could not be started: ${why}.\n` +
      "Was npm allowed to run the install script of the package `node`? Allow it and install again, or use a newer Node.\n",
  );
  process.exitCode = 1;
}
