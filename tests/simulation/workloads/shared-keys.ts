// The keys that the clients of a run share. A key is given up for a fresh one after a while: a long history of one key, and
// above all one with many operations of unknown outcome, costs the checker more than it can prove.

const USES_MAX = 250;
const UNKNOWN_MAX = 12;

type Use = { generation: number; uses: number; unknown: number };

export class SharedKeys {
  readonly #uses = new Map<string, Use>();
  readonly #owners = new Map<string, Use>();

  /** The key that stands for this name now. */
  key(name: string): string {
    let use = this.#uses.get(name);
    if (use === undefined) {
      use = { generation: 0, uses: 0, unknown: 0 };
      this.#uses.set(name, use);
    }
    if (++use.uses > USES_MAX || use.unknown > UNKNOWN_MAX) {
      use.generation++;
      use.uses = 0;
      use.unknown = 0;
    }
    const key = `${name}.${use.generation}`;
    this.#owners.set(key, use);
    return key;
  }

  /** Nobody will ever know what became of an operation on this key. */
  leftUnknown(key: string): void {
    const use = this.#owners.get(key);
    if (use !== undefined) use.unknown++;
  }
}
