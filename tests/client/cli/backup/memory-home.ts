// Backups in memory, with the names that a folder would have.
import type { BackupHome } from "../../../../client/cli/backup/backup-home.ts";
import type { BackupSource } from "../../../../client/cli/backup/backup-reading.ts";
import type { Packed } from "../../../../client/cli/backup/backup-writing.ts";

export class MemoryHome implements BackupHome {
  readonly held = new Map<string, Buffer>();

  shown(name: string): string {
    return `memory:${name}`;
  }

  names(): Promise<readonly string[]> {
    return Promise.resolve([...this.held.keys()]);
  }

  has(name: string): Promise<boolean> {
    return Promise.resolve(this.held.has(name));
  }

  async keep(name: string, packed: Packed): Promise<number> {
    const pieces: Buffer[] = [];
    for await (const piece of packed) pieces.push(piece);
    const whole = Buffer.concat(pieces);
    this.held.set(name, whole);
    return whole.length;
  }

  async *read(name: string): AsyncGenerator<Buffer> {
    await Promise.resolve();
    yield this.held.get(name) ?? Buffer.alloc(0);
  }

  remove(name: string): Promise<void> {
    this.held.delete(name);
    return Promise.resolve();
  }

  removeUnfinished(): Promise<void> {
    return Promise.resolve();
  }

  source(name: string): BackupSource {
    return { name, read: () => this.read(name) };
  }
}
