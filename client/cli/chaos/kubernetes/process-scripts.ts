// What is run beside a process in its container, to end it or to make it stand still. The first process of a container can't be
// killed or stopped by signals from inside, and nothing here has privileges outside. But Node opens its inspector on loopback when it is
// told to by SIGUSR1, and through that a process does what it is asked.

/** Of a process that stands still, for as long as it shall; each pod has a folder of its own there. */
const STANDS_STILL = "/tmp/flotilla-stands-still";
/** Until whoever asked has gone: with the first process of a container go all others in it. */
const LATER_MS = 500;
const STILL_MS = 10_000;
const CLOSE = `process.getBuiltinModule("node:inspector").close()`;

/** Ends at once: nothing is finished, and nobody is told. */
export const KILL = `${inProcess(`setTimeout(() => process.reallyExit(137), ${LATER_MS})`)}
process.exit(0);
`;

/**
 * Its event loop stands still until it is told to go on, and no longer than that. What other threads have begun, they end. The script
 * ends once it stands still, so that whoever tells it to go on is always heard.
 */
export function pauseFor(mostMs: number): string {
  const standStill = inProcess(`setTimeout(() => {
    const files = process.getBuiltinModule("node:fs");
    const cell = new Int32Array(new SharedArrayBuffer(4));
    const until = Date.now() + ${mostMs};
    try {
      files.writeFileSync("${STANDS_STILL}", "");
    } catch {}
    while (Date.now() < until && files.existsSync("${STANDS_STILL}")) Atomics.wait(cell, 0, 0, 10);
    files.rmSync("${STANDS_STILL}", { force: true });
    ${CLOSE};
  }, ${LATER_MS})`);
  return `
import { existsSync, rmSync } from "node:fs";
// A life that ended as it stood still has left its file.
rmSync("${STANDS_STILL}", { force: true });
${standStill}
socket.close();
const untilMs = performance.now() + ${STILL_MS};
while (!existsSync("${STANDS_STILL}")) {
  if (performance.now() > untilMs) throw new Error("it does not stand still");
  await new Promise((resolve) => setTimeout(resolve, 5));
}
process.exit(0);
`;
}

export const RESUME = `import { rmSync } from "node:fs"; rmSync("${STANDS_STILL}", { force: true });`;

/** The expression must return at once, and do what it does a little later: whoever asked has hung up then. */
function inProcess(expression: string): string {
  return `
process.kill(1, "SIGUSR1");
let target;
for (let i = 0; i < 100 && target === undefined; i++) {
  await new Promise((resolve) => setTimeout(resolve, 20));
  target = (await fetch("http://127.0.0.1:9229/json/list").then((answer) => answer.json(), () => []))[0];
}
if (target === undefined) throw new Error("its inspector does not open");
const socket = new WebSocket(target.webSocketDebuggerUrl);
await new Promise((resolve, reject) => { socket.onopen = resolve; socket.onerror = reject; });
const answered = new Promise((resolve) => { socket.onmessage = resolve; socket.onclose = resolve; });
socket.send(JSON.stringify({ id: 1, method: "Runtime.evaluate", params: { expression: ${JSON.stringify(`(${expression}, 1)`)} } }));
await answered;
`;
}
