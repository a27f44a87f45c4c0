// Several groups in memory, behind the client's transport: owners, leaders, sessions and times to live as the contract has
// them, and strict about where a request belongs. Faults are decided by the test, per attempt.
import type { Fields } from "../../client/error-answers.ts";
import { readError } from "../../client/error-answers.ts";
import type { AttemptResult, HttpAttempt, Transport } from "../../client/http-transport.ts";
import type { RefusalCode } from "../../core/base/outcome.ts";
import { done, refused, REFUSALS, unknown } from "../../core/base/outcome.ts";
import { shardOf, SHARDS } from "../../core/shards/slots.ts";
import { FakeShard } from "./fake-shard.ts";

/** `lostBefore`: never executed. `lostAfter`: executed, and the answer did not arrive. */
export type Fault = "none" | "unreachable" | "lostBefore" | "lostAfter" | RefusalCode;

type Group = { readonly members: readonly string[]; leader: string };

export class FakeCluster implements Transport {
  readonly attempts: HttpAttempt[] = [];
  readonly shards: readonly FakeShard[];
  readonly owners: string[];
  readonly groups = new Map<string, Group>();
  number = 1;
  fault: (attempt: HttpAttempt) => Fault = () => "none";
  #clients = 0;

  constructor(groups: Readonly<Record<string, readonly string[]>>, nowMs: () => number = () => performance.now()) {
    for (const [group, members] of Object.entries(groups)) this.groups.set(group, { members, leader: members[0] ?? "" });
    const names = [...this.groups.keys()];
    this.owners = Array.from({ length: SHARDS }, (_, shard) => names[shard % names.length] ?? "");
    this.shards = Array.from({ length: SHARDS }, () => new FakeShard(nowMs));
  }

  move(shard: number, group: string): void {
    this.owners[shard] = group;
    this.number += 1;
  }

  elect(group: string, leader: string): void {
    const elected = this.groups.get(group);
    if (elected !== undefined) elected.leader = leader;
  }

  async attempt(attempt: HttpAttempt): Promise<AttemptResult> {
    // Every attempt takes a turn of the event loop, as a socket would.
    await new Promise((resolve) => setImmediate(resolve));
    this.attempts.push(attempt);
    const fault = attempt.signal.aborted ? "lostBefore" : this.fault(attempt);
    if (fault === "unreachable") return nobody(refused("starting", "could not connect: ECONNREFUSED"));
    if (fault === "lostBefore") return nobody(unknown("connectionLost"));
    const answer = fault === "none" || fault === "lostAfter" ? this.#serve(attempt) : errorAnswer(fault);
    if (fault === "lostAfter") return nobody(unknown("connectionLost"));
    const stamp = { group: this.#groupOf(attempt.endpoint), term: 1, configNumber: this.number };
    if (answer.status === 200) return { outcome: done(answer.fields), leader: null, retryAfterMs: null, stamp };
    return { ...readError(answer.status, answer.fields["error"] as Fields), stamp };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #serve({ endpoint, method, path, body, headers }: HttpAttempt): Answer {
    const url = new URL(path, endpoint);
    if (url.pathname === "/v1/shard-map") return ok(this.#map());
    if (url.pathname === "/v1/clients") return ok({ client: `client-${this.#clients++}`, expiresAfterMs: 3_600_000 });
    if (url.pathname === "/v1/kv") return ok(this.#page(url.searchParams));
    const operations = operationsOf({ method, url, body: (body ?? {}) as Fields });
    const shards = new Set(operations.keys.map((key) => shardOf(Buffer.from(key, "base64url"))));
    const [shard = 0] = shards;
    if (shards.size > 1) return errorAnswer(operations.kind === "txn" ? "crossSlot" : "badRequest");
    const wrong = this.#whyNotHere(endpoint, shard, operations.isWrite);
    if (wrong !== null) return wrong;
    const held = this.shards[shard] as FakeShard;
    const session = headers["flotilla-client"];
    if (session === undefined) return held.execute(operations);
    return held.executeOnce(operations, {
      client: session,
      serial: Number(headers["flotilla-serial"]),
      acked: Number(headers["flotilla-acked"]),
    });
  }

  #whyNotHere(endpoint: string, shard: number, isWrite: boolean): Answer | null {
    const group = this.groups.get(this.owners[shard] ?? "");
    if (group === undefined || !group.members.includes(endpoint)) return errorAnswer("wrongShard");
    return isWrite && group.leader !== endpoint ? errorAnswer("notLeader", { leader: group.leader }) : null;
  }

  #map(): Fields {
    const groups = [...this.groups].map(([group, { members, leader }]) => [
      group,
      { members: members.map((http) => ({ http, redis: null, role: http === leader ? "leader" : "follower" })) },
    ]);
    return { number: this.number, shards: [...this.owners], groups: Object.fromEntries(groups) };
  }

  #page(query: URLSearchParams): Fields {
    const prefix = Buffer.from(query.get("prefix") ?? "", "base64url");
    const after = query.get("after");
    const all = this.shards
      .flatMap((shard) => shard.entries())
      .map(({ key, ...rest }) => ({ key: Buffer.from(key, "base64url"), ...rest }));
    const wanted = all
      .filter(({ key }) => key.subarray(0, prefix.length).equals(prefix))
      .filter(({ key }) => after === null || key.compare(Buffer.from(after, "base64url")) > 0)
      .sort((a, b) => a.key.compare(b.key));
    const page = wanted.slice(0, Number(query.get("limit"))).map(({ key, ...rest }) => ({ key: key.toString("base64url"), ...rest }));
    return { entries: page, next: page.length < wanted.length ? (page.at(-1)?.key ?? null) : null };
  }

