import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalProcess } from "../../../../client/cli/local/local-process.ts";

const directory = mkdtempSync(join(tmpdir(), "flotilla-local-process-"));
afterAll(() => rmSync(directory, { recursive: true }));

const processOf = (script: string): LocalProcess =>
  new LocalProcess({ name: "x", log: join(directory, "logs/x.log"), program: ["-e", script], environment: process.env });

test("its last words are what it said on standard error in this life, not its log", async () => {
  const first = processOf('console.log(JSON.stringify({ a: 1 })); console.error("first words")');
  first.start();
  expect(await first.exit).toEqual({ code: 0, signal: null, lastWords: "first words" });
  const second = processOf('console.log("{}".repeat(20000)); console.error("the disk is damaged"); process.exit(78)');
  second.start();
  expect(await second.exit).toEqual({ code: 78, signal: null, lastWords: "the disk is damaged" });
  expect(readFileSync(second.log, "utf8")).toContain("first words");
});

test("has an id and a beginning while it runs, and none afterwards", async () => {
  const running = processOf("setInterval(() => 0, 1000)");
  running.start();
  expect(running.mark?.pid).toBe(running.pid);
  expect(() => running.start()).toThrow("runs already");
  expect(await running.stop(5_000)).toMatchObject({ signal: "SIGTERM" });
  expect([running.pid, running.mark]).toEqual([null, null]);
});

test("a program that can't be started has ended, and says why", async () => {
  const missing = processOf("");
  missing.start({ program: [join(directory, "nowhere.js")] });
  const exit = await missing.exit;
  expect(exit.code).toBe(1);
  expect(exit.lastWords).toContain("nowhere.js");
});
