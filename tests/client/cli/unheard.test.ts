import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(__dirname, "../../..");
const GONE_ON = 7;

/** Says something every few milliseconds, and ends by itself with that code if it lives to. */
const speaker = (mode: string): string => `
  import * as unheard from "./client/cli/unheard.ts";
  unheard.endUnheard();
  ${mode}
  setInterval(() => console.log("still here"), 5);
  setTimeout(() => process.exit(${GONE_ON}), 300);
`;
const LIKE_MOST = "";
const KEEPS_PROCESSES = "unheard.goOnUnheard();";

const full = openSync("/dev/full", "w");
afterAll(() => closeSync(full));

/** Into a pipe that nobody reads, or onto a disk without room. */
async function endOf(mode: string, output: "pipe" | number): Promise<number | null> {
  const program = ["--input-type=module", "--eval", speaker(mode)];
  const child = spawn(process.execPath, program, { cwd: ROOT, stdio: ["ignore", output, "ignore"] });
  child.stdout?.destroy();
  const [code] = (await once(child, "exit")) as [number | null];
  return code;
}

test("a command whose reader has left wants no more, and one whose words have no room fails", async () => {
  expect(await endOf(LIKE_MOST, "pipe")).toBe(0);
  expect(await endOf(LIKE_MOST, full)).toBe(1);
});

test("whoever keeps processes running goes on, without a reader and without room", async () => {
  expect(await endOf(KEEPS_PROCESSES, "pipe")).toBe(GONE_ON);
  expect(await endOf(KEEPS_PROCESSES, full)).toBe(GONE_ON);
});
