// Every route of every service: who may call it, what it is for, and what it answers. A route that is not here can't be
// registered, so none is forgotten when it comes to who may do what.
import type { AnswerName } from "./answer-schemas.ts";

/** `data`: reads and writes the store. `admin`: changes who belongs to it and where it lies. */
export type Access = "open" | "data" | "admin";

/** Headers that a call understands. */
export type HeaderName = "flotilla-deadline-ms" | "flotilla-client" | "flotilla-serial" | "flotilla-acked" | "flotilla-route";

export type RouteFacts = {
  readonly access: Access;
  readonly summary: string;
  /** Null: no JSON. */
  readonly answer: AnswerName | null;
  readonly headers: readonly HeaderName[];
};

export const HEADERS: { readonly [N in HeaderName]: string } = {
  "flotilla-deadline-ms": "how long the call may take; 5000 without, at most 60000",
  "flotilla-client": "the id of a client, for requests that take effect once",
  "flotilla-serial": "the number of the request, from 1, rising; the same for each time that it is sent",
  "flotilla-acked": "all answers up to this serial have arrived",
  "flotilla-route": "`redirect`: be told who serves the shard rather than be served by way of another member",
};

const PLAIN: readonly HeaderName[] = ["flotilla-deadline-ms"];
const ONCE: readonly HeaderName[] = [...PLAIN, "flotilla-client", "flotilla-serial", "flotilla-acked"];

const facts = (access: Access, answer: AnswerName | null, summary: string, headers: readonly HeaderName[] = []): RouteFacts => ({
  access,
  answer,
  summary,
  headers,
});

const data = (answer: AnswerName, summary: string, headers: readonly HeaderName[]): RouteFacts =>
  facts("data", answer, summary, [...headers, "flotilla-route"]);

/** By method and path. */
export type RouteTable = Readonly<Record<string, RouteFacts>>;

export const ROUTES: RouteTable = {
  "GET /v1/kv/:key": data("entry", "What a key holds", PLAIN),
  "PUT /v1/kv/:key": data("written", "Sets a key", ONCE),
  "DELETE /v1/kv/:key": data("deleted", "Deletes a key", ONCE),
  "POST /v1/kv/:key/append": data("appended", "Adds to the end of a value", ONCE),
  "POST /v1/kv/:key/increment": data("incremented", "Adds to a number; a key that is absent counts as 0", ONCE),
  "GET /v1/kv": data("page", "Keys in byte order, over all shards", PLAIN),
  "POST /v1/txn": data("transaction", "One branch or the other, at one moment; all keys are of one slot", ONCE),
  "POST /v1/batch": data("batch", "Several operations on any keys; not atomic", ONCE),
  "POST /v1/clients": facts("data", "client", "An id for requests that take effect once", PLAIN),
  "POST /v1/stream": facts("data", null, "Many requests under way on one connection"),
  "GET /v1/shard-map": facts("data", "shardMap", "Which group serves which shard, and where its members are"),

  "GET /v1/status": facts("open", "status", "How this member stands"),
  "GET /v1/members": facts("open", "members", "Who belongs to this group"),
  "DELETE /v1/members/:member": facts("admin", "accepted", "Removes a member from this group", PLAIN),
  "POST /v1/leader/transfer": facts("admin", "accepted", "Hands leadership over", PLAIN),

  "GET /v1/config": facts("data", "configuration", "The latest configuration, or that of a number", PLAIN),
  "POST /v1/groups/join": facts("admin", "configuration", "Groups join, or their addresses change", ONCE),
  "POST /v1/groups/leave": facts("admin", "configuration", "Groups leave; their shards go to the others", ONCE),
  "POST /v1/shards/move": facts("admin", "configuration", "A shard goes to a group", ONCE),
  "GET /v1/migrations": facts("data", "migrations", "What is moving", PLAIN),

  "GET /livez": facts("open", "checks", "Whether this process runs"),
  "GET /readyz": facts("open", "checks", "Whether this member is of use"),
  "GET /startupz": facts("open", "checks", "Whether this process has started"),
  "GET /metrics": facts("open", null, "Metrics in Prometheus' format"),
  "GET /openapi.json": facts("open", "anything", "This document"),
};

/** Null: there is no such route. A HEAD is a GET whose body is not sent. */
export function factsOf(routes: RouteTable, method: string, url: string): RouteFacts | null {
  const name = `${method === "HEAD" ? "GET" : method} ${url}`;
  return Object.hasOwn(routes, name) ? (routes[name] as RouteFacts) : null;
}
