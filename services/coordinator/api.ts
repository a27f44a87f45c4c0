// The client port of a coordinator. Any of them takes any call: one that does not have the jobs hands it on to the one that has.
// Workers are told where that is, because their questions wait.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Outcome } from "../../core/base/outcome.ts";
import { done, refused } from "../../core/base/outcome.ts";
import type { Call, Poll, Report } from "../../core/coordinator/events.ts";
import type { Watched } from "../../core/coordinator/view.ts";
import type { JobDescription } from "../../core/mapreduce/job.ts";
import { codeKey } from "../../core/mapreduce/job-keys.ts";
import type { KvClient } from "../../client/kv-client.ts";
import type { AccessPolicy } from "../../runtime/http/access.ts";
import { whyNotAllowed } from "../../runtime/http/access.ts";
import { refusalResponse, unknownResponse } from "../../runtime/http/error-shape.ts";
import type { Forwarding } from "../../runtime/http/forwarder.ts";
import { Forwarder, FORWARDED_HEADER, handedOnAs } from "../../runtime/http/forwarder.ts";
import { Agent, request as send } from "../../runtime/http/http-client.ts";
import { sendError } from "../../runtime/http/http-answer.ts";
import { lookUp } from "../../runtime/http/machine-names.ts";
import type { CoordinatorHost } from "../../runtime/jobs/coordinator-host.ts";
import type { Election } from "./election.ts";
import { EventStream, SILENCE_MS } from "./event-stream.ts";
import { handOn } from "./handing-on.ts";
import type { SubmittedJob } from "./job-requests.ts";
import { describeJob, newLife, SCHEMAS } from "./job-requests.ts";

export type CoordinatorApiOptions = {
  readonly host: CoordinatorHost;
  readonly election: Pick<Election, "leader" | "isElected">;
  readonly kv: KvClient;
  readonly access: AccessPolicy;
};

type JobParams = { readonly id: string };
type Answering = { readonly leader: string | null; readonly status?: number };
type Handed = {
  readonly call: Call;
  readonly status?: number;
  /** What became of it elsewhere, where it may have been done: then this one's refusal says nothing. */
  readonly lost?: Extract<Outcome<never>, { readonly kind: "unknown" }> | null;
};

const ANSWER_MS = 20_000;
/** About as long as it takes to choose another one. */
const TRY_MS = 2_500;
/** Beyond the time that a worker's question may wait. */
const POLL_MS = 4_000;
const TASKS_MAX = 10_000;
const DEFAULT_TASKS = 100;
/** With another coordinator, whose heartbeats are missed. */
const PATIENCE = { headersTimeout: ANSWER_MS, bodyTimeout: SILENCE_MS };

export class CoordinatorApi {
  readonly #options: CoordinatorApiOptions;
  readonly #forwarder = new Forwarder();
  readonly #agent = new Agent({ connect: { timeout: 1_000, lookup: lookUp } });
  readonly #streams = new Set<EventStream>();

  constructor(options: CoordinatorApiOptions) {
    this.#options = options;
  }

