// The client id under which writes take effect once. It is fetched when the first write needs it, and replaced long before
// it could expire; writes that are under way finish under the id that they began with.
import { OpenSerials } from "../core/routing/open-serials.ts";
import { pause } from "./waiting.ts";

export type OpenWrite = {
  readonly client: string;
  headers(): Readonly<Record<string, string>>;
  /** Nobody will ask for this serial's answer again. */
  close(): void;
};

export type ClientId = { readonly client: string; readonly expiresAfterMs: number };

type Session = { readonly client: string; readonly renewAtMs: number; readonly serials: OpenSerials };

const ROOM_POLL_MS = 2;
/** Whoever gives no id now is not asked again and again at full speed. */
const NO_ID_PAUSE_MS = 100;

export class ClientSession {
  readonly #fetchId: (signal: AbortSignal) => Promise<ClientId | null>;
  #session: Session | null = null;
  #fetching: Promise<Session | null> | null = null;

  constructor(fetchId: (signal: AbortSignal) => Promise<ClientId | null>) {
    this.#fetchId = fetchId;
  }

  /** Null when there is no id, or no room for another open serial, before the signal. */
  async open(signal: AbortSignal): Promise<OpenWrite | null> {
    while (!signal.aborted) {
      // Another call's request for an id may take longer than this one has.
      const session = await unlessAborted(this.#current(signal), signal);
      if (session?.serials.hasRoom === true) return openWrite(session);
      await pause(session === null ? NO_ID_PAUSE_MS : ROOM_POLL_MS, signal);
    }
    return null;
  }

  /** The group has forgotten this id. */
  renew(client: string): void {
    if (this.#session?.client === client) this.#session = null;
  }

  async #current(signal: AbortSignal): Promise<Session | null> {
    if (this.#session !== null && performance.now() < this.#session.renewAtMs) return this.#session;
    // One request for all who wait; it goes by the signal of the first, and the others then try again.
    this.#fetching ??= this.#fetch(signal).finally(() => (this.#fetching = null));
    return this.#fetching;
  }

  async #fetch(signal: AbortSignal): Promise<Session | null> {
    const id = await this.#fetchId(signal);
    if (id === null) return null;
    this.#session = { client: id.client, renewAtMs: performance.now() + id.expiresAfterMs / 2, serials: new OpenSerials() };
    return this.#session;
  }
}

/** Null where the signal comes first. */
function unlessAborted<T>(awaited: Promise<T>, signal: AbortSignal): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => resolve(null);
    if (signal.aborted) return giveUp();
    signal.addEventListener("abort", giveUp, { once: true });
    void awaited.then(resolve, reject).finally(() => signal.removeEventListener("abort", giveUp));
  });
}

function openWrite({ client, serials }: Session): OpenWrite {
  const serial = serials.open();
  return {
    client,
    headers: () => ({ "flotilla-client": client, "flotilla-serial": String(serial), "flotilla-acked": String(serials.acked) }),
    close: () => serials.close(serial),
  };
}
