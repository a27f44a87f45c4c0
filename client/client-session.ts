// The client id under which writes take effect once. It is fetched when the first write needs it, and replaced long before
// it could expire; writes that are under way finish under the id that they began with.
import type { Outcome } from "../core/base/outcome.ts";
import { done, refused, REFUSALS } from "../core/base/outcome.ts";
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
  readonly #fetchId: (signal: AbortSignal) => Promise<Outcome<ClientId>>;
  #session: Session | null = null;
  #fetching: Promise<Outcome<Session>> | null = null;

  constructor(fetchId: (signal: AbortSignal) => Promise<Outcome<ClientId>>) {
    this.#fetchId = fetchId;
  }

  /** Refused when there is no id, or no room for another open serial, before the signal; at once, where there never will be. */
  async open(signal: AbortSignal): Promise<Outcome<OpenWrite>> {
    while (!signal.aborted) {
      // Another call's request for an id may take longer than this one has.
      const session = await unlessAborted(this.#current(signal), signal);
      if (session?.kind === "refused" && REFUSALS[session.refusal.code].advice === "fixRequest") return session;
      if (session?.kind !== "done") await pause(NO_ID_PAUSE_MS, signal);
      else {
        const write = await this.#room(session.value, signal);
        if (write !== null) return done(write);
      }
    }
    return refused("deadline", "no client id was to be had before the deadline");
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

  async #current(signal: AbortSignal): Promise<Outcome<Session>> {
    if (this.#session !== null && performance.now() < this.#session.renewAtMs) return done(this.#session);
    // One request for all who wait; it goes by the signal of the first, and the others then try again.
    this.#fetching ??= this.#fetch(signal).finally(() => (this.#fetching = null));
    return this.#fetching;
  }

  async #fetch(signal: AbortSignal): Promise<Outcome<Session>> {
    const id = await this.#fetchId(signal);
    if (id.kind !== "done") return id;
    const { client, expiresAfterMs } = id.value;
    this.#session = { client, renewAtMs: performance.now() + expiresAfterMs / 2, serials: new OpenSerials(), waiting: new Set() };
    return done(this.#session);
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
