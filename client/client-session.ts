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

type Session = {
  readonly client: string;
  readonly renewAtMs: number;
  readonly serials: OpenSerials;
  /** Who waits for room, in the order in which they came. Told null, they look for another id. */
  readonly waiting: Set<(write: OpenWrite | null) => void>;
};

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
      if (session === null) await pause(NO_ID_PAUSE_MS, signal);
      else {
        const write = await this.#room(session, signal);
        if (write !== null) return write;
      }
    }
    return null;
  }

  /** The group has forgotten this id. */
  renew(client: string): void {
    if (this.#session?.client === client) this.#session = null;
  }

  /** Nobody passes those who wait already. */
  async #room(session: Session, signal: AbortSignal): Promise<OpenWrite | null> {
    const { serials, waiting } = session;
    if (serials.hasRoom && waiting.size === 0) return this.#openWrite(session);
    if (signal.aborted) return null;
    return new Promise((resolve) => {
      const end = (write: OpenWrite | null): void => {
        waiting.delete(end);
        signal.removeEventListener("abort", giveUp);
        resolve(write);
      };
      const giveUp = (): void => end(null);
      signal.addEventListener("abort", giveUp, { once: true });
      waiting.add(end);
    });
  }

  #openWrite(session: Session): OpenWrite {
    const { client, serials } = session;
    const serial = serials.open();
    return {
      client,
      headers: () => ({ "flotilla-client": client, "flotilla-serial": String(serial), "flotilla-acked": String(serials.acked) }),
      close: () => {
        serials.close(serial);
        this.#letIn(session);
      },
    };
  }

  #letIn(session: Session): void {
    for (const end of session.waiting) {
      if (session !== this.#session) end(null);
      else if (session.serials.hasRoom) end(this.#openWrite(session));
      else return;
    }
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
    const renewAtMs = performance.now() + id.expiresAfterMs / 2;
    this.#session = { client: id.client, renewAtMs, serials: new OpenSerials(), waiting: new Set() };
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
