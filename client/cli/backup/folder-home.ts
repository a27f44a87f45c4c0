// Backups in a folder of this machine. One that is being written has another name until it is on the disk.
import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { access, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { BackupHome } from "./backup-home.ts";
import type { Packed } from "./backup-writing.ts";

const UNFINISHED = /^(.+)\.[0-9a-f]{8}\.unfinished$/;

export class FolderHome implements BackupHome {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  shown(name: string): string {
    return join(this.#folder, name);
  }

  names(): Promise<readonly string[]> {
    return readdir(this.#folder);
  }

  async has(name: string): Promise<boolean> {
    try {
      await access(this.shown(name));
      return true;
    } catch {
      return false;
    }
  }

  async keep(name: string, packed: Packed): Promise<number> {
    const unfinished = this.shown(`${name}.${randomBytes(4).toString("hex")}.unfinished`);
    try {
      const bytes = await written(unfinished, packed);
      await rename(unfinished, this.shown(name));
      await this.#syncNames();
      return bytes;
    } finally {
      await rm(unfinished, { force: true });
    }
  }

  read(name: string): Packed {
    return createReadStream(this.shown(name));
  }

  remove(name: string): Promise<void> {
    return rm(this.shown(name), { force: true });
  }

  async removeUnfinished(isAbandoned: (name: string) => boolean): Promise<void> {
    for (const found of await this.names()) {
      const [, name] = UNFINISHED.exec(found) ?? [];
      if (name !== undefined && isAbandoned(name)) await this.remove(found);
    }
  }

  async #syncNames(): Promise<void> {
    const folder = await open(this.#folder);
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }
}

/** Others may not read it: it has what is in the store. */
async function written(path: string, packed: Packed): Promise<number> {
  const file = await open(path, "wx", 0o600);
  try {
    let bytes = 0;
    for await (const piece of packed) {
      await file.appendFile(piece);
      bytes += piece.length;
    }
    await file.sync();
    return bytes;
  } finally {
    await file.close();
  }
}
