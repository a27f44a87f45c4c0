// The file port of one life of a simulated member. An operation takes effect when it ends; one that a crash interrupts
// may have taken effect in part. After the crash nothing of this life calls back any more.
import type { Answer, FileLock, FileOperation, FilePort, Finished, OpenFile, OpenMode } from "../../../../runtime/disk/file-port.ts";
import { Failure } from "./disk-work.ts";
import type { Work } from "./disk-work.ts";
import { OpenSimulatedFile } from "./open-simulated-file.ts";
import { SimulatedDirectory } from "./simulated-directory.ts";
import type { SimulatedNode } from "./simulated-directory.ts";
import type { SimulatedDisk } from "./simulated-disk.ts";
import { SimulatedFile } from "./simulated-file.ts";

type Place = { readonly directory: SimulatedDirectory; readonly name: string };

export class DiskLife implements FilePort {
  readonly #disk: SimulatedDisk;
  readonly #underWay = new Set<Work<unknown>>();
  readonly #locked = new Set<string>();
  /** Syncs that wait while they are held; null while they are not. */
  #held: (() => void)[] | null = null;
  #hasEnded = false;

  constructor(disk: SimulatedDisk) {
    this.#disk = disk;
  }

  /** A crash. Each operation under way may have happened, in part or as a whole. */
  end(): void {
    this.#hasEnded = true;
    for (const work of this.#underWay) {
      if (work.interrupted === undefined || !this.#disk.random.chance(0.5)) continue;
      work.interrupted();
      this.#disk.counts.interrupted++;
    }
    this.#underWay.clear();
  }

  holdSyncs(): () => void {
    this.#held ??= [];
    return () => {
      const held = this.#held ?? [];
      this.#held = null;
      for (const proceed of held) proceed();
    };
  }

  run<T>(work: Work<T>, answer: Answer<T>): void {
    if (this.#hasEnded) return;
    this.#underWay.add(work);
    const end = (): void => {
      if (this.#hasEnded) return;
      if (work.syncs && this.#held !== null) {
        this.#disk.counts.heldSync++;
        this.#held.push(end);
        return;
      }
      this.#underWay.delete(work);
      const result = work.perform();
      if (result instanceof Failure) answer({ code: result.code, operation: work.operation, path: work.path }, null);
      else answer(null, result);
    };
    this.#disk.schedule(this.#delayOf(work.syncs), end);
  }

  runToEnd(work: Work<void>, finished: Finished): void {
    this.run<void>(work, (...[error]) => {
      finished(error);
    });
  }

  #delayOf(syncs: boolean): number {
    const { random, faults, counts } = this.#disk;
    if (!syncs) return random.between(faults.delay.min, faults.delay.max);
    if (faults.slowness > 0) counts.slowSync++;
    return random.between(faults.syncDelay.min, faults.syncDelay.max) + faults.slowness;
  }

  open(path: string, mode: OpenMode, answer: Answer<OpenFile>): void {
    const perform = (): OpenFile | Failure => {
      const place = this.#placeOf(path);
      const found = place?.directory.get(place.name) ?? null;
      if (place === null || (found === null && mode !== "create")) return new Failure("ENOENT");
      if (found?.kind === "directory") return new Failure("EISDIR");
      if (mode !== "create" && found !== null) return new OpenSimulatedFile(this, { path, file: found, mode });
      const file = new SimulatedFile();
      place.directory.set(place.name, file);
      return new OpenSimulatedFile(this, { path, file, mode });
    };
    this.run({ operation: "open", path, syncs: false, perform }, answer);
  }

  rename(from: string, to: string, finished: Finished): void {
    const perform = (): void | Failure => {
      const [source, target] = [this.#placeOf(from), this.#placeOf(to)];
      if (source === null || target === null || source.directory.get(source.name) === null) return new Failure("ENOENT");
      SimulatedDirectory.rename(source, target);
    };
    this.#change({ operation: "rename", path: from, perform }, finished);
  }

  remove(path: string, finished: Finished): void {
    const perform = (): void | Failure => {
      const place = this.#placeOf(path);
      if (place === null || place.directory.get(place.name) === null) return new Failure("ENOENT");
      place.directory.set(place.name, null);
    };
    this.#change({ operation: "remove", path, perform }, finished);
  }

  list(directory: string, answer: Answer<readonly string[]>): void {
    const perform = (): readonly string[] | Failure => {
      const node = this.#nodeAt(directory);
      return node?.kind === "directory" ? node.names : new Failure("ENOENT");
    };
    this.run({ operation: "list", path: directory, syncs: false, perform }, answer);
  }

  makeDirectory(path: string, finished: Finished): void {
    const perform = (): void | Failure => {
      let directory = this.#disk.root;
      for (const name of namesOf(path)) {
        if (directory.get(name) === null) directory.set(name, new SimulatedDirectory());
        const next = directory.get(name);
        if (next?.kind !== "directory") return new Failure("ENOTDIR");
        directory = next;
      }
    };
    this.#change({ operation: "makeDirectory", path, perform }, finished);
  }

  syncDirectory(path: string, finished: Finished): void {
    const perform = (): void | Failure => {
      const node = this.#nodeAt(path);
      if (node?.kind !== "directory") return new Failure("ENOENT");
      if (this.syncFails()) return new Failure("EIO");
      node.sync();
    };
    this.runToEnd({ operation: "syncDirectory", path, syncs: true, perform, interrupted: perform }, finished);
  }

  freeBytes(directory: string, answer: Answer<number>): void {
    this.run({ operation: "freeBytes", path: directory, syncs: false, perform: () => this.freeNow() }, answer);
  }

  lock(directory: string, answer: Answer<FileLock>): void {
    const perform = (): FileLock | Failure => {
      if (this.#locked.has(directory)) return new Failure("ELOCKED");
      this.#locked.add(directory);
      return {
        release: (finished) => {
          this.#locked.delete(directory);
          finished(null);
        },
      };
    };
    this.run({ operation: "lock", path: directory, syncs: false, perform }, answer);
  }

  freeNow(): number {
    const { quotaBytes } = this.#disk.faults;
    return quotaBytes === Infinity ? Number.MAX_SAFE_INTEGER : Math.max(0, quotaBytes - this.#disk.usedBytes);
  }

  /** Decides whether this sync fails. */
  syncFails(): boolean {
    const { faults, counts, random } = this.#disk;
    const isPlanned = faults.failNextSyncs > 0;
    if (!isPlanned && !random.chance(faults.failSyncChance)) return false;
    if (isPlanned) faults.failNextSyncs--;
    counts.failedSync++;
    return true;
  }

  get disk(): SimulatedDisk {
    return this.#disk;
  }

  #change(
    work: { readonly operation: FileOperation; readonly path: string; readonly perform: () => void | Failure },
    finished: Finished,
  ): void {
    this.runToEnd({ ...work, syncs: false, interrupted: work.perform }, finished);
  }

  #placeOf(path: string): Place | null {
    const names = namesOf(path);
    const parent = this.#walk(names.slice(0, -1));
    const name = names.at(-1);
    return parent?.kind === "directory" && name !== undefined ? { directory: parent, name } : null;
  }

  #nodeAt(path: string): SimulatedNode | null {
    return this.#walk(namesOf(path));
  }

  #walk(names: readonly string[]): SimulatedNode | null {
    let node: SimulatedNode | null = this.#disk.root;
    for (const name of names) node = node?.kind === "directory" ? node.get(name) : null;
    return node;
  }
}

function namesOf(path: string): readonly string[] {
  return path.split("/").filter((name) => name !== "");
}
