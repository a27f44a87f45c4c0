// The last known addresses of a name stay good while nobody says where it leads now: a connection that ends meanwhile is opened anew, and
// who has lost the name servers has lost nothing else. Whom one asks, and how long that is to be believed, its users say.
import type { LookupAddress } from "node:dns";

export type Addresses = readonly LookupAddress[];
/** As `dns.lookup` has them; 0: any family, no hints. */
export type Wanted = { readonly family: number; readonly hints: number };

export type NameSource = {
  /** Never without an address: rejects where there is none, or no answer. */
  readonly ask: (name: string, wanted: Wanted) => Promise<Addresses>;
  /** Whether a failure is an answer: there is no such name any more. */
  readonly isGone: (failure: unknown) => boolean;
  /** What is known is good for so long, from the first question on that got no answer. */
  readonly knownForMs: number;
};

type Known = { readonly addresses: Addresses; unansweredSinceMs: number | null };

/** As long as whoever is known already waits for a newer answer. */
const PATIENCE_MS = 250;
const NAMES_MAX = 1_000;
const ANY: Wanted = { family: 0, hints: 0 };

export class KnownNames {
  readonly #source: NameSource;
  readonly #nowMs: () => number;
  readonly #known = new Map<string, Known>();

  constructor(source: NameSource, nowMs: () => number = () => performance.now()) {
    this.#source = source;
    this.#nowMs = nowMs;
  }

  async addressesOf(name: string, wanted: Wanted = ANY): Promise<Addresses> {
    const key = `${wanted.family} ${wanted.hints} ${name}`;
    const asking = this.#ask(key, this.#source.ask(name, wanted));
    const known = this.#known.get(key);
    if (known === undefined) return asking;
    const nowMs = this.#nowMs();
    // Until it is answered: a name that nobody asks about, because its connections last, does not grow old by that.
    known.unansweredSinceMs ??= nowMs;
    if (nowMs - known.unansweredSinceMs > this.#source.knownForMs) return asking;
    let timer: NodeJS.Timeout | undefined;
    const impatience = new Promise<Addresses>((resolve) => {
      timer = setTimeout(resolve, PATIENCE_MS, known.addresses);
    });
    const answer = asking.catch((failure: unknown) => {
      if (this.#source.isGone(failure)) throw failure;
      return known.addresses;
    });
    return Promise.race([answer, impatience]).finally(() => clearTimeout(timer));
  }

  /** What comes too late for whoever asked is there for the next. */
  async #ask(key: string, answer: Promise<Addresses>): Promise<Addresses> {
    try {
      const addresses = await answer;
      this.#remember(key, addresses);
      return addresses;
    } catch (failure) {
      if (this.#source.isGone(failure)) this.#known.delete(key);
      throw failure;
    }
  }

  #remember(key: string, addresses: Addresses): void {
    this.#known.delete(key);
    this.#known.set(key, { addresses, unansweredSinceMs: null });
    const [oldest] = this.#known.keys();
    if (this.#known.size > NAMES_MAX && oldest !== undefined) this.#known.delete(oldest);
  }
}
