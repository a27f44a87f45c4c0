// What every file port promises: the machine's, the simulator's, and the layer that loses on SIGKILL what was not synced.
import * as fs from "node:fs";
import * as os from "node:os";
import type { Answer, FileError, FileLock, FilePort, Finished, OpenFile, OpenMode } from "../../runtime/disk/file-port.ts";
import { nodeFiles } from "../../runtime/disk/node-files.ts";
import { Random } from "../../core/base/random.ts";
import { unsyncedLossFiles } from "../integration/unsynced-loss-files.ts";
import { SimulatedDirectory } from "../simulation/world/disk/simulated-directory.ts";
import { SimulatedDisk } from "../simulation/world/disk/simulated-disk.ts";

type Implementation = {
  readonly directory: string;
  files: FilePort;
  /** Lets what was begun come to its end. */
  readonly settle: () => void;
  /** The next life after a loss of everything that was not synced; null where that can't be had. */
  readonly loseUnsynced: (() => FilePort) | null;
};

const temporary: string[] = [];

function temporaryDirectory(): string {
  const path = fs.mkdtempSync(`${os.tmpdir()}/file-port-`);
  temporary.push(path);
  return path;
}

afterAll(() => {
  for (const path of temporary) fs.rmSync(path, { recursive: true });
});

function onNode(): Implementation {
  return { directory: temporaryDirectory(), files: nodeFiles(), settle: () => undefined, loseUnsynced: null };
}

function onUnsyncedLoss(): Implementation {
  const parent = temporaryDirectory();
  const directory = `${parent}/files`;
  fs.mkdirSync(directory);
  const start = (): FilePort => unsyncedLossFiles({ stagingDirectory: `${parent}/staging`, syncs: "honoured" });
  return { directory, files: start(), settle: () => undefined, loseUnsynced: start };
}

function onSimulation(): Implementation {
  const planned: (() => void)[] = [];
  const disk = new SimulatedDisk((_, run) => planned.push(run), new Random(1));
  disk.root.set("files", new SimulatedDirectory());
  disk.root.sync();
  disk.faults.survivalChance = 0;
  const settle = (): void => {
    for (let run = planned.shift(); run !== undefined; run = planned.shift()) run();
  };
  const loseUnsynced = (): FilePort => {
    disk.crash("power");
    return disk.boot();
  };
  return { directory: "/files", files: disk.boot(), settle, loseUnsynced };
}

const IMPLEMENTATIONS = { node: onNode, simulated: onSimulation, "unsynced loss": onUnsyncedLoss } as const;

