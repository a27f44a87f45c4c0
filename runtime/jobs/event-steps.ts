// Feeds a core one event at a time and carries out what it answers, in order. What an effect brings about at once waits for its
// turn. A core that throws, or an effect that does, is a bug, and nothing is stepped or carried out after it.

export type EventStepsOptions<Event, Effect> = {
  readonly core: { step(event: Event): readonly Effect[] };
  readonly execute: (effect: Effect) => void;
  readonly onBug: (error: unknown) => void;
};

export class EventSteps<Event, Effect> {
  readonly #options: EventStepsOptions<Event, Effect>;
  readonly #mailbox: Event[] = [];
  #isStepping = false;
  #isEnded = false;

  constructor(options: EventStepsOptions<Event, Effect>) {
    this.#options = options;
  }

  take(event: Event): void {
    if (this.#isEnded) return;
    this.#mailbox.push(event);
    if (this.#isStepping) return;
    const { core, execute, onBug } = this.#options;
    this.#isStepping = true;
    try {
      for (let next = this.#mailbox.shift(); next !== undefined && !this.#isEnded; next = this.#mailbox.shift())
        for (const effect of core.step(next)) execute(effect);
    } catch (error) {
      this.end();
      onBug(error);
    } finally {
      this.#isStepping = false;
    }
  }

  end(): void {
    this.#isEnded = true;
  }
}
