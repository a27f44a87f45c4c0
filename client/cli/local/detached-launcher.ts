// `up --detach`: the same launcher in the background, with a log of its own. Whoever started it waits until it says that the
// cluster serves, or hears why it does not.
import { spawn } from "node:child_process";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { CODES } from "../trouble.ts";
import { makeDirectory } from "./make-directory.ts";

export const LAUNCHER_LOG = "launcher.log";
const SERVING = "serving";
const TAIL_BYTES_MAX = 65_536;

export type DetachOptions = { readonly program: readonly string[]; readonly directory: string; readonly environment: NodeJS.ProcessEnv };
export type Detached = { readonly code: number; readonly said: string };

/** Resolves when it serves, with the launcher's own words. */
export function detachLauncher({ program, directory, environment }: DetachOptions): Promise<Detached> {
  makeDirectory(directory);
  const log = openSync(join(directory, LAUNCHER_LOG), "a+");
  const begin = fstatSync(log).size;
  const child = spawn(process.execPath, program, { detached: true, stdio: ["ignore", log, log, "ipc"], env: environment });
  // Not there for Ctrl-C: it is in a session of its own.
  const interrupt = (): void => void child.kill("SIGTERM");
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  return new Promise((resolve) => {
    const over = (code: number): void => {
      process.off("SIGINT", interrupt);
      process.off("SIGTERM", interrupt);
      const said = wordsSince(log, begin);
      closeSync(log);
      resolve({ code, said });
    };
    child.once("message", (message) => {
      if (message !== SERVING) return;
      child.disconnect();
      child.unref();
      over(CODES.done);
    });
    child.once("error", () => over(CODES.failed));
    child.once("exit", (code, signal) => over(signal === null && code === 0 ? CODES.interrupted : (code ?? CODES.failed)));
  });
}

/** From the launcher to whoever detached it, if somebody did. Where that one is gone the cluster serves all the same. */
export function sayServing(): void {
  process.send?.(SERVING, () => {
    if (process.connected) process.disconnect();
  });
}

function wordsSince(log: number, begin: number): string {
  const bytes = Buffer.alloc(Math.min(fstatSync(log).size - begin, TAIL_BYTES_MAX));
  return bytes
    .subarray(0, readSync(log, bytes, 0, bytes.length, begin))
    .toString("utf8")
    .trim();
}
