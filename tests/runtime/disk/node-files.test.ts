// What only the real machine can show: locks between processes, short writes, and a log on a real file system.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import type { FileError, FileLock } from "../../../runtime/disk/file-port.ts";
import { nodeFiles, withoutFirst } from "../../../runtime/disk/node-files.ts";
import { recoverLog } from "../../../runtime/disk/recovery.ts";
import type { RecoveredLog } from "../../../runtime/disk/recovery.ts";
import { entries, idsOf, logOptions, write } from "./disk-bench.ts";

let directory: string;
let children: ChildProcess[];

beforeEach(() => {
  directory = fs.mkdtempSync(`${os.tmpdir()}/node-files-`);
  children = [];
});

afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  fs.rmSync(directory, { recursive: true });
});

function lock(): Promise<{ readonly error: FileError | null; readonly held: FileLock | null }> {
  return new Promise((resolve) => nodeFiles().lock(directory, (error, held) => resolve({ error, held })));
}

const locks = (): readonly string[] => fs.readdirSync(directory).filter((name) => name.startsWith("lock-"));

/** Another process that has the directory, as soon as the promise is kept. */
async function otherHolder(): Promise<ChildProcess> {
  const script = `
    import { lockDirectory } from ${JSON.stringify(`${process.cwd()}/runtime/disk/files/process-lock.ts`)};
    lockDirectory(${JSON.stringify(directory)}, (error) => console.log(error === null ? "locked" : "refused"));
    setInterval(() => undefined, 1_000);
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const said = await new Promise<string>((resolve) => child.stdout?.once("data", (data: Buffer) => resolve(data.toString().trim())));
  expect(said).toBe("locked");
  return child;
}

describe("the lock of a directory", () => {
  test("keeps a second process out, and says who has it", async () => {
    const child = await otherHolder();
    const { error } = await lock();
    expect(error).toMatchObject({ code: "ELOCKED", operation: "lock", path: directory });
    expect(error?.detail).toContain(`process ${String(child.pid)}`);
    expect(locks()).toHaveLength(1);
  });

  test("of a killed process keeps nobody out", async () => {
    const child = await otherHolder();
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("exit", resolve));
    const { error } = await lock();
    expect(error).toBeNull();
    expect(locks()).toHaveLength(1);
  });

  test("of a process whose id was given to another keeps nobody out", async () => {
    const child = await otherHolder();
    const [name = ""] = locks();
    fs.renameSync(
      `${directory}/${name}`,
      `${directory}/${name.replace(/-(\d+)-(\d+)-/, (_, pid, start) => `-${pid}-${Number(start) - 1}-`)}`,
    );
    expect((await lock()).error).toBeNull();
    child.kill();
  });

  test("of an earlier boot of the machine keeps nobody out", async () => {
    await otherHolder();
    const [name = ""] = locks();
    fs.renameSync(`${directory}/${name}`, `${directory}/${name.replace(/[0-9a-f]+-(\d+)$/, "00000000-$1")}`);
    expect((await lock()).error).toBeNull();
  });

  test("of a program that did not tell its namespace is taken for one of this namespace", async () => {
    const child = await otherHolder();
    const [name = ""] = locks();
    fs.renameSync(`${directory}/${name}`, `${directory}/${name.replace(/-\d+$/, "")}`);
    expect((await lock()).error?.detail).toContain(`process ${String(child.pid)}`);
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("exit", resolve));
    expect((await lock()).error).toBeNull();
  });

  test("is given back", async () => {
    const { held } = await lock();
    expect(locks()).toHaveLength(1);
    await new Promise((resolve) => held?.release(resolve));
    expect(locks()).toEqual([]);
  });

  test("in a directory that is not there is an error, not a crash", async () => {
    const refused = await new Promise<FileError | null>((resolve) =>
      nodeFiles().lock(`${directory}/missing`, (...[error]) => resolve(error)),
    );
    expect(refused).toMatchObject({ code: "ENOENT", operation: "lock" });
  });
});

test.each([
  { written: 0, rest: ["abc", "de", "f"] },
  { written: 2, rest: ["c", "de", "f"] },
  { written: 3, rest: ["de", "f"] },
  { written: 5, rest: ["f"] },
  { written: 6, rest: [] },
])("after a short write of $written bytes the rest is written", ({ written, rest }) => {
  const parts = ["abc", "de", "f"].map((text) => Buffer.from(text));
  expect(withoutFirst(parts, written).map((part) => Buffer.from(part).toString())).toEqual(rest);
});

test("a log on a real file system is found again", async () => {
  const open = (): Promise<RecoveredLog> =>
    new Promise((resolve, reject) => {
      recoverLog(logOptions({ files: nodeFiles(), directory: `${directory}/log` }), (problem, recovered) => {
        if (problem === null) resolve(recovered);
        else reject(new Error(problem.message));
      });
    });
  const { log } = await open();
  for (let i = 0; i < 20; i++) {
    await new Promise<void>((resolve) => log.append(write({ entries: entries(10 * i + 1, 10 * i + 10) }), resolve));
  }
  await new Promise<void>((resolve) => log.close(resolve));
  const again = await open();
  expect(idsOf(again.entries)).toEqual(idsOf(entries(1, 200)));
  await new Promise<void>((resolve) => again.log.close(resolve));
});
