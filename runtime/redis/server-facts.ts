// What a server tells of itself: counted where it happens, told by INFO and by the metrics.
import type { AuthMode } from "../http/access.ts";

export type CommandFacts = { calls: number; failed: number };

/** Clients ask for features by it: the version of Redis whose commands are spoken here. */
export const REDIS_VERSION = "7.4.0";

export class ServerFacts {
  readonly startedAtMs: number;
  readonly port: number;
  readonly needsPassword: boolean;
  readonly version: string;
  connected = 0;
  accepted = 0;
  requests = 0;
  errors = 0;
  readonly byCommand = new Map<string, CommandFacts>();
  /** Most commands are the one before. */
  #last: { readonly command: string; readonly facts: CommandFacts } = { command: "", facts: { calls: 0, failed: 0 } };

  constructor({ startedAtMs, port, auth, version }: { startedAtMs: number; port: number; auth: AuthMode; version: string }) {
    this.startedAtMs = startedAtMs;
    this.port = port;
    this.needsPassword = auth === "all";
    this.version = version;
  }

  /** One of the commands that there are: their number is bounded. */
  count(command: string, isError: boolean): void {
    this.requests++;
    if (isError) this.errors++;
    if (command !== this.#last.command) this.#last = { command, facts: this.#factsOf(command) };
    const { facts } = this.#last;
    facts.calls++;
    if (isError) facts.failed++;
  }

  #factsOf(command: string): CommandFacts {
    const known = this.byCommand.get(command);
    if (known !== undefined) return known;
    const facts = { calls: 0, failed: 0 };
    this.byCommand.set(command, facts);
    return facts;
  }
}
