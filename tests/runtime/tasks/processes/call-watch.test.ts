import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { CALL_TOOK_TOO_LONG } from "../../../../runtime/tasks/processes/call-watch.ts";

const PATH = join(__dirname, "../../../../runtime/tasks/processes/call-watch.ts");

function run(body: string) {
  const program = `import { watchCalls } from ${JSON.stringify(PATH)}; const wait = (ms) => { const end = performance.now() + ms; while (performance.now() < end); }; ${body}`;
  return spawnSync(process.execPath, ["--no-warnings", "--input-type=module", "-e", program], { encoding: "utf8", timeout: 20_000 });
}

test("a call that takes too long ends the process; many that don't, and what is between them, do not", () => {
  const watched = "const watch = watchCalls(400);";
  const fine = run(`${watched} for (let i = 0; i < 4; i++) { watch.begin(i, 0); wait(150); watch.end(); } wait(600); console.log("done");`);
  expect([fine.signal, fine.stdout]).toEqual([null, "done\n"]);
  const long = run(`${watched} watch.begin(7, 70); wait(15_000);`);
  expect(long.signal).toBe(CALL_TOOK_TOO_LONG);
  expect(long.stderr).toContain("record 7, at byte 70, took more than 400 ms");
});
