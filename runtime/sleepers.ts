// Those who can do nothing until something has changed: all of them go on as soon as it may have, or after as long as they wanted at most.

export class Sleepers {
  readonly #sleepers = new Set<() => void>();

  sleep(msMax: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, msMax);
      this.#sleepers.add(wake);
    });
  }

  wakeAll(): void {
    for (const wake of [...this.#sleepers]) wake();
  }
}