  addRoutes(app: FastifyInstance): void {
    app.get("/v1/status", { schema: SCHEMAS.nothing }, async () => this.#status());
    app.post<{ Body: SubmittedJob }>("/v1/jobs", { schema: SCHEMAS.submit }, (request, reply) => this.#submit(request, reply));
    app.get("/v1/jobs", { schema: SCHEMAS.nothing }, (request, reply) => this.#ask(request, reply, { call: { kind: "list" } }));
    app.get<{ Params: JobParams }>("/v1/jobs/:id", { schema: SCHEMAS.job }, (request, reply) =>
      this.#ask(request, reply, { call: { kind: "get", job: request.params.id } }),
    );
    app.delete<{ Params: JobParams }>("/v1/jobs/:id", { schema: SCHEMAS.job }, (request, reply) =>
      this.#ask(request, reply, { call: { kind: "cancel", job: request.params.id } }),
    );
    app.get<{ Params: JobParams; Querystring: { after?: string; limit?: string } }>(
      "/v1/jobs/:id/tasks",
      { schema: SCHEMAS.tasks },
      (request, reply) => {
        const { after = "0", limit = String(DEFAULT_TASKS) } = request.query;
        const call = { kind: "tasks", job: request.params.id, after: Number(after), limit: Math.min(TASKS_MAX, Number(limit)) } as const;
        return this.#ask(request, reply, { call });
      },
    );
    app.get<{ Params: JobParams; Querystring: { task: string } }>("/v1/jobs/:id/logs", { schema: SCHEMAS.logs }, (request, reply) => {
      const [phase, task] = request.query.task.split("-") as ["list" | "map" | "reduce", string];
      return this.#ask(request, reply, { call: { kind: "logs", job: request.params.id, phase, task: Number(task) } });
    });
    app.get<{ Params: JobParams }>("/v1/jobs/:id/events", { schema: SCHEMAS.job }, (request, reply) => this.#events(request, reply));
    app.get<{ Params: { hash: string } }>("/v1/code/:hash", { schema: SCHEMAS.code }, (request, reply) =>
      this.#code(request.params.hash, reply),
    );
    app.post<{ Body: Poll }>("/v1/workers/poll", { schema: SCHEMAS.poll }, (request, reply) =>
      this.#askHere(reply, { call: { kind: "poll", poll: request.body } }, request.body.waitMs + POLL_MS),
    );
    app.post<{ Body: Report }>("/v1/workers/report", { schema: SCHEMAS.report }, (request, reply) =>
      this.#askHere(reply, { call: { kind: "report", report: request.body } }, ANSWER_MS),
    );
  }

  /** Streams end; whoever reads them comes back to another coordinator. */
  finish(): void {
    for (const stream of this.#streams) stream.end();
  }

  async close(): Promise<void> {
    await Promise.all([this.#forwarder.close(), this.#agent.destroy()]);
  }

  async #submit(request: FastifyRequest<{ Body: SubmittedJob }>, reply: FastifyReply): Promise<FastifyReply> {
    const { body } = request;
    if (body.code !== undefined) {
      const refusal = whyNotAllowed(this.#options.access, "admin", request.headers.authorization);
      if (refusal !== null) return sendError(reply, refusal);
    }
    const description = describeJob(body);
    if (typeof description === "string") return sendOutcome(reply, refused("badRequest", description));
    const kept = await this.#keepCode(description, body.code);
    if (kept.kind !== "done") return sendOutcome(reply, kept);
    // Whoever hands it on says which id it got, so that one job does not become two.
    request.body = { ...body, id: description.id };
    await this.#ask(request, reply, { call: { kind: "submit", description, life: newLife() }, status: 202 });
    // Should it have been long under way, its code may have been taken for unused. Now that there is the job it can't be.
    if (reply.statusCode === 202) await this.#keepCode(description, body.code);
    return reply;
  }

  /** The same bytes under the same name; but whoever would remove them finds that they were written again. */
  async #keepCode({ program }: JobDescription, code: string | undefined): Promise<Outcome<unknown>> {
    return code === undefined || program.kind !== "code" ? done(null) : this.#options.kv.put(codeKey(program.hash), code);
  }

  async #ask(request: FastifyRequest, reply: FastifyReply, handed: Handed): Promise<FastifyReply> {
    const { host, election } = this.#options;
    if (request.headers[FORWARDED_HEADER] !== undefined) return this.#askHere(reply, handed, ANSWER_MS);
    const { url, headers, body } = request;
    const ways = {
      forward: (forwarding: Forwarding) => this.#forwarder.forward(forwarding),
      leader: () => election.leader(),
      isHere: () => host.isActive && election.isElected,
    };
    const method = handedOnAs(request.method);
    const handedOn = await handOn({ ...ways, timeoutMs: ANSWER_MS, tryMs: TRY_MS }, { method, url, headers, body });
    if (handedOn.kind === "here") return this.#askHere(reply, { ...handed, lost: handedOn.lost }, ANSWER_MS);
    const { outcome: forwarded } = handedOn;
    if (forwarded.kind !== "done")
      return sendOutcome(reply, forwarded.kind === "refused" ? refused("starting", "no coordinator has the jobs yet") : forwarded);
    const { status, headers: answered, body: text } = forwarded.value;
    return reply.code(status).headers(answered).send(text);
  }

  async #askHere(reply: FastifyReply, { call, status = 200, lost = null }: Handed, timeoutMs: number): Promise<FastifyReply> {
    const { election } = this.#options;
    const asked = await this.#asked(call, timeoutMs);
    const outcome = asked.kind === "refused" && lost !== null ? lost : asked;
    const isElsewhere = outcome.kind === "refused" && outcome.refusal.code === "notLeader";
    return sendOutcome(reply, outcome, { leader: isElsewhere ? await election.leader() : null, status });
  }

  /**
   * One that stood still past its term takes up first what came meanwhile, and hears then that it has the jobs no longer: what it does not
   * know of it would take for over, and workers would throw away what they have of it.
   */
  async #asked(call: Call, timeoutMs: number): Promise<Outcome<unknown>> {
    const { host, election } = this.#options;
    if (host.isActive && !election.isElected) return refused("notLeader", "this coordinator has the jobs no longer");
    return host.ask(call, timeoutMs);
  }

  async #code(hash: string, reply: FastifyReply): Promise<FastifyReply> {
    const entry = await this.#options.kv.get(codeKey(hash));
    if (entry.kind !== "done") return sendOutcome(reply, entry);
    if (entry.value === null) return sendOutcome(reply, refused("notFound", `there is no code ${hash}`));
    return reply.send({ code: entry.value.text });
  }

  async #events(request: FastifyRequest<{ Params: JobParams }>, reply: FastifyReply): Promise<FastifyReply> {
    const { host, election } = this.#options;
    const { id } = request.params;
    const stream = new EventStream(host, id);
    const found = await this.#asked({ kind: "watch", job: id }, ANSWER_MS);
    if (found.kind !== "done") {
      stream.close();
      const leader = await election.leader();
      const isElsewhere = found.kind === "refused" && found.refusal.code === "notLeader";
      if (isElsewhere && leader !== null && request.headers[FORWARDED_HEADER] === undefined) return this.#passOn(request, reply, leader);
      return sendOutcome(reply, found, { leader });
    }
    reply.hijack();
    // Who went away meanwhile won't end what begins here.
    if (reply.raw.destroyed) {
      stream.close();
      return reply;
    }
    this.#streams.add(stream);
    reply.raw.once("close", () => this.#streams.delete(stream));
    stream.open(reply.raw, found.value as Watched);
    return reply;
  }

  async #passOn(request: FastifyRequest, reply: FastifyReply, leader: string): Promise<FastifyReply> {
    const { authorization } = request.headers;
    const headers = { [FORWARDED_HEADER]: "1", ...(authorization === undefined ? {} : { authorization }) };
    try {
      const response = await send({ origin: leader, path: request.url }, { dispatcher: this.#agent, headers, ...PATIENCE });
      void reply.code(response.statusCode).header("content-type", response.headers["content-type"] ?? "text/event-stream");
      return await reply.send(response.body);
    } catch {
      return sendOutcome(reply, refused("starting", "no coordinator has the jobs yet"));
    }
  }

  async #status(): Promise<Readonly<Record<string, unknown>>> {
    const { host, election } = this.#options;
    return { service: "coordinator", role: host.isActive ? "active" : "standby", leader: await election.leader(), ...host.summary() };
  }
}

function sendOutcome(reply: FastifyReply, outcome: Outcome<unknown>, { leader, status = 200 }: Answering = { leader: null }): FastifyReply {
  if (outcome.kind === "done") return reply.code(status).send(outcome.value);
  return sendError(reply, outcome.kind === "refused" ? refusalResponse(outcome.refusal, leader) : unknownResponse(outcome.after));
}
