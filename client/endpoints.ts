// Which member to ask next: the one that answered last, the leader that a refusal named, or simply the next in turn. A
// named leader that is no endpoint of ours is asked too, but the list stays as it was given.

export class Endpoints {
  readonly #known: readonly string[];
  #current: string;

  constructor(known: readonly string[]) {
    const first = known[0];
    if (first === undefined) throw new RangeError("a client needs at least one endpoint");
    this.#known = known.map((endpoint) => new URL(endpoint).origin);
    this.#current = new URL(first).origin;
  }

  current(): string {
    return this.#current;
  }

  /** `endpoint` was no help. Another call may have moved on from it already, and is not undone. */
  leave(endpoint: string, leader: string | null): void {
    if (this.#current !== endpoint) return;
    const named = originOf(leader);
    if (named !== null && named !== endpoint) this.#current = named;
    else this.#current = this.#known[(this.#known.indexOf(endpoint) + 1) % this.#known.length] ?? endpoint;
  }
}

function originOf(address: string | null): string | null {
  if (address === null || !URL.canParse(address)) return null;
  const { protocol, origin } = new URL(address);
  return protocol === "http:" || protocol === "https:" ? origin : null;
}
