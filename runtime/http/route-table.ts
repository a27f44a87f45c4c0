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

type Told = Pick<RouteFacts, "answer" | "summary"> & Partial<RouteFacts>;

const open = (told: Told): RouteFacts => ({ access: "open", headers: [], ...told });
const admin = (told: Told): RouteFacts => ({ access: "admin", headers: ONCE, ...told });
const data = (told: Told): RouteFacts => ({ access: "data", headers: PLAIN, ...told });
/** Goes to wherever the keys are. */
const routed = ({ headers = ONCE, ...told }: Told): RouteFacts => data({ ...told, headers: [...headers, "flotilla-route"] });

/** By method and path. */
export type RouteTable = Readonly<Record<string, RouteFacts>>;

export const ROUTES: RouteTable = {
  "GET /v1/kv/:key": routed({ answer: "entry", summary: "What a key holds", headers: PLAIN }),
  "PUT /v1/kv/:key": routed({ answer: "written", summary: "Sets a key" }),
  "DELETE /v1/kv/:key": routed({ answer: "deleted", summary: "Deletes a key" }),
  "POST /v1/kv/:key/append": routed({ answer: "appended", summary: "Adds to the end of a value" }),
  "POST /v1/kv/:key/increment": routed({ answer: "incremented", summary: "Adds to a number; a key that is absent counts as 0" }),
  "GET /v1/kv": routed({ answer: "page", summary: "Keys in byte order, over all shards", headers: PLAIN }),
  "POST /v1/txn": routed({ answer: "transaction", summary: "One branch or the other, at one moment; all keys are of one slot" }),
  "POST /v1/batch": routed({ answer: "batch", summary: "Several operations on any keys; not atomic" }),
  "POST /v1/clients": data({ answer: "client", summary: "An id for requests that take effect once" }),
  "POST /v1/stream": data({ answer: null, summary: "Many requests under way on one connection", headers: [] }),
  "GET /v1/shard-map": data({ answer: "shardMap", summary: "Which group serves which shard, and where its members are", headers: [] }),

  "GET /v1/status": open({ answer: "status", summary: "How this member stands" }),
  "GET /v1/members": open({ answer: "members", summary: "Who belongs to this group" }),
  "DELETE /v1/members/:member": admin({ answer: "accepted", summary: "Removes a member from this group", headers: PLAIN }),
  "POST /v1/places/close": admin({
    answer: "accepted",
    summary: "Places of this group from a number on take nobody in any more; null opens them",
    headers: PLAIN,
  }),
  "POST /v1/leader/transfer": admin({ answer: "accepted", summary: "Hands leadership over", headers: PLAIN }),

  "GET /v1/config": data({ answer: "configuration", summary: "The latest configuration, or that of a number" }),
  "POST /v1/groups/join": admin({ answer: "configuration", summary: "Groups join, or their addresses change" }),
  "POST /v1/groups/leave": admin({
    answer: "configuration",
    summary: "Groups leave; their shards go to the others, and what was to go to one that is gone stays",
  }),
  "POST /v1/shards/move": admin({ answer: "configuration", summary: "A shard goes to a group" }),
  "GET /v1/migrations": data({ answer: "migrations", summary: "What is moving" }),

  "POST /v1/jobs": data({
    answer: "submitted",
    summary: "Submits a job; the same id again is the same job. With `code` it needs the administrator's token",
    headers: [],
  }),
  "GET /v1/jobs": data({ answer: "jobs", summary: "All jobs, the oldest first", headers: [] }),
  "GET /v1/jobs/:id": data({ answer: "job", summary: "How a job stands", headers: [] }),
  "DELETE /v1/jobs/:id": data({ answer: "job", summary: "Cancels a job, unless its output is being made visible already", headers: [] }),
  "GET /v1/jobs/:id/tasks": data({ answer: "tasks", summary: "The tasks of a job: its maps, then its reduces", headers: [] }),
  "GET /v1/jobs/:id/logs": data({ answer: "taskLog", summary: "The end of what a task logged", headers: [] }),
  "GET /v1/jobs/:id/events": data({ answer: null, summary: "What happens to a job, as server-sent events", headers: [] }),
  "GET /v1/files": data({ answer: "files", summary: "Files of the embedded store, by path", headers: [] }),
  "PUT /v1/files/*": data({ answer: "file", summary: "Takes a file, whole; readers see it from then on", headers: [] }),
  "GET /v1/files/*": data({ answer: null, summary: "The bytes of a file", headers: [] }),
  "DELETE /v1/files/*": data({ answer: "fileRemoved", summary: "Removes a file", headers: [] }),
  "GET /v1/code/:hash": data({ answer: "code", summary: "The bundle of a job file, for workers", headers: [] }),
  "POST /v1/workers/poll": data({ answer: "orders", summary: "A worker says how it stands and waits for orders", headers: [] }),
  "POST /v1/workers/report": data({ answer: "orders", summary: "A worker reports the end of an attempt", headers: [] }),

  "GET /v1/regions/:job/:task/:attempt": data({
    answer: null,
    summary: "A map's whole output, for a worker that takes it over",
    headers: [],
  }),
  "GET /v1/regions/:job/:task/:attempt/:partition": data({
    answer: null,
    summary: "A region of a map's output, for the reduce that it belongs to",
    headers: [],
  }),

  "GET /livez": open({ answer: "checks", summary: "Whether this process runs" }),
  "GET /readyz": open({ answer: "checks", summary: "Whether this member is of use" }),
  "GET /startupz": open({ answer: "checks", summary: "Whether this process has started" }),
  "GET /metrics": open({ answer: null, summary: "Metrics in Prometheus' format" }),
  "GET /openapi.json": open({ answer: "anything", summary: "This document" }),
};

/** Null: there is no such route. A HEAD is a GET whose body is not sent. */
export function factsOf(routes: RouteTable, method: string, url: string): RouteFacts | null {
  const name = `${method === "HEAD" ? "GET" : method} ${url}`;
  return Object.hasOwn(routes, name) ? (routes[name] as RouteFacts) : null;
}
