// The client port of a replica: the store's calls, and streams of them. A write that reaches a follower is handed on to the
// leader; reads are served here. docs/errors.md lists every refusal.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Outcome } from "../../core/base/outcome.ts";
import { refused } from "../../core/base/outcome.ts";
import { commandKind } from "../../core/kv/commands.ts";
import { isGroupLevel } from "../../core/shards/group-commands.ts";
import { shardLists } from "../../core/shards/shard-lists.ts";
import type { ShardedStateMachine } from "../../core/shards/sharded-state-machine.ts";
import type { Reply } from "../../core/replica/effects.ts";
import type { ClientOperation, RequestId } from "../../core/replica/events.ts";
import { refusalResponse } from "../../runtime/http/error-shape.ts";
import { sendError } from "../../runtime/http/http-server.ts";
import type { KvCall, KvRoute } from "../../runtime/http/kv/kv-requests.ts";
import { DEADLINE_MS_MAX, readKvRequest } from "../../runtime/http/kv/kv-requests.ts";
import { kvAnswer } from "../../runtime/http/kv/kv-responses.ts";
import { RequestStream } from "../../runtime/http/request-stream.ts";
import type { StreamAnswer, StreamRequest } from "../../runtime/http/stream-messages.ts";
import { STREAM_PATH } from "../../runtime/http/stream-messages.ts";
import type { MemberView } from "../../runtime/replica/member.ts";
import type { MemberDoor, Send } from "../../runtime/replica/member-door.ts";
import type { MemberStatus } from "../../runtime/replica/member-status.ts";
import type { KvOperation, OperationResult } from "../../runtime/replica/operation-metrics.ts";
import type { ReplicaConfig } from "./config.ts";
import { addressOf } from "./config.ts";

export type ApiOptions = {
  readonly config: ReplicaConfig;
  readonly member: MemberView<ShardedStateMachine>;
  readonly door: MemberDoor;
  readonly status: MemberStatus;
  readonly count: (operation: KvOperation, result: OperationResult) => void;
};

/** Each may hold an unfinished frame of some megabytes. */
const STREAMS_MAX = 128;

export class ReplicaApi {
  readonly #options: ApiOptions;
  readonly #streams = new Set<RequestStream>();

  constructor(options: ApiOptions) {
    this.#options = options;
  }

  addRoutes(app: FastifyInstance): void {
    const kv = (route: KvRoute) => (request: FastifyRequest, reply: FastifyReply) => this.#serveKv(route, request, reply);
    app.get("/v1/kv/:key", kv("get"));
    app.put("/v1/kv/:key", kv("put"));
    app.delete("/v1/kv/:key", kv("delete"));
    app.post("/v1/kv/:key/append", kv("append"));
    app.get("/v1/status", () => this.#status());
    app.addContentTypeParser("application/x-flotilla-stream", (_request, payload, done) => done(null, payload));
    app.post(STREAM_PATH, { bodyLimit: Number.MAX_SAFE_INTEGER }, (request, reply) => this.#openStream(request, reply));
  }

  /** Takes no more; what is under way is answered. */
  finishStreams(): void {
    for (const stream of this.#streams) stream.finish();
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
    return this.#options.door.perform(request, reply, { operation: call.operation, timeoutMs: call.deadlineMs, send });
  }

  #sendKv(reply: FastifyReply, call: KvCall, outcome: Outcome<Reply>): FastifyReply {
    if (outcome.kind !== "done" || outcome.value.kind !== "result") return this.#options.door.sendOutcome(reply, outcome);
    const { result, index, term } = outcome.value;
    void reply.headers({ "flotilla-term": String(term), "flotilla-index": String(index) });
    const answer = kvAnswer(call, result);
    return answer.kind === "done" ? this.#options.door.withGroup(reply).send(answer.value) : this.#options.door.sendOutcome(reply, answer);
  }

  #openStream(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    if (this.#streams.size >= STREAMS_MAX)
      return this.#options.door.sendOutcome(reply, refused("overloaded", `${STREAMS_MAX} streams are open here`));
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
    if (outcome.kind === "refused") return { kind: "refused", id, refusal: outcome.refusal, leader: this.#options.door.leaderOrigin() };
    const { value } = outcome;
    if (value.kind === "result") return { kind: "done", id, term: value.term, index: value.index, body: value.result };
    return { kind: "unknown", id, after: "internal" }; // not what was asked for, and something was done
  }

  #status(): Readonly<Record<string, unknown>> {
    const { config, member, status } = this.#options;
    return { ...status.fields(), addresses: addressOf(config), ...(member.life === null ? {} : stateFields(member.life.machine)) };
  }
}

function stateFields(machine: ShardedStateMachine): Readonly<Record<string, unknown>> {
  const { keys, configuration, state } = machine;
  return { keys, configNumber: configuration.number, shards: { ...shardLists(state), handedOver: [] }, moves: state.counts };
}

/** As it arrived, still percent-encoded: `/v1/kv/{key}…`. */
function keySegment({ url }: FastifyRequest): string {
  return (url.split("?")[0] ?? "").split("/")[3] ?? "";
}
