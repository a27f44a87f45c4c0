// Splits a history into parts that can be checked apart. Linearizability is local (Herlihy and Wing 1990, theorem 1):
// a history is linearizable exactly if it is for each object. Keys that some operation joins are one object.
import { assert, present } from "../../base/assert.ts";
import type { History, Operation } from "../history.ts";

export type Partition<Input, Output> = {
  /** In order, never empty. */
  readonly keys: readonly string[];
  readonly operations: History<Input, Output>;
};

/** Smallest first, so that a part that is too hard cannot hide a violation in the others. */
export function partitionHistory<Input, Output>(
  history: History<Input, Output>,
  keysOf: (input: Input) => readonly string[],
): readonly Partition<Input, Output>[] {
  const keys = new JoinedKeys();
  for (const operation of history) keys.join(keysOf(operation.input));
  const parts = new Map<string, Operation<Input, Output>[]>();
  for (const operation of history) {
    const root = keys.rootOf(present(keysOf(operation.input)[0], "an operation's key"));
    const part = parts.get(root);
    if (part === undefined) parts.set(root, [operation]);
    else part.push(operation);
  }
  return [...parts]
    .map(([root, operations]) => ({ keys: keys.joinedWith(root), operations }))
    .sort((a, b) => a.operations.length - b.operations.length);
}

/** Sets of keys that grow together (union-find; the shorter chain hangs under the other's root). */
class JoinedKeys {
  readonly #parents = new Map<string, string>();
  readonly #members = new Map<string, string[]>();

  join(keys: readonly string[]): void {
    assert(keys.length > 0, "an operation touches at least one key");
    const [first, ...others] = keys.map((key) => this.rootOf(key));
    let root = present(first, "the first key's root");
    for (const other of others) root = this.#merge(root, this.rootOf(other));
  }

  rootOf(key: string): string {
    let root = key;
    for (let parent = this.#parents.get(root); parent !== undefined; parent = this.#parents.get(root)) root = parent;
    if (!this.#members.has(root)) this.#members.set(root, [root]);
    return root;
  }

  joinedWith(root: string): readonly string[] {
    return [...present(this.#members.get(root), "members of a root")].sort();
  }

  #merge(a: string, b: string): string {
    if (a === b) return a;
    const membersOfA = present(this.#members.get(a), "members of a root");
    const membersOfB = present(this.#members.get(b), "members of a root");
    if (membersOfA.length < membersOfB.length) return this.#merge(b, a);
    this.#parents.set(b, a);
    for (const member of membersOfB) membersOfA.push(member);
    this.#members.delete(b);
    return a;
  }
}
