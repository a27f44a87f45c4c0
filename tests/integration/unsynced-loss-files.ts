// A file layer for real processes that loses on SIGKILL what was not synced. A plain SIGKILL keeps the page cache and
// would prove nothing about fsync; here the cache is this process's memory. Bytes reach their file when it is synced, and
// files reach their names when the directory is; until then they lie in a staging folder that the next life empties.
// Directories themselves appear at once: keeping more than was promised is allowed.
import * as fs from "node:fs";
import type { Answer, FileError, FileLock, FileOperation, FilePort, Finished, OpenFile, OpenMode } from "../../runtime/disk/file-port.ts";
import { nodeFiles } from "../../runtime/disk/node-files.ts";
import { CachedFile } from "./unsynced-bytes.ts";
import type { SyncPolicy } from "./unsynced-bytes.ts";

export type UnsyncedLossOptions = {
  /** On the same file system as the files, and used by nobody else. */
  readonly stagingDirectory: string;
  readonly syncs: SyncPolicy;
};

export function unsyncedLossFiles(options: UnsyncedLossOptions): FilePort {
  fs.rmSync(options.stagingDirectory, { recursive: true, force: true });
  fs.mkdirSync(options.stagingDirectory, { recursive: true });
  return new UnsyncedLossFiles(options);
}

/** A directory as this process sees it, and the names that the disk still has and this process has given up. */
type View = { readonly files: Map<string, CachedFile>; readonly givenUp: Set<string> };

type Place = { readonly directory: string; readonly name: string; readonly view: View };

class UnsyncedLossFiles implements FilePort {
  readonly #real = nodeFiles();
  readonly #options: UnsyncedLossOptions;
  readonly #views = new Map<string, View>();
  #staged = 0;

  constructor(options: UnsyncedLossOptions) {
    this.#options = options;
  }

  open(path: string, mode: OpenMode, answer: Answer<OpenFile>): void {
    const place = this.#placeOf(path);
    if (place === null || (mode !== "create" && !place.view.files.has(place.name))) {
      answer({ code: "ENOENT", operation: "open", path }, null);
      return;
    }
    const file = mode === "create" ? this.#createIn(place) : (place.view.files.get(place.name) as CachedFile);
    file.open({ real: this.#real, path, mode }, answer);
  }

  rename(from: string, to: string, finished: Finished): void {
    const rename = (): void => {
      if (isDirectory(from)) return this.#renameDirectory(from, to);
      const [source, target] = [this.#placeOf(from), this.#placeOf(to)];
      const file = source?.view.files.get(source.name);
      if (!source || !target || !file) throw missing();
      this.#giveUp(source);
      target.view.files.set(target.name, file);
    };
    finished(failureOf(rename, { operation: "rename", path: from }));
  }

  remove(path: string, finished: Finished): void {
    const remove = (): void => {
      if (isDirectory(path)) return this.#removeDirectory(path);
      const place = this.#placeOf(path);
      if (!place?.view.files.has(place.name)) throw missing();
      this.#giveUp(place);
    };
    finished(failureOf(remove, { operation: "remove", path }));
  }

  list(directory: string, answer: Answer<readonly string[]>): void {
    const view = this.#viewOf(directory);
    if (view === null) {
      answer({ code: "ENOENT", operation: "list", path: directory }, null);
      return;
    }
    const folders = fs.readdirSync(directory, { withFileTypes: true }).filter((each) => each.isDirectory());
    answer(null, [...view.files.keys(), ...folders.map(({ name }) => name)].sort());
  }

  makeDirectory(path: string, finished: Finished): void {
    this.#real.makeDirectory(path, finished);
  }

  syncDirectory(path: string, finished: Finished): void {
    const view = this.#viewOf(path);
    const giveNames = (): void => {
      if (view !== null) this.#giveNames(path, view);
    };
    const error = failureOf(giveNames, { operation: "syncDirectory", path });
    if (error === null) this.#real.syncDirectory(path, finished);
    else finished(error);
  }

  freeBytes(directory: string, answer: Answer<number>): void {
    this.#real.freeBytes(directory, answer);
  }

  lock(directory: string, answer: Answer<FileLock>): void {
    this.#real.lock(directory, answer);
  }

  #createIn(place: Place): CachedFile {
    const file = new CachedFile(this.#nextStaged(), this.#options.syncs);
    place.view.files.set(place.name, file);
    return file;
  }

  /** Files get the names that this process sees, and names that it has given up go. */
  #giveNames(directory: string, view: View): void {
    for (const [name, file] of view.files) {
      const path = `${directory}/${name}`;
      if (file.location === path) continue;
      this.#moveAside(path);
      fs.renameSync(file.location, path);
      file.location = path;
    }
    for (const name of view.givenUp) {
      const path = `${directory}/${name}`;
      if (!view.files.has(name) && this.#fileAt(path) === null) fs.rmSync(path, { force: true });
    }
    view.givenUp.clear();
  }

  /** Another file that is still wanted, under another name, must not be overwritten. */
  #moveAside(path: string): void {
    const file = this.#fileAt(path);
    if (file === null) return;
    file.location = this.#nextStaged();
    fs.renameSync(path, file.location);
  }

  #fileAt(location: string): CachedFile | null {
    for (const { files } of this.#views.values()) {
      for (const file of files.values()) if (file.location === location) return file;
    }
    return null;
  }

  #giveUp(place: Place): void {
    place.view.files.delete(place.name);
    place.view.givenUp.add(place.name);
  }

  #renameDirectory(from: string, to: string): void {
    fs.renameSync(from, to);
    const moved = (path: string): string => (path === from || path.startsWith(`${from}/`) ? to + path.slice(from.length) : path);
    for (const [directory, view] of [...this.#views]) {
      this.#views.delete(directory);
      this.#views.set(moved(directory), view);
      for (const file of view.files.values()) file.location = moved(file.location);
    }
  }

  #removeDirectory(path: string): void {
    fs.rmSync(path, { recursive: true });
    for (const directory of [...this.#views.keys()])
      if (directory === path || directory.startsWith(`${path}/`)) this.#views.delete(directory);
  }

  #placeOf(path: string): Place | null {
    const end = path.lastIndexOf("/");
    const directory = path.slice(0, end);
    const view = this.#viewOf(directory);
    return view === null ? null : { directory, name: path.slice(end + 1), view };
  }

  #viewOf(directory: string): View | null {
    const known = this.#views.get(directory);
    if (known !== undefined || !isDirectory(directory)) return known ?? null;
    const names = fs.readdirSync(directory, { withFileTypes: true }).filter((each) => each.isFile());
    const files = names.map(({ name }) => [name, new CachedFile(`${directory}/${name}`, this.#options.syncs)] as const);
    const view = { files: new Map(files), givenUp: new Set<string>() };
    this.#views.set(directory, view);
    return view;
  }

  #nextStaged(): string {
    this.#staged++;
    return `${this.#options.stagingDirectory}/${String(this.#staged)}`;
  }
}

function failureOf(act: () => void, what: { readonly operation: FileOperation; readonly path: string }): FileError | null {
  try {
    act();
    return null;
  } catch (thrown) {
    return { code: (thrown as NodeJS.ErrnoException).code ?? "EIO", ...what };
  }
}

function isDirectory(path: string): boolean {
  return fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function missing(): Error {
  return Object.assign(new Error("no such file"), { code: "ENOENT" });
}
