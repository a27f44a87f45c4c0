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
    const facts = this.byCommand.get(command);
    if (facts === undefined) this.byCommand.set(command, { calls: 1, failed: isError ? 1 : 0 });
    else {
      facts.calls++;
      if (isError) facts.failed++;
    }
  }
}
