// A server that speaks S3: moto, from PyPI, installed into a folder of its own. Null where that can't be had.
import type { ChildProcess } from "node:child_process";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { eventually } from "./test-case.ts";

const MOTO = "5.2.5";
const ROOT = join(import.meta.dirname, "../../.tmp");
const HOME = join(ROOT, `moto-${MOTO}`);
const INSTALL_MS = 400_000;
const START_MS = 150_000;

const run = promisify(execFile);

/** A text: why it can't be used. */
export async function installS3Server(): Promise<string | null> {
  if (existsSync(join(HOME, "installed"))) return null;
  mkdirSync(ROOT, { recursive: true });
  const fresh = `${HOME}.${String(process.pid)}`;
  try {
    await run("python3", ["-m", "venv", "--copies", fresh], { timeout: INSTALL_MS });
    await run(join(fresh, "bin/python"), ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", `moto[s3,server]==${MOTO}`], {
      timeout: INSTALL_MS,
    });
    rmSync(HOME, { recursive: true, force: true });
    renameSync(fresh, HOME);
    mkdirSync(join(HOME, "installed"));
    return null;
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    return (error as Error).message.split("\n")[0] ?? "";
  }
}

export class S3Server {
  readonly #child: ChildProcess;
  readonly endpoint: string;

  private constructor(child: ChildProcess, endpoint: string) {
    this.#child = child;
    this.endpoint = endpoint;
  }

  static async start(port: number): Promise<S3Server> {
    const child = spawn(join(HOME, "bin/python"), ["-m", "moto.server", "-H", "127.0.0.1", "-p", String(port)], { stdio: "ignore" });
    const server = new S3Server(child, `http://127.0.0.1:${String(port)}`);
    await eventually("the S3 server answers", async () => (await fetch(server.endpoint).catch(() => null)) !== null || null, {
      deadlineMs: START_MS,
      everyMs: 250,
    });
    return server;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await ended;
  }
}
