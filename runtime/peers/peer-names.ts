// Names of peers become addresses here, by the resolver library (c-ares) and never by `dns.lookup`: that one waits on the
// thread pool in which the log is synced, and one dead name server would stop the disk.
import { Resolver } from "node:dns/promises";
import { isIP } from "node:net";
import { KnownNames } from "../http/known-names.ts";

/** All addresses of a name, of one family. Rejects when there is none, or no answer. */
export type ResolveName = (name: string) => Promise<readonly string[]>;

const LOOPBACK = "127.0.0.1";
/** As long as whoever is not known yet is waited for. */
const LOOK_UP_DEADLINE_MS = 1_500;

export class PeerNames {
  readonly #names: KnownNames;

  constructor(resolve: ResolveName = resolveByNameServer()) {
    const ask = async (name: string): Promise<{ address: string; family: number }[]> => {
      const found = await resolve(name);
      if (found.length === 0) throw new Error(`${name} has no address`);
      return found.map((address) => ({ address, family: isIP(address) }));
    };
    // A peer is known by its handshake: whoever has its address by now is not taken for it. So that address stays worth a try for as long
    // as nobody tells a newer one, and a name that is gone may come back: a pod between two lives has none.
    this.#names = new KnownNames({ ask, isGone: () => false, knownForMs: Infinity });
  }

  /** Where to connect now. Null: a name that nobody has known so far. `attempt` goes through several addresses of one name. */
  async addressOf(host: string, attempt = 0): Promise<string | null> {
    if (isIP(host) !== 0) return host;
    if (host === "localhost") return LOOPBACK;
    try {
      const found = await within(this.#names.addressesOf(host), LOOK_UP_DEADLINE_MS);
      return found[attempt % found.length]?.address ?? null;
    } catch {
      return null;
    }
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
