// The client port of a replica: the store's calls, which any member of any group takes, and streams of commands, which go to
// the member itself. docs/errors.md lists every refusal.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { GroupId } from "../../core/base/ids.ts";
import type { Outcome } from "../../core/base/outcome.ts";
import { refused } from "../../core/base/outcome.ts";
import { commandKind } from "../../core/kv/commands.ts";
import { isGroupLevel } from "../../core/shards/group-commands.ts";
import type { MemberAddress } from "../../core/shards/configuration.ts";
import { shardLists } from "../../core/shards/shard-lists.ts";
import type { ShardedStateMachine } from "../../core/shards/sharded-state-machine.ts";
import { refusedWaiting } from "../../core/replica/birth-state.ts";
import type { Reply } from "../../core/replica/effects.ts";
import type { ClientOperation, RequestId } from "../../core/replica/events.ts";
import { KvDoor } from "../../runtime/http/kv/kv-door.ts";
import { DEADLINE_MS_MAX } from "../../runtime/http/kv/kv-fields.ts";
import { RequestStream } from "../../runtime/http/request-stream.ts";
import type { StreamAnswer, StreamRequest } from "../../runtime/http/stream-messages.ts";
import { STREAM_PATH } from "../../runtime/http/stream-messages.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { MemberView } from "../../runtime/replica/member.ts";
import type { MemberDoor } from "../../runtime/replica/member-door.ts";
import type { MemberStatus } from "../../runtime/replica/member-status.ts";
import type { KvOperation, OperationResult } from "../../runtime/replica/operation-metrics.ts";
import type { ReplicaConfig } from "./config.ts";
import { addressOf, memberAddresses } from "./config.ts";

export type ApiOptions = {
  readonly config: ReplicaConfig;
  readonly member: MemberView<ShardedStateMachine>;
  readonly door: MemberDoor;
  readonly status: MemberStatus;
  readonly clock: Clock;
  readonly count: (operation: KvOperation, result: OperationResult) => void;
};

const NO_PARAMETERS = { querystring: { type: "object", properties: {}, additionalProperties: false } } as const;
/** Each may hold an unfinished frame of some megabytes. */
const STREAMS_MAX = 128;

export class ReplicaApi {
  readonly #options: ApiOptions;
  readonly #kv: KvDoor;
  readonly #streams = new Set<RequestStream>();

  constructor(options: ApiOptions) {
    this.#options = options;
    const { config, member, door, clock, count } = options;
    const { group } = config;
    this.#kv = new KvDoor({ group, origin: addressOf(config).http, membersOf: membersOf(config, member), member, door, clock, count });
  }

  addRoutes(app: FastifyInstance): void {
    this.#kv.addRoutes(app);
    app.get("/v1/status", { schema: NO_PARAMETERS }, () => this.#status());
    app.addContentTypeParser("application/x-flotilla-stream", (_request, payload, done) => done(null, payload));
    app.post(STREAM_PATH, { bodyLimit: Number.MAX_SAFE_INTEGER }, (request, reply) => this.#openStream(request, reply));
  }

  /** Takes no more; what is under way is answered. */
  finishStreams(): void {
    for (const stream of this.#streams) stream.finish();
  }

  async close(): Promise<void> {
    await this.#kv.close();
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
    if (life === null) return refuse(refusedWaiting(waiting));
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
  // None is ever seen as handed over: the entry that says so lets the copy go. Until then it is frozen.
  return { keys, configNumber: configuration.number, shards: { ...shardLists(state), handedOver: [] }, moves: state.counts };
}

/** Of other groups by the adopted configurations; of its own, before it has one, as it was told at its start. */
export function membersOf(config: ReplicaConfig, member: MemberView<ShardedStateMachine>): (group: GroupId) => readonly MemberAddress[] {
  const own = memberAddresses(config);
  return (group) => {
    const known = member.life?.machine.state.configurations.membersOf(group) ?? [];
    return known.length === 0 && group === config.group ? own : known;
  };
}
