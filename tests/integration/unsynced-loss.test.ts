// The layer for tests with real processes proves what it is for: after a SIGKILL everything confirmed is there, and a
// build that does not sync loses it.
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import type { SyncPolicy } from "./unsynced-bytes.ts";

let parent: string;

beforeEach(() => {
  parent = fs.mkdtempSync(`${os.tmpdir()}/unsynced-loss-`);
});

afterEach(() => {
  fs.rmSync(parent, { recursive: true });
});

/** One life, ended by SIGKILL: how many entries it found, and how many it had confirmed in the end. */
async function liveAndDie(syncs: SyncPolicy, entries: number): Promise<{ readonly recovered: number; readonly confirmed: number }> {
  const script = `${process.cwd()}/tests/integration/unsynced-log-writer.ts`;
  const child = spawn(process.execPath, [script, `${parent}/log`, `${parent}/staging`, syncs], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  let recovered = 0;
  let confirmed = 0;
  await new Promise((resolve) => {
    child.once("exit", resolve);
    child.stdout.on("data", (data: Buffer) => {
      const lines = (said + data.toString()).split("\n");
      said = lines.pop() ?? "";
      for (const line of lines) {
        if (line.startsWith("recovered ")) recovered = Number(line.slice(10));
        if (line.startsWith("confirmed ")) confirmed = Number(line.slice(10));
      }
      if (confirmed >= recovered + entries) child.kill("SIGKILL");
    });
  });
  return { recovered, confirmed };
}

test("what was confirmed is there after each of several kills", async () => {
  let confirmed = 0;
  for (let life = 0; life < 5; life++) {
    const found = await liveAndDie("honoured", 300);
    expect(found.recovered).toBeGreaterThanOrEqual(confirmed);
    confirmed = found.confirmed;
  }
  expect(confirmed).toBeGreaterThan(1_000);
});

test("a build that does not sync loses what it had confirmed", async () => {
  const first = await liveAndDie("firstOnly", 50);
  const second = await liveAndDie("firstOnly", 1);
  expect(first.confirmed).toBeGreaterThanOrEqual(50);
  expect(second.recovered).toBe(0);
});
