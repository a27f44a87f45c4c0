// Keeps a second process out of a data directory. Each process announces itself with a file whose name says who it is,
// and then looks for announcements of others that still live: of two that start together at least one sees the other,
// whatever the order, so never both go on. A process is known by its id, its start time, the boot of the machine and the
// namespace in which that id means anything: a reused process id is recognised, and what a killed process left behind
// keeps nobody out. Of a process in another container its id says nothing; that one lives while its announcement is
// refreshed. Protects within one machine; volumes that several machines mount must be kept apart by whoever mounts them.
import * as fs from "node:fs";
import type { Answer, FileError, FileLock, Finished } from "../file-port.ts";
import { belongsToLivingProcess, isElsewhere, nameOf, ownName, pidIn } from "./announcement.ts";

/** How often an announcement is refreshed, and after how much silence one from another container counts as left behind. */
export type LockTiming = { readonly refreshMs: number; readonly silentMs: number };

export const DEFAULT_LOCK_TIMING: LockTiming = { refreshMs: 2_000, silentMs: 10_000 };

export function lockDirectory(directory: string, answer: Answer<FileLock>, timing: LockTiming = DEFAULT_LOCK_TIMING): void {
  const own = ownName();
  try {
    fs.closeSync(fs.openSync(`${directory}/${own}`, "wx", 0o600));
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code ?? "EIO";
    answer(code === "EEXIST" ? heldBy(directory, own) : { code, operation: "lock", path: directory }, null);
    return;
  }
  new Announcement({ directory, own, timing, answer }).look();
}

type Announcing = {
  readonly directory: string;
  readonly own: string;
  readonly timing: LockTiming;
  readonly answer: Answer<FileLock>;
};

/** One's own is there; those of others decide whether it stays. */
class Announcement {
  readonly #announcing: Announcing;
  /** When each from another container was last refreshed, and since when it has been seen like that. */
  readonly #silentSince = new Map<string, { readonly refreshed: number; readonly seenAt: number }>();
  readonly #lock: ProcessLock;

  constructor(announcing: Announcing) {
    this.#announcing = announcing;
    this.#lock = new ProcessLock(`${announcing.directory}/${announcing.own}`, announcing.timing.refreshMs);
  }

  look(): void {
    const { directory, own, timing, answer } = this.#announcing;
    try {
      const others = fs.readdirSync(directory).filter((name) => nameOf(name) !== null && name !== own);
      const elsewhere = others.filter(isElsewhere);
      const holder = others.find((name) => (elsewhere.includes(name) ? this.#isRefreshed(name) : belongsToLivingProcess(name)));
      if (holder !== undefined) {
        this.#lock.release(() => answer(heldBy(directory, holder), null));
      } else if (elsewhere.some((name) => !this.#isSilent(name))) {
        setTimeout(() => this.look(), timing.refreshMs / 4);
      } else {
        for (const name of others) fs.rmSync(`${directory}/${name}`, { force: true });
        this.#lock.takenOver = elsewhere.length === 0 ? null : takenOver(directory, elsewhere, timing);
        answer(null, this.#lock);
      }
    } catch (thrown) {
      const code = (thrown as NodeJS.ErrnoException).code ?? "EIO";
      this.#lock.release(() => answer({ code, operation: "lock", path: directory }, null));
    }
  }

  /** Since this process looked for the first time: somebody lives there. */
  #isRefreshed(name: string): boolean {
    const path = `${this.#announcing.directory}/${name}`;
    const refreshed = fs.statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? -1;
    const before = this.#silentSince.get(name);
    if (before === undefined) this.#silentSince.set(name, { refreshed, seenAt: performance.now() });
    return before !== undefined && refreshed !== -1 && refreshed !== before.refreshed;
  }

  /** Wall clocks jump, so its age does not count, only how long it was watched. */
  #isSilent(name: string): boolean {
    const watched = this.#silentSince.get(name);
    if (watched === undefined || watched.refreshed === -1) return true; // it is gone
    return performance.now() - watched.seenAt >= this.#announcing.timing.silentMs;
  }
}

class ProcessLock implements FileLock {
  takenOver: string | null = null;
  readonly #path: string;
  readonly #refreshing: NodeJS.Timeout;
  #tellLost: (error: FileError) => void = () => undefined;
  #isReleased = false;

  constructor(path: string, refreshMs: number) {
    this.#path = path;
    this.#refreshing = setInterval(() => this.#refresh(), refreshMs).unref();
  }

  whenLost(told: (error: FileError) => void): void {
    this.#tellLost = told;
  }

  release(finished: Finished): void {
    this.#isReleased = true;
    clearInterval(this.#refreshing);
    fs.unlink(this.#path, (error) => {
      finished(error === null ? null : { code: error.code ?? "EIO", operation: "lock", path: this.#path });
    });
  }

  #refresh(): void {
    const now = new Date();
    fs.utimes(this.#path, now, now, (error) => {
      if (error?.code !== "ENOENT" || this.#isReleased) return;
      clearInterval(this.#refreshing);
      this.#tellLost({
        code: "ELOCKED",
        operation: "lock",
        path: this.#path,
        detail: "another process took this one for dead, and its place",
      });
    });
  }
}

function heldBy(directory: string, name: string): FileError {
  const pid = pidIn(name);
  const where = isElsewhere(name) ? " of another container" : "";
  const who = pid === process.pid && where === "" ? "this process" : `process ${pid}${where}`;
  return { code: "ELOCKED", operation: "lock", path: directory, detail: `held by ${who}, see ${directory}/${name}` };
}

function takenOver(directory: string, names: readonly string[], { silentMs }: LockTiming): string {
  const whose = names.map((name) => `process ${pidIn(name)}`).join(" and ");
  return `${directory}: taken over from ${whose} of another container, which gave no sign of life for ${silentMs} ms`;
}
