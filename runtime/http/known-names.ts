// Names become addresses here, for connections over HTTP. The last known addresses of a name stay good while no name server answers:
// a connection that ends meanwhile is opened anew, and who has lost the name servers has lost nothing else.
import { lookup as askThisMachine } from "node:dns";
import type { LookupAddress } from "node:dns";
import type { LookupFunction } from "node:net";

export type AskForAddresses = (name: string, wanted: Wanted) => Promise<readonly LookupAddress[]>;
export type Wanted = { readonly family: number; readonly hints: number };

/** As long as whoever is known already waits for a newer answer. */
const PATIENCE_MS = 250;
/** From the first question that got no answer: whom an address belongs to after so long is anybody's guess. */
const KNOWN_FOR_MS = 900_000;
const NAMES_MAX = 1_000;
/** This machine's look-up waits on the thread pool in which logs are synced, too: silent name servers may have half of its threads. */
const ASKED_AT_ONCE = 2;
/** A name server has answered, and there is no such name any more. */
const NO_SUCH_NAME = "ENOTFOUND";

type Known = { readonly addresses: readonly LookupAddress[]; unansweredSinceMs: number | null };

export class KnownNames {
  readonly #ask: AskForAddresses;
  readonly #nowMs: () => number;
  readonly #known = new Map<string, Known>();
  readonly #asking = new Map<string, Promise<readonly LookupAddress[]>>();
  readonly #waiting: (() => void)[] = [];
  #asked = 0;

  constructor(ask: AskForAddresses = askMachine, nowMs: () => number = () => performance.now()) {
    this.#ask = ask;
    this.#nowMs = nowMs;
  }

  /** In place of `dns.lookup`, for whoever connects. */
  readonly lookUp: LookupFunction = (name, { family, hints, all }, callback) => {
    // Outside of the promise: what is wrong in a callback is no answer to the look-up.
    const answer = (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]): void =>
      queueMicrotask(() => {
        const [first] = addresses;
        if (all === true) callback(error, [...addresses]);
        else callback(error, first?.address ?? "", first?.family);
      });
    const wanted = { family: family === "IPv4" ? 4 : family === "IPv6" ? 6 : (family ?? 0), hints: hints ?? 0 };
    this.#addressesOf(name, wanted).then(
      (addresses) => answer(null, addresses),
      (error: NodeJS.ErrnoException) => answer(error, []),
    );
  };

  async #addressesOf(name: string, wanted: Wanted): Promise<readonly LookupAddress[]> {
    const key = `${wanted.family} ${wanted.hints} ${name}`;
    const asking = this.#asking.get(key) ?? this.#begin(key, () => this.#ask(name, wanted));
    const known = this.#known.get(key);
    if (known === undefined) return asking;
    const nowMs = this.#nowMs();
    // Until it is answered: a name that nobody asks about, because its connections last, does not grow old by that.
    known.unansweredSinceMs ??= nowMs;
    if (nowMs - known.unansweredSinceMs > KNOWN_FOR_MS) return asking;
    let timer: NodeJS.Timeout | undefined;
    const impatience = new Promise<readonly LookupAddress[]>((resolve) => {
      timer = setTimeout(resolve, PATIENCE_MS, known.addresses);
    });
    const answer = asking.catch((error: unknown) => {
      if (isGone(error)) throw error;
      return known.addresses;
    });
    return Promise.race([answer, impatience]).finally(() => clearTimeout(timer));
  }

  /** One question at a time about a name, and few at a time about all. */
  #begin(key: string, ask: () => Promise<readonly LookupAddress[]>): Promise<readonly LookupAddress[]> {
    const asking = this.#inTurn(ask)
      .then(
        (addresses) => {
          this.#remember(key, addresses);
          return addresses;
        },
        (error: unknown) => {
          if (isGone(error)) this.#known.delete(key);
          throw error;
        },
      )
      .finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    return asking;
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    while (this.#asked >= ASKED_AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#asked++;
    try {
      return await work();
    } finally {
      this.#asked--;
      this.#waiting.shift()?.();
    }
  }

  #remember(key: string, addresses: readonly LookupAddress[]): void {
    this.#known.delete(key);
    this.#known.set(key, { addresses, unansweredSinceMs: null });
    const [oldest] = this.#known.keys();
    if (this.#known.size > NAMES_MAX && oldest !== undefined) this.#known.delete(oldest);
  }
}

const isGone = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === NO_SUCH_NAME;

function askMachine(name: string, wanted: Wanted): Promise<readonly LookupAddress[]> {
  return new Promise((resolve, reject) => {
    askThisMachine(name, { ...wanted, all: true }, (error, addresses) => {
      if (error === null) resolve(addresses);
      else reject(error);
    });
  });
}

/** Of all that this process connects to: what one has learned serves the others. */
const NAMES = new KnownNames();
export const { lookUp } = NAMES;
