import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

const ROOT = join(__dirname, "../../../..");
const GONE_ON = 7;

const launcher = (whenReady: string): string => `
  import { sayServing } from "./client/cli/local/detached-launcher.ts";
  const looking = setInterval(() => {
    if (!(${whenReady})) return;
    clearInterval(looking);
    sayServing();
    setTimeout(() => process.exit(${GONE_ON}), 100);
  }, 5);
  console.log("up");
`;

function launch(whenReady: string): ChildProcess {
  const program = ["--input-type=module", "--eval", launcher(whenReady)];
  return spawn(process.execPath, program, { cwd: ROOT, stdio: ["ignore", "pipe", "inherit", "ipc"] });
}

test("whoever detached the launcher hears when it serves", async () => {
  const child = launch("true");
  const [said] = (await once(child, "message")) as [unknown];
  expect(said).toBe("serving");
  await once(child, "disconnect");
  expect(await once(child, "exit")).toEqual([GONE_ON, null]);
});

test("where nobody is there any more to hear it, the launcher serves all the same", async () => {
  const child = launch("!process.connected");
  await once(child.stdout as NodeJS.ReadableStream, "data");
  child.disconnect();
  expect(await once(child, "exit")).toEqual([GONE_ON, null]);
});
