// Names for connections over HTTP, as this machine looks them up: with its hosts file, its search list and whatever else it was told.
import { lookup as askThisMachine } from "node:dns";
import type { LookupFunction } from "node:net";
import type { Addresses, NameSource, Wanted } from "./known-names.ts";
import { KnownNames } from "./known-names.ts";

/** From the first question that got no answer: whom an address belongs to after so long is anybody's guess. */
const KNOWN_FOR_MS = 900_000;
/** This machine's look-up waits on the thread pool in which logs are synced, too: silent name servers may have half of its threads. */
const ASKED_AT_ONCE = 2;
/** A name server has answered, and there is no such name any more. */
const NO_SUCH_NAME = "ENOTFOUND";

export class MachineNames {
  readonly #ask: NameSource["ask"];
  readonly #names: KnownNames;
  readonly #asking = new Map<string, Promise<Addresses>>();
  readonly #waiting: (() => void)[] = [];
  #asked = 0;

  constructor(ask: NameSource["ask"] = askMachine, nowMs?: () => number) {
    this.#ask = ask;
    const isGone = (failure: unknown): boolean => (failure as NodeJS.ErrnoException).code === NO_SUCH_NAME;
    this.#names = new KnownNames({ ask: (name, wanted) => this.#askOnce(name, wanted), isGone, knownForMs: KNOWN_FOR_MS }, nowMs);
  }

  /** In place of `dns.lookup`, for whoever connects. */
  readonly lookUp: LookupFunction = (name, { family, hints, all }, callback) => {
    // Outside of the promise: what is wrong in a callback is no answer to the look-up.
    const answer = (error: NodeJS.ErrnoException | null, addresses: Addresses): void =>
      queueMicrotask(() => {
        const [first] = addresses;
        if (all === true) callback(error, [...addresses]);
        else callback(error, first?.address ?? "", first?.family);
      });
    const wanted = { family: family === "IPv4" ? 4 : family === "IPv6" ? 6 : (family ?? 0), hints: hints ?? 0 };
    this.#names.addressesOf(name, wanted).then(
      (addresses) => answer(null, addresses),
      (error: NodeJS.ErrnoException) => answer(error, []),
    );
  };

  /** One question at a time about a name, and few at a time about all. */
  #askOnce(name: string, wanted: Wanted): Promise<Addresses> {
    const key = `${wanted.family} ${wanted.hints} ${name}`;
    const asked = this.#asking.get(key);
    if (asked !== undefined) return asked;
    const asking = this.#inTurn(() => this.#ask(name, wanted)).finally(() => this.#asking.delete(key));
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
}

function askMachine(name: string, wanted: Wanted): Promise<Addresses> {
  return new Promise((resolve, reject) => {
    askThisMachine(name, { ...wanted, all: true }, (error, addresses) => {
      if (error === null) resolve(addresses);
      else reject(error);
    });
  });
}

/** Of all that this process connects to: what one has learned serves the others. */
const NAMES = new MachineNames();
export const { lookUp } = NAMES;
