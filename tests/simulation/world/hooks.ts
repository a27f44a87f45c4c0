// Moments for which directed faults wait. Whoever waits is called at the end of the turn in which the moment came.
import type { Process } from "./process.ts";

type Watcher<T> = (what: T) => void;
type Stop = () => void;

export class Moments<T> {
  readonly #watchers = new Set<Watcher<T>>();

  get isWatched(): boolean {
    return this.#watchers.size > 0;
  }

  watch(watcher: Watcher<T>): Stop {
    this.#watchers.add(watcher);
    return () => {
      this.#watchers.delete(watcher);
    };
  }

  tell(what: T): void {
    for (const watcher of [...this.#watchers]) watcher(what);
  }
}

export class Hooks {
  /** A leader has taken commands into its log and asked its disk to hold them. */
  readonly appended = new Moments<Process>();
  /** Something was done with a snapshot: a slice written, a piece sent or received, one made durable, installed or restored. */
  readonly snapshotStep = new Moments<Process>();
  /** A member leads in a term in which nobody was seen leading before. */
  readonly newLeader = new Moments<number>();
}
