// The client port of a replica: the store's calls, streams of them, and what people and launchers ask about this member. A
// write that reaches a follower is handed on to the leader; reads are served here. docs/errors.md lists every refusal.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { MemberId } from "../../core/base/ids.ts";
import { asMember } from "../../core/base/ids.ts";
import type { Outcome } from "../../core/base/outcome.ts";
import { refused } from "../../core/base/outcome.ts";
import type { RaftStatus } from "../../core/raft/inputs.ts";
import { commandKind } from "../../core/kv/commands.ts";
import { isGroupLevel } from "../../core/shards/group-commands.ts";
import { shardLists } from "../../core/shards/shard-lists.ts";
import { everyone, isLearner } from "../../core/raft/membership.ts";
import type { Reply } from "../../core/replica/effects.ts";
import type { ClientOperation, RequestId } from "../../core/replica/events.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Check, HealthChecks } from "../../runtime/http/health.ts";
import { refusalResponse, unknownResponse } from "../../runtime/http/error-shape.ts";
import { FORWARDED_HEADER, Forwarder } from "../../runtime/http/forwarder.ts";
import { sendError } from "../../runtime/http/http-server.ts";
import type { KvCall, KvRoute } from "../../runtime/http/kv/kv-requests.ts";
import { DEADLINE_MS_MAX, readDeadlineMs, readKvRequest } from "../../runtime/http/kv/kv-requests.ts";
import { kvAnswer } from "../../runtime/http/kv/kv-responses.ts";
import { RequestStream } from "../../runtime/http/request-stream.ts";
import type { StreamAnswer, StreamRequest } from "../../runtime/http/stream-messages.ts";
import { STREAM_PATH } from "../../runtime/http/stream-messages.ts";
import type { KvOperation, OperationResult } from "../../runtime/replica/operation-metrics.ts";
import type { ReplicaConfig } from "./config.ts";
import type { Member } from "./effects.ts";

export type ApiOptions = {
  readonly config: ReplicaConfig;
  readonly member: Pick<Member, "life" | "waiting" | "peerIdentity">;
  readonly clock: Clock;
  readonly count: (operation: KvOperation, result: OperationResult) => void;
};

type Send = (outcome: Outcome<Reply>) => FastifyReply;
type Method = "GET" | "PUT" | "POST" | "DELETE";

/** Between two looks for a leader, while there is none. */
const LEADER_PAUSE_MS = 20;
/** Each may hold an unfinished frame of some megabytes. */
const STREAMS_MAX = 128;

export class ReplicaApi {
  readonly #options: ApiOptions;
  readonly #forwarder = new Forwarder();
  readonly #streams = new Set<RequestStream>();
  #wasReady = false;

  constructor(options: ApiOptions) {
    this.#options = options;
  }

