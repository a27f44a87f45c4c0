// Answers each attempt at a key in turn, and keeps what was asked; client ids and shard maps are given out beside the script.
import type { AttemptResult, HttpAttempt, Transport } from "../../client/http-transport.ts";
import type { Fields } from "../../client/error-answers.ts";
import { done, refused, unknown } from "../../core/base/outcome.ts";
import type { RefusalCode } from "../../core/base/outcome.ts";
import type { AnswerStamp } from "../../core/routing/routes.ts";
import { SHARDS } from "../../core/shards/slots.ts";

const SOMEBODY: AnswerStamp = { group: "1", term: 1, configNumber: null };

export class ScriptedTransport implements Transport {
  readonly attempts: HttpAttempt[] = [];
  maps: AttemptResult[] = [];
  mapsAsked = 0;
  isClosed = false;
  readonly #script: AttemptResult[];
  #clients = 0;

  constructor(script: readonly AttemptResult[]) {
    this.#script = [...script];
  }

  async attempt(attempt: HttpAttempt): Promise<AttemptResult> {
    if (attempt.path === "/v1/clients") return answered({ client: `client-${this.#clients++}`, expiresAfterMs: 3_600_000 });
    if (attempt.path === "/v1/shard-map") {
      this.mapsAsked += 1;
      return (this.maps.length > 1 ? this.maps.shift() : this.maps[0]) ?? refusedWith("notFound");
    }
    this.attempts.push(attempt);
    return this.#script.shift() ?? lost;
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }

  get asked(): readonly string[] {
    return this.attempts.map(({ endpoint }) => endpoint);
  }
}

export const answered = (fields: Fields, stamp: Partial<AnswerStamp> = {}): AttemptResult => ({
  ...{ outcome: done(fields), leader: null, retryAfterMs: null },
  stamp: { ...SOMEBODY, ...stamp },
});

export const refusedWith = (code: RefusalCode, leader: string | null = null, retryAfterMs: number | null = null): AttemptResult => ({
  ...{ outcome: refused(code, "because"), leader, retryAfterMs, stamp: SOMEBODY },
});

export const lost: AttemptResult = { outcome: unknown("connectionLost"), leader: null, retryAfterMs: null, stamp: null };
export const silent: AttemptResult = { ...lost, outcome: unknown("deadline") };
export const unreachable: AttemptResult = { ...lost, outcome: refused("starting", "could not connect: ECONNREFUSED") };

/** All shards belong to one group, or to two in halves. The first member of each leads. */
export function mapOf(number: number, groups: Readonly<Record<string, readonly string[]>>): AttemptResult {
  const names = Object.keys(groups);
  const shards = Array.from({ length: SHARDS }, (_, shard) => names[Math.floor((shard * names.length) / SHARDS)]);
  const described = Object.entries(groups).map(([group, members]) => [
    group,
    { members: members.map((http, i) => ({ http, redis: null, role: i === 0 ? "leader" : "follower" })) },
  ]);
  return answered({ number, shards, groups: Object.fromEntries(described) });
}
