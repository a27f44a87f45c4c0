// What a client asks for next. Every value that is written is unique in the run, so a read shows which write it saw.
import type { KvInput } from "../../../core/linearizability/kv-operations.ts";

export interface Workload {
  next(): KvInput;
}

/** Versions that clients have seen, so that guards sometimes hold and sometimes don't. Shared by the clients of a run. */
export class SeenVersions {
  readonly #versions = new Map<string, number>();

  note(key: string, version: number): void {
    this.#versions.set(key, version);
  }

  of(key: string): number {
    return this.#versions.get(key) ?? 0;
  }
}
