// Locks between containers that share a volume: the other process has an id that says nothing here, so only its refreshed
// announcement shows that it lives.
import * as fs from "node:fs";
import * as os from "node:os";
import type { FileError, FileLock } from "../../../runtime/disk/file-port.ts";
import { lockDirectory } from "../../../runtime/disk/files/process-lock.ts";

const TIMING = { refreshMs: 20, silentMs: 200 };
/** A silence that this test has no time for, however busy the machine is. */
const PATIENT = { ...TIMING, silentMs: 20_000 };

let directory: string;
let held: FileLock[];
let refreshing: NodeJS.Timeout | null;

beforeEach(() => {
  directory = fs.mkdtempSync(`${os.tmpdir()}/process-lock-`);
  held = [];
  refreshing = null;
});

afterEach(async () => {
  if (refreshing !== null) clearInterval(refreshing);
  for (const each of held) await new Promise<unknown>((resolve) => each.release(resolve));
  fs.rmSync(directory, { recursive: true });
});

const locks = (): readonly string[] => fs.readdirSync(directory).filter((name) => name.startsWith("lock-"));

function lock(timing = TIMING): Promise<{ readonly error: FileError | null; readonly lock: FileLock | null }> {
  return new Promise((resolve) => {
    const answer = (error: FileError | null, taken: FileLock | null): void => {
      if (taken !== null) held.push(taken);
      resolve({ error, lock: taken });
    };
    lockDirectory(directory, answer as Parameters<typeof lockDirectory>[1], timing);
  });
}

/** As a process in another container would have announced itself; its id belongs to nobody here. */
async function announceElsewhere(): Promise<string> {
  await lock();
  const [own = ""] = locks();
  await new Promise<unknown>((resolve) => held.pop()?.release(resolve));
  const path = `${directory}/${own.replace(/^lock-\d+-/, "lock-4194999-").replace(/\d+$/, "7")}`;
  fs.writeFileSync(path, "");
  return path;
}

function refresh(path: string): void {
  refreshing = setInterval(() => fs.utimesSync(path, new Date(), new Date()), TIMING.refreshMs);
}

test("a process in another container keeps this one out while it lives", async () => {
  const path = await announceElsewhere();
  refresh(path);
  const { error } = await lock();
  expect(error).toMatchObject({ code: "ELOCKED", operation: "lock", path: directory });
  expect(error?.detail).toContain("process 4194999 of another container");
  expect(locks()).toHaveLength(1);
});

test("its directory is taken over after some silence, and that is said", async () => {
  await announceElsewhere();
  const began = performance.now();
  const { error, lock: taken } = await lock();
  expect(error).toBeNull();
  expect(performance.now() - began).toBeGreaterThanOrEqual(TIMING.silentMs);
  expect(taken?.takenOver).toContain("process 4194999 of another container, which gave no sign of life for 200 ms");
  expect(locks()).toHaveLength(1);
});

test("a clock that has jumped makes nobody look dead", async () => {
  const path = await announceElsewhere();
  fs.utimesSync(path, new Date(0), new Date(0));
  setTimeout(() => fs.utimesSync(path, new Date(1_000), new Date(1_000)), TIMING.silentMs / 2);
  expect((await lock()).error?.code).toBe("ELOCKED");
});

test("one that leaves in good order meanwhile is not waited for", async () => {
  const path = await announceElsewhere();
  setTimeout(() => fs.rmSync(path), 20);
  const began = performance.now();
  expect((await lock(PATIENT)).error).toBeNull();
  expect(performance.now() - began).toBeLessThan(PATIENT.silentMs);
});

test("who was taken for dead while paused learns that", async () => {
  const { lock: taken } = await lock();
  const lost = new Promise<FileError>((resolve) => taken?.whenLost?.(resolve));
  for (const name of locks()) fs.rmSync(`${directory}/${name}`);
  expect(await lost).toMatchObject({ code: "ELOCKED" });
  held.pop();
});

test("a lock is refreshed while it is held", async () => {
  await lock();
  const path = `${directory}/${locks()[0] ?? ""}`;
  const before = fs.statSync(path).mtimeMs;
  while (fs.statSync(path).mtimeMs === before) await new Promise((resolve) => setTimeout(resolve, 5));
});
