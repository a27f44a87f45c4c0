// Gives up on somebody of whom nothing is heard. While a question waits for a connection it is not yet their turn to say anything to it:
// then what they say to those before it counts as well.
export type SilenceOptions = {
  readonly silenceMs: number;
  /** When something was last heard, by whom one waits for. */
  readonly heardMs: Map<string, number>;
  /** Whom: an address, and which of the connections to it. */
  readonly whom: string;
};

export class Silence {
  readonly #options: SilenceOptions;
  readonly #over = new AbortController();
  #sinceMs = performance.now();
  #isSent = false;
  #timer: NodeJS.Timeout;

  constructor(options: SilenceOptions) {
    this.#options = options;
    this.#timer = setTimeout(() => this.#look(), options.silenceMs);
  }

  /** Aborts when it has lasted for too long. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** It has a connection. */
  sent(): void {
    this.#isSent = true;
    this.#sinceMs = performance.now();
  }

  heard(): void {
    this.#sinceMs = performance.now();
    this.#options.heardMs.set(this.#options.whom, this.#sinceMs);
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #look(): void {
    const { heardMs, whom, silenceMs } = this.#options;
    const sinceMs = this.#isSent ? this.#sinceMs : Math.max(this.#sinceMs, heardMs.get(whom) ?? 0);
    const leftMs = sinceMs + silenceMs - performance.now();
    if (leftMs > 0) this.#timer = setTimeout(() => this.#look(), Math.ceil(leftMs));
    else this.#over.abort();
  }
}
