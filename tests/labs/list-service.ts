// The service of the Raft labs: it remembers every command it was given. Its snapshot holds all of them, so whoever is
// restored from one can be compared with everybody else, index by index.
import { textOf, utf8 } from "../../core/base/bytes.ts";
import type { Entry } from "../../core/raft/entry.ts";
import type { SnapshotMeta } from "../../core/raft/snapshot-meta.ts";
import { demand } from "./script.ts";

/** The labs' service takes a snapshot whenever the next index is a multiple of this. */
export const SNAPSHOT_INTERVAL = 10;

/** Told of everything that a member's service learns, in its order. */
export type ApplyListener = (serviceIndex: number, command: string) => void;

export class ListService {
  /** The command at service index i is at position i - 1. */
  #commands: string[] = [];
  readonly #takesSnapshots: boolean;
  readonly #listener: ApplyListener;

  constructor(takesSnapshots: boolean, listener: ApplyListener) {
    this.#takesSnapshots = takesSnapshots;
    this.#listener = listener;
  }

  /** Takes the place of whatever was known before; a service never goes back. */
  restore(meta: SnapshotMeta, bytes: Uint8Array): void {
    const restored = JSON.parse(textOf(bytes)) as string[];
    demand(restored.length === meta.base.serviceIndex, () => `snapshot ${meta.id} holds ${String(restored.length)} commands`);
    demand(restored.length >= this.lastIndex, () => `snapshot ${meta.id} takes the service back from ${String(this.lastIndex)}`);
    this.#commands = [];
    for (const command of restored) this.#learn(this.#commands.length + 1, command);
  }

  apply(entry: Entry): void {
    this.#learn(entry.serviceIndex, textOf(entry.body));
  }

  get lastIndex(): number {
    return this.#commands.length;
  }

  commandAt(serviceIndex: number): string | null {
    return this.#commands[serviceIndex - 1] ?? null;
  }

  get wantsSnapshot(): boolean {
    return this.#takesSnapshots && (this.#commands.length + 1) % SNAPSHOT_INTERVAL === 0;
  }

  snapshot(): Uint8Array {
    return utf8(JSON.stringify(this.#commands));
  }

  #learn(serviceIndex: number, command: string): void {
    demand(serviceIndex === this.lastIndex + 1, () => `index ${String(serviceIndex)} is applied right after ${String(this.lastIndex)}`);
    this.#listener(serviceIndex, command);
    this.#commands.push(command);
  }
}