  addRoutes(app: FastifyInstance): void {
    const kv = (route: KvRoute) => (request: FastifyRequest, reply: FastifyReply) => this.#serveKv(route, request, reply);
    app.get("/v1/kv/:key", kv("get"));
    app.put("/v1/kv/:key", kv("put"));
    app.delete("/v1/kv/:key", kv("delete"));
    app.post("/v1/kv/:key/append", kv("append"));
    app.post("/v1/clients", (request, reply) => {
      const misunderstood = whyNotFields(request.body, []);
      return misunderstood === null ? this.#serve(request, reply, { kind: "newClient" }) : this.#sendOutcome(reply, misunderstood);
    });
    app.get("/v1/status", () => this.#status());
    app.get("/v1/members", () => ({ members: this.#members() }));
    app.delete<{ Params: { member: string } }>("/v1/members/:member", (request, reply) =>
      this.#serve(request, reply, { kind: "changeMembership", change: { kind: "removeMember", member: asMember(request.params.member) } }),
    );
    app.post("/v1/leader/transfer", (request, reply) => this.#transfer(request, reply));
    app.addContentTypeParser("application/x-flotilla-stream", (_request, payload, done) => done(null, payload));
    app.post(STREAM_PATH, { bodyLimit: Number.MAX_SAFE_INTEGER }, (request, reply) => this.#openStream(request, reply));
  }

  readonly health: HealthChecks = {
    livez: () => [{ name: "eventLoop", ok: true, message: "runs" }],
    startupz: () => [this.#isStarted()],
    readyz: () => {
      const checks = this.#readiness();
      this.#wasReady ||= checks.every(({ ok }) => ok);
      // Sticky: what was ready once, and still serves, is not taken out because others are in trouble.
      const isServing = this.#options.member.life?.host.status().stage === "serving";
      return this.#wasReady && isServing ? checks.map((check) => ({ ...check, ok: true })) : checks;
    },
  };

  #isStarted(): Check {
    const { life, waiting } = this.#options.member;
    const ok = life !== null || waiting.reasons.length > 0;
    return { name: "disk", ok, message: life === null ? "no log is open yet" : "the log is open" };
  }

  #readiness(): readonly Check[] {
    const { life, waiting } = this.#options.member;
    const status = life?.host.status();
    const stage = status?.stage ?? "unborn";
    const isLearner = status === undefined || isLearnerIn(status.raft);
    const { reasons, recovery } = waiting;
    return [
      {
        name: "group",
        ok: reasons.length === 0,
        message: reasons.length === 0 ? "belongs and has a leader" : `waiting: ${reasons.join("; ")}`,
      },
      { name: "quorum", ok: recovery === null, message: recovery ?? "as far as this member knows" },
      { name: "state", ok: stage === "serving", message: stage },
      { name: "vote", ok: !isLearner, message: isLearner ? "still catching up" : "votes" },
    ];
  }

  /** Takes no more; what is under way is answered. */
  finishStreams(): void {
    for (const stream of this.#streams) stream.finish();
  }

  async close(): Promise<void> {
    await this.#forwarder.close();
  }

  async #serveKv(route: KvRoute, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { query, headers, body } = request;
    const reading = readKvRequest(route, { key: keySegment(request), query: query as Record<string, unknown>, headers, body });
    if (reading.kind === "refused") return sendError(reply, refusalResponse(reading.refusal));
    const { call } = reading;
    const send: Send = (outcome) => {
      this.#options.count(route, outcome.kind);
      return this.#sendKv(reply, call, outcome);
    };
    return this.#perform(request, reply, { operation: call.operation, timeoutMs: call.deadlineMs, send });
  }

  #sendKv(reply: FastifyReply, call: KvCall, outcome: Outcome<Reply>): FastifyReply {
    if (outcome.kind !== "done" || outcome.value.kind !== "result") return this.#sendOutcome(reply, outcome);
    const { result, index, term } = outcome.value;
    void reply.headers({ "flotilla-term": String(term), "flotilla-index": String(index) });
    const answer = kvAnswer(call, result);
    return answer.kind === "done" ? this.#withGroup(reply).send(answer.value) : this.#sendOutcome(reply, answer);
  }

  /** Calls without a key. */
  async #serve(request: FastifyRequest, reply: FastifyReply, operation: ClientOperation): Promise<FastifyReply> {
    const timeoutMs = readDeadlineMs(request.headers);
    if (typeof timeoutMs !== "number") return sendError(reply, refusalResponse(timeoutMs));
    const send: Send = (outcome) => {
      if (outcome.kind !== "done") return this.#sendOutcome(reply, outcome);
      const { kind, ...fields } = outcome.value;
      return this.#withGroup(reply).send(kind === "client" ? fields : { accepted: true, ...fields });
    };
    return this.#perform(request, reply, { operation, timeoutMs, send });
  }

  async #transfer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const misunderstood = whyNotFields(request.body, ["to"]);
    if (misunderstood !== null) return this.#sendOutcome(reply, misunderstood);
    const { to = null } = (request.body ?? {}) as { readonly to?: unknown };
    const member = to === null ? null : this.#memberAt(to);
    if (member === undefined) return this.#sendOutcome(reply, refused("badRequest", '"to" must be the ordinal of a voting member'));
    return this.#serve(request, reply, { kind: "transferLeadership", to: member });
  }

  /** Asks this member's replica; hands on what only the leader can do, once for each time that it certainly did not happen. */
  async #perform(
    request: FastifyRequest,
    reply: FastifyReply,
    asked: { operation: ClientOperation; timeoutMs: number; send: Send },
  ): Promise<FastifyReply> {
    const untilMs = this.#options.clock.monotonicMs() + asked.timeoutMs;
    for (;;) {
      const remainingMs = Math.max(1, Math.ceil(untilMs - this.#options.clock.monotonicMs()));
      const here = await this.#askHere(asked.operation, remainingMs, reply);
      if (!isNotLeader(here) || request.headers[FORWARDED_HEADER] !== undefined) return asked.send(here);
      const there = await this.#askLeader(request, Math.max(1, Math.ceil(untilMs - this.#options.clock.monotonicMs())));
      if (there !== null && there.kind === "unknown") return asked.send(there);
      if (there !== null && there.kind === "done" && there.value.status !== NOT_LEADER_STATUS) {
        return reply.code(there.value.status).headers(there.value.headers).send(there.value.body);
      }
      if (untilMs - this.#options.clock.monotonicMs() <= LEADER_PAUSE_MS)
        return asked.send(refused("noQuorum", "no leader was found before the deadline"));
      await pause(LEADER_PAUSE_MS);
    }
  }

  #askHere(operation: ClientOperation, timeoutMs: number, reply: FastifyReply): Promise<Outcome<Reply>> {
    const { life, waiting } = this.#options.member;
    if (life === null) return Promise.resolve(refused("starting", `this member is waiting: ${waiting.reasons.join("; ")}`));
    return new Promise((resolve) => {
      const abandon = (): void => {
        if (id !== null) life.host.abandon(id);
      };
      const id = life.host.ask(operation, timeoutMs, (outcome) => {
        reply.raw.removeListener("close", abandon);
        resolve(outcome);
      });
      if (id !== null) reply.raw.once("close", abandon);
    });
  }

  async #askLeader(request: FastifyRequest, timeoutMs: number): Promise<Awaited<ReturnType<Forwarder["forward"]>> | null> {
    const origin = this.#leaderOrigin();
    if (origin === null || origin === this.#options.config.httpOrigins.get(this.#options.config.self.ordinal)) return null;
    const { method, url, headers, body } = request;
    return this.#forwarder.forward({ origin, method: method as Method, url, headers, body, timeoutMs });
  }

  #openStream(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    if (this.#streams.size >= STREAMS_MAX) return this.#sendOutcome(reply, refused("overloaded", `${STREAMS_MAX} streams are open here`));
    reply.hijack();
    const ids = new Map<number, RequestId>();
    const stream = new RequestStream(request.raw, reply.raw, {
      requestsMax: this.#options.config.streamRequestsMax,
      handle: (each, answer) => {
        const id = this.#askForStream(each, (outcome) => {
          ids.delete(each.id);
          answer(outcome);
        });
        if (id !== null) ids.set(each.id, id);
      },
      onAbandoned: ({ id }) => {
        const waiting = ids.get(id);
        if (waiting !== undefined) this.#options.member.life?.host.abandon(waiting);
      },
    });
    this.#streams.add(stream);
    reply.raw.once("close", () => this.#streams.delete(stream));
    return reply;
  }

  #askForStream(request: StreamRequest, answer: (answer: StreamAnswer) => void): RequestId | null {
    const { id, kind, body, session } = request;
    const { life, waiting } = this.#options.member;
    const refuse = (outcome: Outcome<never>): null => {
      answer(this.#streamAnswer(id, outcome));
      return null;
    };
    if (life === null) return refuse(refused("starting", `this member is waiting: ${waiting.reasons.join("; ")}`));
    if (kind === "write" && commandKind(body) === null) return refuse(refused("badRequest", "these bytes are no command"));
    if (kind !== "write" && isGroupLevel(body)) return refuse(refused("badRequest", "these bytes are no query"));
    const operation: ClientOperation =
      kind === "write"
        ? { kind, command: body, session }
        : { kind: "read", query: body, consistency: kind === "read" ? "linearizable" : "stale" };
    const timeoutMs = Math.min(Math.max(1, request.deadlineMs), DEADLINE_MS_MAX);
    return life.host.ask(operation, timeoutMs, (outcome) => answer(this.#streamAnswer(id, outcome)));
  }

  #streamAnswer(id: number, outcome: Outcome<Reply>): StreamAnswer {
    if (outcome.kind === "unknown") return { kind: "unknown", id, after: outcome.after };
    if (outcome.kind === "refused") return { kind: "refused", id, refusal: outcome.refusal, leader: this.#leaderOrigin() };
    const { value } = outcome;
    if (value.kind === "result") return { kind: "done", id, term: value.term, index: value.index, body: value.result };
    return { kind: "refused", id, refusal: { code: "internal", message: "an answer of another kind" }, leader: null };
  }

  #sendOutcome(reply: FastifyReply, outcome: Outcome<unknown>): FastifyReply {
    void this.#withGroup(reply);
    if (outcome.kind === "unknown") return sendError(reply, unknownResponse(outcome.after));
    if (outcome.kind === "refused") return sendError(reply, refusalResponse(outcome.refusal, this.#leaderOrigin()));
    return reply.send(outcome.value);
  }

  #withGroup(reply: FastifyReply): FastifyReply {
    return reply.header("flotilla-group", this.#options.config.group);
  }

  #leaderOrigin(): string | null {
    const raft = this.#options.member.life?.host.status().raft;
    const ordinal = raft === undefined || raft.leader === null ? undefined : raft.membership.places[raft.leader]?.ordinal;
    return ordinal === undefined ? null : (this.#options.config.httpOrigins.get(ordinal) ?? null);
  }

  #memberAt(ordinal: unknown): MemberId | undefined {
    const membership = this.#options.member.life?.host.status().raft.membership;
    return membership?.voters.find((member) => membership.places[member]?.ordinal === ordinal);
  }

  #status(): Readonly<Record<string, unknown>> {
    const { config, member } = this.#options;
    const { life, waiting } = member;
    const common = { service: "replica", group: config.group, ordinal: config.self.ordinal, waiting };
    if (life === null) return { ...common, clusterId: null, member: null, role: "unborn" };
    const { raft, ...status } = life.host.status();
    const { term, commitIndex, lastIndex, snapshotIndex, durableIndex, leader } = raft;
    return {
      ...common,
      clusterId: life.cluster,
      member: life.member,
      boot: member.peerIdentity?.boot,
      role: isLearnerIn(raft) ? "learner" : raft.role === "preCandidate" ? "candidate" : raft.role,
      ...{ term, leader, leaderHttp: this.#leaderOrigin(), commitIndex, lastIndex, snapshotIndex, durableIndex },
      ...status,
      keys: life.machine.keys,
      configNumber: life.machine.configuration.number,
      shards: { ...shardLists(life.machine.state), handedOver: [] },
      moves: life.machine.state.counts,
      members: this.#members(),
    };
  }

  #members(): readonly Readonly<Record<string, unknown>>[] {
    const membership = this.#options.member.life?.host.status().raft.membership;
    if (membership === undefined) return [];
    return everyone(membership).map((member) => {
      const place = membership.places[member];
      const http = place === undefined ? null : (this.#options.config.httpOrigins.get(place.ordinal) ?? null);
      return { member, ordinal: place?.ordinal ?? null, address: place?.address ?? null, http, votes: !isLearner(membership, member) };
    });
  }
}

/** A newcomer that nobody has taken in yet counts as one too. */
const isLearnerIn = ({ isLearner, membership, self }: RaftStatus): boolean => isLearner || !everyone(membership).includes(self);

/** A body may be left out. Null: it is understood. */
function whyNotFields(body: unknown, known: readonly string[]): Outcome<never> | null {
  if (body === undefined) return null;
  if (typeof body !== "object" || body === null || Array.isArray(body)) return refused("badRequest", "the body must be a JSON object");
  const other = Object.keys(body).find((name) => !known.includes(name));
  return other === undefined ? null : refused("badRequest", `there is no field ${JSON.stringify(other.slice(0, 100))} here`);
}

const NOT_LEADER_STATUS = 421;
const isNotLeader = (outcome: Outcome<Reply>): boolean => outcome.kind === "refused" && outcome.refusal.code === "notLeader";

/** As it arrived, still percent-encoded: `/v1/kv/{key}…`. */
function keySegment({ url }: FastifyRequest): string {
  return (url.split("?")[0] ?? "").split("/")[3] ?? "";
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
