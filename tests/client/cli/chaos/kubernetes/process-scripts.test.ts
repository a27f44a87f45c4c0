// The scripts as they are run in a container, on a process of this machine: under its own id, inspector's port and folder.
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KILL, pauseFor, RESUME } from "../../../../../client/cli/chaos/kubernetes/process-scripts.ts";
import { pause } from "../../../../../client/waiting.ts";
import { freePortRange } from "../../../../integration/free-ports.ts";

jest.setTimeout(240_000);
const PAUSE_MOST_MS = 300_000;
/** Much less than that, and enough for a busy machine. */
const SOON_MS = 60_000;

class Beating {
  readonly #process: ChildProcess;
  readonly #port: number;
  readonly directory = mkdtempSync(join(tmpdir(), "flotilla-scripts-"));
  beats = 0;

  constructor(port: number) {
    this.#port = port;
    this.#process = spawn(process.execPath, [`--inspect-port=${port}`, "--eval", `setInterval(() => process.stdout.write("."), 10)`]);
    this.#process.stdout?.on("data", (beats: Buffer) => (this.beats += beats.length));
  }

  /** In a container it is the first process, and nobody else has the inspector's port or the folder. */
  async run(script: string): Promise<void> {
    const here = script
      .replace("process.kill(1,", `process.kill(${this.#process.pid ?? 0},`)
      .replaceAll("127.0.0.1:9229", `127.0.0.1:${this.#port}`)
      .replaceAll("/tmp/flotilla-", `${this.directory}/flotilla-`);
    const beside = spawn(process.execPath, ["--input-type=module", "--eval", here], { stdio: ["ignore", "ignore", "pipe"] });
    const said: string[] = [];
    beside.stderr.on("data", (text: Buffer) => said.push(text.toString()));
    const [code] = (await once(beside, "close")) as [number];
    if (code !== 0) throw new Error(said.join(""));
  }

  async untilItBeats(): Promise<void> {
    const { beats } = this;
    await this.#until(() => this.beats > beats);
  }

  untilItEnds(): Promise<void> {
    return this.#until(() => this.#process.exitCode !== null);
  }

  async beatsWithin(ms: number): Promise<number> {
    const { beats } = this;
    await pause(ms);
    return this.beats - beats;
  }

  async #until(isSo: () => boolean): Promise<void> {
    const untilMs = performance.now() + SOON_MS;
    while (!isSo()) {
      if (performance.now() > untilMs) throw new Error(`not within ${SOON_MS / 1_000} s`);
      await pause(10);
    }
  }

  end(): void {
    this.#process.kill("SIGKILL");
    rmSync(this.directory, { recursive: true, force: true });
  }
}

let beating: Beating;

beforeEach(async () => {
  beating = new Beating(await freePortRange(1));
  await beating.untilItBeats();
});

afterEach(() => beating.end());

test("a process stands still once the script has ended, and goes on as soon as it is told, however soon that is", async () => {
  for (let turn = 0; turn < 2; turn++) {
    await beating.run(pauseFor(PAUSE_MOST_MS));
    await beating.run(RESUME);
    // One that was told before it stood still would only do so now.
    await pause(700);
    await beating.untilItBeats();
  }
});

test("it stands still from the end of the script on", async () => {
  await beating.run(pauseFor(PAUSE_MOST_MS));
  // What was written before may still arrive.
  await pause(100);
  expect(await beating.beatsWithin(700)).toBe(0);
});

test("it goes on by itself after a while", async () => {
  await beating.run(pauseFor(300));
  await beating.untilItBeats();
});

test("what an earlier life has left behind is not taken for a process that stands still", async () => {
  writeFileSync(`${beating.directory}/flotilla-stands-still`, "");
  await beating.run(pauseFor(PAUSE_MOST_MS));
  await pause(100);
  expect(await beating.beatsWithin(700)).toBe(0);
  await beating.run(RESUME);
  await beating.untilItBeats();
});

test("a process ends at once, and not because it was asked to end", async () => {
  await beating.run(KILL);
  await beating.untilItEnds();
});
