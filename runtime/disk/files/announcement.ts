// The name by which a process announces that it uses a directory: its id, its start time, the boot of the machine, and the
// namespace of its id. Older programs leave the namespace out; they are taken for processes of this one.
import * as fs from "node:fs";

const NAME = /^lock-(\d+)-([0-9a-z]+)-([0-9a-f]+)(?:-([0-9]+))?$/;

export type Name = {
  readonly pid: number;
  readonly startTime: string;
  readonly boot: string;
  /** Null: not told. */
  readonly namespace: string | null;
};

/** Null for what is no announcement. */
export function nameOf(file: string): Name | null {
  const [, pid, startTime, boot, namespace] = NAME.exec(file) ?? [];
  return pid === undefined || startTime === undefined || boot === undefined
    ? null
    : { pid: Number(pid), startTime, boot, namespace: namespace ?? null };
}

export function ownName(): string {
  const { pid } = process;
  return `lock-${String(pid)}-${startTimeOf(pid) ?? "x"}-${bootOfMachine()}-${ownNamespace()}`;
}

export const pidIn = (file: string): number => nameOf(file)?.pid ?? 0;

/** On this machine since it was started, but in another namespace: whether it lives can't be asked from here. */
export function isElsewhere(file: string): boolean {
  const name = nameOf(file);
  if (name === null || name.boot !== bootOfMachine()) return false;
  return name.namespace !== null && name.namespace !== ownNamespace();
}

/** For those of this namespace. */
export function belongsToLivingProcess(file: string): boolean {
  const name = nameOf(file);
  if (name === null || name.boot !== bootOfMachine() || !isAlive(name.pid)) return false;
  // Where start times are unknown (no /proc), a living process with the same id has to be believed.
  const now = startTimeOf(name.pid);
  return now === null || name.startTime === now;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === "EPERM"; // it lives, under another user
  }
}

/** In clock ticks since the machine started; null where there is no /proc. */
function startTimeOf(pid: number): string | null {
  const stat = textOr(null, () => fs.readFileSync(`/proc/${String(pid)}/stat`, "utf8"));
  if (stat === null) return null;
  // The second field is the program's name in parentheses, which may itself contain spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" ? "ended" : (fields[19] ?? null); // Z: it has ended and its parent has not noticed yet
}

function bootOfMachine(): string {
  return (textOr("0", () => fs.readFileSync("/proc/sys/kernel/random/boot_id", "utf8")) ?? "0").replaceAll(/[^0-9a-f]/g, "").slice(0, 12);
}

/** As in `pid:[4026531836]`; 0 where there are none. */
function ownNamespace(): string {
  return /\d+/.exec(textOr("", () => fs.readlinkSync("/proc/self/ns/pid")) ?? "")?.[0] ?? "0";
}

function textOr(otherwise: string | null, read: () => string): string | null {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
