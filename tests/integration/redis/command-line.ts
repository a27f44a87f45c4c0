// redis-cli, as it comes with Debian's redis-tools, in the ways in which people use it with a cluster.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { check, eventually } from "../test-case.ts";

const run = promisify(execFile);
const TIMEOUT_MS = 120_000;
const AGREED_WITHIN_MS = 30_000;
const ASKED_EVERY_MS = 100;

export async function redisCli(...args: readonly string[]): Promise<string> {
  const { stdout } = await run("redis-cli", [...args], { timeout: TIMEOUT_MS });
  return stdout.trim();
}

/** Lines as somebody types them, on one connection after the other, as it is sent on. */
async function redisCliTyping(args: readonly string[], lines: readonly string[]): Promise<string> {
  const running = run("redis-cli", [...args], { timeout: TIMEOUT_MS });
  running.child.stdin?.end(`${lines.join("\n")}\n`);
  const { stdout } = await running;
  return stdout.trim();
}

/** By the address of one member, whoever leads by now: it is sent on, to keys with each of these tags. */
export async function checkCommandLineWorks(port: string, tags: readonly string[], value: string): Promise<void> {
  const at = ["-c", "-p", port];
  for (const tag of tags) {
    const [key, sum] = [`{${tag}}cli`, `{${tag}}sum`];
    check((await redisCli(...at, "SET", key, value)) === "OK", `redis-cli -c SET ${key}`);
    check((await redisCli(...at, "-3", "GET", key)) === value, `redis-cli -c -3 GET ${key}`);
    const told = await redisCliTyping(at, [`SET ${sum} 0`, "MULTI", `INCR ${sum}`, `INCR ${sum}`, "EXEC"]);
    check(/QUEUED\s+QUEUED\s+1\s+2$/.test(told), `redis-cli -c with MULTI and EXEC: ${told}`);
  }
}

/**
 * Every member says the same of who has which slots. Soon, not at once: a member looks every two seconds who leads other groups, or
 * four times a second while it has clients, and redis-cli is the only one that many have. Returns how often it had to be asked.
 */
export async function untilMembersAgree(port: string): Promise<number> {
  let asked = 0;
  let told = "";
  const agree = async (): Promise<boolean> => {
    asked++;
    told = await redisCli("--cluster", "check", `127.0.0.1:${port}`).catch((error: unknown) => (error as { stdout?: string }).stdout ?? "");
    return isInOrder(told);
  };
  await eventually("redis-cli --cluster check finds nothing", async () => (await agree()) || null, {
    deadlineMs: AGREED_WITHIN_MS,
    everyMs: ASKED_EVERY_MS,
    describe: () => told,
  });
  return asked;
}

/** What `--cluster check` says of a cluster without a fault. */
export function isInOrder(checked: string): boolean {
  return checked.includes("[OK] All nodes agree about slots configuration") && checked.includes("[OK] All 16384 slots covered");
}
