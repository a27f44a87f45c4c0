// Which process is meant: its id alone may be somebody else's by now, so the moment of its beginning is kept with it.
// Nothing is ever signalled by an id that was read from a file unless both fit.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { pause } from "../../waiting.ts";

export type ProcessMark = { readonly pid: number; readonly began: string };

const LOOK_MS = 25;

/** Null for a process that has ended already. */
export function markOf(pid: number): ProcessMark | null {
  const began = beginningOf(pid);
  return began === null ? null : { pid, began };
}

export function isAlive({ pid, began }: ProcessMark): boolean {
  return beginningOf(pid) === began;
}

export function signalIfAlive(mark: ProcessMark, signal: NodeJS.Signals): void {
  if (!isAlive(mark)) return;
  try {
    process.kill(mark.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Whether it has ended by the deadline. */
export async function untilEnded(mark: ProcessMark, deadlineMs: number): Promise<boolean> {
  const untilMs = performance.now() + deadlineMs;
  while (isAlive(mark)) {
    if (performance.now() > untilMs) return false;
    await pause(LOOK_MS);
  }
  return true;
}

/** Asks processes that are not ours to end, and insists after the deadline. */
export async function endMarked(marks: readonly ProcessMark[], deadlineMs: number): Promise<void> {
  await Promise.all(
    marks.map(async (mark) => {
      signalIfAlive(mark, "SIGCONT");
      signalIfAlive(mark, "SIGTERM");
      if (await untilEnded(mark, deadlineMs)) return;
      signalIfAlive(mark, "SIGKILL");
      await untilEnded(mark, INSIST_MS);
    }),
  );
}

const INSIST_MS = 5_000;

function beginningOf(pid: number): string | null {
  if (!Number.isInteger(pid) || pid <= 0) return null;
  return process.platform === "linux" ? beginningInProc(pid) : beginningByPs(pid);
}

/** Clock ticks since the machine started, with the id of that start. */
function beginningInProc(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the program's name in parentheses, which may itself contain spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // Z, X: it has ended, and its parent has not noticed yet.
    if (fields[0] === "Z" || fields[0] === "X") return null;
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").slice(0, 8);
    return `${fields[19] ?? ""}@${boot}`;
  } catch {
    return null;
  }
}

function beginningByPs(pid: number): string | null {
  try {
    const [state = "", ...began] = execFileSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], { encoding: "utf8" })
      .trim()
      .split(/\s+/);
    return state === "" || state.startsWith("Z") ? null : began.join(" ");
  } catch {
    return null;
  }
}
