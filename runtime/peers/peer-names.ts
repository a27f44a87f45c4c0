// Names of peers become addresses here, by the resolver library (c-ares) and never by `dns.lookup`: that one waits on the
// thread pool in which the log is synced, and one dead name server would stop the disk. The last known address of a name
// stays good while no name server answers.
import { Resolver } from "node:dns/promises";
import { isIP } from "node:net";

/** All addresses of a name, of one family. Rejects when there is none, or no answer. */
export type ResolveName = (name: string) => Promise<readonly string[]>;

const LOOPBACK = "127.0.0.1";
const NAMES_MAX = 256;
const LOOK_UP_DEADLINE_MS = 1_500;
/** As long as whoever is known already waits for a newer answer. */
const PATIENCE_MS = 250;

export class PeerNames {
  readonly #resolve: ResolveName;
  readonly #lastKnown = new Map<string, readonly string[]>();

  constructor(resolve: ResolveName = resolveByNameServer()) {
    this.#resolve = resolve;
  }

  /** Where to connect now. Null: a name that nobody has known so far. `attempt` goes through several addresses of one name. */
  async addressOf(host: string, attempt = 0): Promise<string | null> {
    if (isIP(host) !== 0) return host;
    if (host === "localhost") return LOOPBACK;
    const found = await this.#lookUp(host);
    return found === null ? null : (found[attempt % found.length] ?? null);
  }

  async #lookUp(name: string): Promise<readonly string[] | null> {
    const known = this.#lastKnown.get(name) ?? null;
    // What comes too late for this one is there for the next.
    const resolving = this.#resolve(name).then((addresses) => {
      if (addresses.length === 0) return known;
      this.#remember(name, addresses);
      return addresses;
    });
    try {
      return await within(resolving, known === null ? LOOK_UP_DEADLINE_MS : PATIENCE_MS);
    } catch {
      return known;
    }
  }

  #remember(name: string, addresses: readonly string[]): void {
    this.#lastKnown.delete(name);
    this.#lastKnown.set(name, addresses);
    const [oldest] = this.#lastKnown.keys();
    if (this.#lastKnown.size > NAMES_MAX && oldest !== undefined) this.#lastKnown.delete(oldest);
  }
}

function resolveByNameServer(): ResolveName {
  const resolver = new Resolver({ timeout: LOOK_UP_DEADLINE_MS / 2, tries: 2 });
  return async (name) => {
    try {
      return await resolver.resolve4(name);
    } catch {
      return await resolver.resolve6(name);
    }
  };
}

async function within<T>(work: Promise<T>, deadlineMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${deadlineMs} ms`));
    }, deadlineMs);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