describe.each(Object.entries(IMPLEMENTATIONS))("%s", (_name, make) => {
  let port: Implementation;
  let at: (name: string) => string;

  beforeEach(() => {
    port = make();
    at = (name) => (name === "" ? port.directory : `${port.directory}/${name}`);
  });

  const valueOf = async <T>(start: (answer: Answer<T>) => void): Promise<T> => {
    const { error, value } = await outcomeOf(start);
    if (error !== null) throw new Error(`${error.operation} ${error.path} ${error.code}`);
    return value as T;
  };
  const errorOf = async <T>(start: (answer: Answer<T>) => void): Promise<FileError | null> => (await outcomeOf(start)).error;
  const outcomeOf = <T>(start: (answer: Answer<T>) => void): Promise<{ readonly error: FileError | null; readonly value: T | null }> =>
    new Promise((resolve) => {
      start((error, value) => resolve({ error, value }));
      port.settle();
    });
  const endOf = (start: (finished: Finished) => void): Promise<FileError | null> =>
    new Promise((resolve) => {
      start(resolve);
      port.settle();
    });
  const open = (name: string, mode: OpenMode): Promise<OpenFile> => valueOf<OpenFile>((answer) => port.files.open(at(name), mode, answer));
  const list = (name = ""): Promise<readonly string[]> => valueOf<readonly string[]>((answer) => port.files.list(at(name), answer));
  const read = async (name: string): Promise<string> => {
    const file = await open(name, "read");
    const bytes = await valueOf<Uint8Array>((answer) => file.read({ offset: 0, length: 100_000 }, answer));
    expect(await endOf((finished) => file.close(finished))).toBeNull();
    return Buffer.from(bytes).toString();
  };
  const bytes = (text: string): Uint8Array => Buffer.from(text);
  const write = async (name: string, text: string): Promise<OpenFile> => {
    const file = await open(name, "create");
    expect(await endOf((finished) => file.write(0, [bytes(text)], finished))).toBeNull();
    return file;
  };
  const makeDurable = async (name: string, text: string): Promise<void> => {
    const file = await write(name, text);
    expect(await endOf((finished) => file.sync(finished))).toBeNull();
    expect(await endOf((finished) => file.close(finished))).toBeNull();
    expect(await endOf((finished) => port.files.syncDirectory(port.directory, finished))).toBeNull();
  };

  test("parts are written one after the other, from an offset on, over what was there", async () => {
    const file = await write("a", "0123456789");
    await endOf((finished) => file.write(3, [bytes("abc"), bytes(""), bytes("de")], finished));
    expect(await read("a")).toBe("012abcde89");
    expect(await valueOf<number>((answer) => file.size(answer))).toBe(10);
  });

  test("reading gives fewer bytes only where the file ends", async () => {
    const file = await write("a", "0123456789");
    const piece = async (offset: number): Promise<string> =>
      Buffer.from(await valueOf<Uint8Array>((answer) => file.read({ offset, length: 4 }, answer))).toString();
    expect([await piece(2), await piece(8), await piece(10), await piece(50)]).toEqual(["2345", "89", "", ""]);
  });

  test("a gap that nobody wrote is zero", async () => {
    const file = await write("a", "x");
    await endOf((finished) => file.write(3, [bytes("y")], finished));
    expect(await read("a")).toBe("x\0\0y");
  });

  test("creating empties what was there; writing through does not", async () => {
    await write("a", "0123456789");
    const through = await open("a", "writeThrough");
    expect(await endOf((finished) => through.write(8, [bytes("xyz")], finished))).toBeNull();
    expect(await read("a")).toBe("01234567xyz");
    await open("a", "create");
    expect(await read("a")).toBe("");
  });

  test("preallocating adds zeros at the end and never takes anything away", async () => {
    const file = await write("a", "abc");
    for (const size of [6, 4]) expect(await endOf((finished) => file.preallocate(size, finished))).toBeNull();
    expect(await read("a")).toBe("abc\0\0\0");
    expect(await valueOf<number>((answer) => file.size(answer))).toBe(6);
  });

  test("a renamed file replaces what had its name, and stays the same file for whoever has it open", async () => {
    await write("b", "old");
    const file = await write("a", "new");
    expect(await endOf((finished) => port.files.rename(at("a"), at("b"), finished))).toBeNull();
    await endOf((finished) => file.write(3, [bytes("er")], finished));
    expect(await list()).toEqual(["b"]);
    expect(await read("b")).toBe("newer");
  });

  test("a directory is listed in order, renamed and removed with all that is in it", async () => {
    for (let i = 0; i < 2; i++) expect(await endOf((finished) => port.files.makeDirectory(at("one/two"), finished))).toBeNull();
    await write("one/z", "z");
    await write("one/a", "a");
    expect(await list("one")).toEqual(["a", "two", "z"]);
    expect(await endOf((finished) => port.files.rename(at("one"), at("three"), finished))).toBeNull();
    expect(await list()).toEqual(["three"]);
    expect(await read("three/z")).toBe("z");
    expect(await endOf((finished) => port.files.remove(at("three"), finished))).toBeNull();
    expect(await list()).toEqual([]);
  });

  test("what is not there is said to be missing, with operation and path", async () => {
    const missing = at("missing");
    const errors = [
      await errorOf<OpenFile>((answer) => port.files.open(missing, "read", answer)),
      await errorOf<OpenFile>((answer) => port.files.open(missing, "writeThrough", answer)),
      await errorOf<OpenFile>((answer) => port.files.open(at("missing/file"), "create", answer)),
      await endOf((finished) => port.files.rename(missing, at("b"), finished)),
      await endOf((finished) => port.files.remove(missing, finished)),
      await errorOf<readonly string[]>((answer) => port.files.list(missing, answer)),
      await endOf((finished) => port.files.syncDirectory(missing, finished)),
    ];
    expect(errors.map((error) => error?.code)).toEqual(errors.map(() => "ENOENT"));
    const operations = ["open", "open", "open", "rename", "remove", "list", "syncDirectory"];
    expect(errors.map((error) => error?.operation)).toEqual(operations);
    expect(errors.filter((_, i) => i !== 2).map((error) => error?.path)).toEqual(operations.slice(1).map(() => missing));
  });

  test("free space is a number of bytes", async () => {
    expect(await valueOf<number>((answer) => port.files.freeBytes(port.directory, answer))).toBeGreaterThan(1_000_000);
  });

  test("a directory is locked by one at a time", async () => {
    const lock = await valueOf<FileLock>((answer) => port.files.lock(port.directory, answer));
    expect(await errorOf<FileLock>((answer) => port.files.lock(port.directory, answer))).toMatchObject({
      code: "ELOCKED",
      operation: "lock",
    });
    expect(await endOf((finished) => lock.release(finished))).toBeNull();
    await valueOf<FileLock>((answer) => port.files.lock(port.directory, answer));
  });

  describe("when everything that was not synced is lost", () => {
    const lose = (): boolean => {
      if (port.loseUnsynced === null) return false;
      port.files = port.loseUnsynced();
      return true;
    };

    test("synced bytes under synced names stay, unsynced bytes go", async () => {
      await makeDurable("a", "kept");
      const file = await open("a", "writeThrough");
      await endOf((finished) => file.write(4, [bytes(" too")], finished));
      const other = await open("b", "create");
      await endOf((finished) => other.write(0, [bytes("first")], finished));
      await endOf((finished) => other.sync(finished));
      await endOf((finished) => port.files.syncDirectory(port.directory, finished));
      await endOf((finished) => other.write(5, [bytes(" second")], finished));
      if (!lose()) return;
      expect(await read("a")).toBe("kept too");
      expect(await read("b")).toBe("first");
    });

    test("new names, new owners of names and removals are undone", async () => {
      await makeDurable("a", "old");
      await makeDurable("b", "here");
      const file = await write("new", "bytes");
      await endOf((finished) => file.sync(finished));
      await write("c", "newer");
      await endOf((finished) => port.files.rename(at("c"), at("a"), finished));
      await endOf((finished) => port.files.remove(at("b"), finished));
      if (!lose()) return;
      expect(await list()).toEqual(["a", "b"]);
      expect([await read("a"), await read("b")]).toEqual(["old", "here"]);
    });

    test("after a sync of the directory all of that stays", async () => {
      await makeDurable("a", "old");
      await makeDurable("b", "here");
      const file = await write("c", "newer");
      await endOf((finished) => file.sync(finished));
      await endOf((finished) => port.files.rename(at("c"), at("a"), finished));
      await endOf((finished) => port.files.remove(at("b"), finished));
      await endOf((finished) => port.files.syncDirectory(port.directory, finished));
      if (!lose()) return;
      expect(await list()).toEqual(["a"]);
      expect(await read("a")).toBe("newer");
    });
  });
});
