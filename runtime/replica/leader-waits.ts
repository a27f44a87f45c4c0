// Those who can do nothing without a leader: they go on as soon as one is known, or after as long as they wanted to wait at most.

export class LeaderWaits {
  readonly #waiting = new Set<() => void>();

  wait(msMax: number): Promise<void> {
    return new Promise((resolve) => {
      const goOn = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(goOn);
        resolve();
      };
      const timer = setTimeout(goOn, msMax);
      this.#waiting.add(goOn);
    });
  }

  leaderIsKnown(): void {
    for (const goOn of [...this.#waiting]) goOn();
  }
}