  #groupOf(endpoint: string): string | null {
    return [...this.groups].find(([, { members }]) => members.includes(endpoint))?.[0] ?? null;
  }
}

export type Answer = { readonly status: number; readonly fields: Fields };
export type Asked = {
  readonly kind: "single" | "batch" | "txn";
  readonly isWrite: boolean;
  readonly keys: readonly string[];
  readonly operations: readonly Fields[];
  readonly otherwise: readonly Fields[];
  readonly compare: readonly Fields[];
};

export const ok = (fields: Fields): Answer => ({ status: 200, fields });

export function errorAnswer(code: RefusalCode, details: Fields = {}): Answer {
  return { status: REFUSALS[code].status, fields: { error: { ...details, code, message: "because", outcome: "refused" } } };
}

function nobody(outcome: AttemptResult["outcome"]): AttemptResult {
  return { outcome, leader: null, retryAfterMs: null, stamp: null };
}

function operationsOf({ method, url, body }: { readonly method: string; readonly url: URL; readonly body: Fields }): Asked {
  const lists = { operations: [] as Fields[], otherwise: [] as Fields[], compare: [] as Fields[] };
  let kind: Asked["kind"] = "single";
  if (url.pathname === "/v1/batch") {
    kind = "batch";
    lists.operations = body["operations"] as Fields[];
  } else if (url.pathname === "/v1/txn") {
    kind = "txn";
    lists.operations = body["then"] as Fields[];
    lists.otherwise = body["else"] as Fields[];
    lists.compare = body["compare"] as Fields[];
  } else {
    const [key, action] = url.pathname.slice("/v1/kv/".length).split("/");
    const op = action ?? { GET: "get", PUT: "put", DELETE: "delete" }[method];
    const guards = ["ifVersion", "ifRevision"].flatMap((name) =>
      url.searchParams.has(name) ? [[name, Number(url.searchParams.get(name))]] : [],
    );
    lists.operations = [{ ...body, ...Object.fromEntries(guards), op, key }];
  }
  const all = [...lists.operations, ...lists.otherwise];
  return { kind, ...lists, isWrite: all.some(({ op }) => op !== "get"), keys: [...lists.compare, ...all].map(({ key }) => String(key)) };
}
