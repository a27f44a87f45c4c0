// A simulated directory, twice like a file: the names that every process sees, and those that outlive a loss of power.
// A change becomes durable when a directory that it touches is synced; a rename is one change, whole or not at all.
import type { Random } from "../../../../core/base/random.ts";
import type { SimulatedFile } from "./simulated-file.ts";

export type SimulatedNode = SimulatedFile | SimulatedDirectory;

type NameChange = { readonly directory: SimulatedDirectory; readonly name: string; readonly node: SimulatedNode | null };
type Change = { readonly names: readonly NameChange[]; isSettled: boolean };

export class SimulatedDirectory {
  readonly kind = "directory";
  #entries = new Map<string, SimulatedNode>();
  #durable = new Map<string, SimulatedNode>();
  #changes: Change[] = [];

  get names(): readonly string[] {
    return [...this.#entries.keys()].sort();
  }

  get(name: string): SimulatedNode | null {
    return this.#entries.get(name) ?? null;
  }

  /** Null removes the name. */
  set(name: string, node: SimulatedNode | null): void {
    change([{ directory: this, name, node }]);
  }

  sync(): void {
    for (const pending of this.#changes) makeDurable(pending);
    this.#changes = [];
  }

  /** Each change that was not synced survives or not, whatever became of the others. Answers with what was lost. */
  losePower(random: Random, survivalChance: number): Losses {
    const losses = { sectors: 0, changes: 0 };
    for (const directory of this.#reachable()) {
      for (const pending of directory.#changes) {
        if (pending.isSettled) continue;
        if (random.chance(survivalChance)) makeDurable(pending);
        else losses.changes++;
        pending.isSettled = true; // decided, for the other directory that it may touch
      }
      directory.#changes = [];
    }
    this.#settle(random, { survivalChance, losses });
    return losses;
  }

  /** As the disk holds it. */
  copy(): SimulatedDirectory {
    const copy = new SimulatedDirectory();
    for (const [name, node] of this.#durable) copy.set(name, node.copy());
    copy.sync();
    return copy;
  }

  /** All files below, with their paths. */
  *files(prefix = ""): Generator<readonly [path: string, file: SimulatedFile]> {
    for (const [name, node] of this.#entries) {
      if (node.kind === "file") yield [`${prefix}/${name}`, node];
      else yield* node.files(`${prefix}/${name}`);
    }
  }

  static rename(from: { readonly directory: SimulatedDirectory; readonly name: string }, to: typeof from): void {
    change([
      { ...from, node: null },
      { ...to, node: from.directory.get(from.name) },
    ]);
  }

  #settle(random: Random, how: { readonly survivalChance: number; readonly losses: Losses }): void {
    this.#entries = new Map(this.#durable);
    for (const node of this.#entries.values()) {
      if (node.kind === "directory") node.#settle(random, how);
      else how.losses.sectors += node.losePower(random, how.survivalChance);
    }
  }

  /** Every directory that processes or the disk know, each once. */
  #reachable(found: Set<SimulatedDirectory> = new Set()): Set<SimulatedDirectory> {
    if (found.has(this)) return found;
    found.add(this);
    for (const node of [...this.#entries.values(), ...this.#durable.values()]) if (node.kind === "directory") node.#reachable(found);
    return found;
  }

  static apply(change: NameChange, image: "entries" | "durable"): void {
    const names = image === "entries" ? change.directory.#entries : change.directory.#durable;
    if (change.node === null) names.delete(change.name);
    else names.set(change.name, change.node);
  }

  static remember(pending: Change): void {
    for (const directory of new Set(pending.names.map((each) => each.directory))) directory.#changes.push(pending);
  }
}

type Losses = { sectors: number; changes: number };

function change(names: readonly NameChange[]): void {
  for (const each of names) SimulatedDirectory.apply(each, "entries");
  SimulatedDirectory.remember({ names, isSettled: false });
}

function makeDurable(pending: Change): void {
  if (pending.isSettled) return;
  for (const each of pending.names) SimulatedDirectory.apply(each, "durable");
  pending.isSettled = true;
}
