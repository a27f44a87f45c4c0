// How a client's request reaches the member that can serve it: this one, or its leader, once for each time that it certainly
// did not happen. And what every member of a group answers, whatever the group is for: who belongs, who leads, removals.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { MemberId } from "../../core/base/ids.ts";
import { asMember } from "../../core/base/ids.ts";
import type { Advice, Outcome } from "../../core/base/outcome.ts";
import { refused, REFUSALS, unknown } from "../../core/base/outcome.ts";
import { everyone, isLearner } from "../../core/raft/membership.ts";
import { refusedWaiting } from "../../core/replica/birth-state.ts";
import type { Reply } from "../../core/replica/effects.ts";
import type { ClientOperation } from "../../core/replica/events.ts";
import type { Clock } from "../clock.ts";
import type { Caller } from "../http/caller.ts";
import { callerOf } from "../http/caller.ts";
import { refusalResponse, unknownResponse } from "../http/error-shape.ts";
import { FORWARDED_HEADER, Forwarder, handedOnAs } from "../http/forwarder.ts";
import type { HttpAnswer } from "../http/http-answer.ts";
import { errorAnswer, sendAnswer, sendError } from "../http/http-answer.ts";
import { readDeadlineMs } from "../http/kv/kv-fields.ts";
import type { MemberConfig } from "../settings/member-settings.ts";
import { httpOriginOf } from "../settings/member-settings.ts";
import type { MemberView } from "./member.ts";
import type { Answer } from "./pending-answers.ts";

export type DoorOptions = {
  readonly config: Pick<MemberConfig, "group" | "self" | "httpOrigins" | "httpPortElsewhere">;
  readonly member: MemberView;
  readonly clock: Clock;
  /** Of the configuration that this member has adopted; left out where there are none. */
  readonly configNumber?: () => number | null;
};

export type Send = (outcome: Outcome<Reply>) => FastifyReply;
export type AskedHere = { readonly operation: ClientOperation; readonly timeoutMs: number; readonly caller: Caller | null };
export type Asked = { readonly operation: ClientOperation; readonly timeoutMs: number; readonly send: Send };

const NOTHING = { type: "object", properties: {}, additionalProperties: false } as const;
export const SCHEMAS = {
  clients: { querystring: NOTHING, body: NOTHING },
  members: { querystring: NOTHING },
  member: { querystring: NOTHING, params: { type: "object", properties: { member: { type: "string" } } } },
  close: {
    querystring: NOTHING,
    body: {
      ...NOTHING,
      required: ["from"],
      properties: {
        from: { type: ["integer", "null"], minimum: 1, description: "the first place that is closed; null: all are open" },
      },
    },
  },
  transfer: {
    querystring: NOTHING,
    body: {
      ...NOTHING,
      properties: {
        to: { type: ["integer", "null"], description: "the ordinal of a voting member; without, the one that is best prepared" },
      },
    },
  },
} as const;

/** Between two looks for a leader, while there is none. */
const LEADER_PAUSE_MS = 20;
const NOT_LEADER_STATUS = 421;
/** What somebody else would answer differently. */
const ELSEWHERE: ReadonlySet<Advice> = new Set(["askLeader", "askOwner", "retrySoon"]);

export class MemberDoor {
  readonly #options: DoorOptions;
  readonly #forwarder = new Forwarder();
  #groupHeaders: { readonly number: number | null; readonly headers: HttpAnswer["headers"] } | null = null;

  constructor(options: DoorOptions) {
    this.#options = options;
  }

  addRoutes(app: FastifyInstance): void {
    app.post("/v1/clients", { schema: SCHEMAS.clients }, (request, reply) => this.serve(request, reply, { kind: "newClient" }));
    app.get("/v1/members", { schema: SCHEMAS.members }, () => ({
      members: this.members(),
      closedFrom: this.#options.member.life?.host.status().raft.membership.closedFrom ?? null,
    }));
    app.delete<{ Params: { member: string } }>("/v1/members/:member", { schema: SCHEMAS.member }, (request, reply) =>
      this.serve(request, reply, { kind: "changeMembership", change: { kind: "removeMember", member: asMember(request.params.member) } }),
    );
    app.post<{ Body: { from: number | null } }>("/v1/places/close", { schema: SCHEMAS.close }, (request, reply) =>
      this.serve(request, reply, { kind: "changeMembership", change: { kind: "closePlaces", from: request.body.from } }),
    );
    app.post("/v1/leader/transfer", { schema: SCHEMAS.transfer }, (request, reply) => this.#transfer(request, reply));
  }

  async close(): Promise<void> {
    await this.#forwarder.close();
  }

  /** Calls without a body of their own to answer with. */
  async serve(request: FastifyRequest, reply: FastifyReply, operation: ClientOperation): Promise<FastifyReply> {
    const timeoutMs = readDeadlineMs(request.headers);
    if (typeof timeoutMs !== "number") return sendError(reply, refusalResponse(timeoutMs));
    const send: Send = (outcome) => {
      if (outcome.kind !== "done") return this.sendOutcome(reply, outcome);
      const { kind, ...fields } = outcome.value;
      return this.withGroup(reply).send(kind === "client" ? fields : { accepted: true, ...fields });
    };
    return this.perform(request, reply, { operation, timeoutMs, send });
  }

  /** Asks this member's replica; hands on what only the leader can do, once for each time that it certainly did not happen. */
  async perform(request: FastifyRequest, reply: FastifyReply, asked: Asked): Promise<FastifyReply> {
    const { clock } = this.#options;
    const untilMs = clock.monotonicMs() + asked.timeoutMs;
    const remainingMs = (): number => Math.max(1, Math.ceil(untilMs - clock.monotonicMs()));
    for (;;) {
      const here = await this.askHere(asked.operation, remainingMs(), callerOf(reply));
      if (!isNotLeader(here) || request.headers[FORWARDED_HEADER] !== undefined) return asked.send(here);
      const there = await this.#askLeader(request, remainingMs());
      if (there !== null && there.kind === "unknown") return asked.send(there);
      if (there !== null && there.kind === "done" && there.value.status !== NOT_LEADER_STATUS) {
        return reply.code(there.value.status).headers(there.value.headers).send(there.value.body);
      }
      if (untilMs - clock.monotonicMs() <= LEADER_PAUSE_MS)
        return asked.send(refused("noQuorum", "no leader was found before the deadline"));
      await this.untilLeader(LEADER_PAUSE_MS);
    }
  }

  /** `ask` as a promise. Never rejects. */
  askHere(operation: ClientOperation, timeoutMs: number, caller: Caller | null): Promise<Outcome<Reply>> {
    return new Promise((answer) => this.ask({ operation, timeoutMs, caller }, answer));
  }

  /**
   * Calls back once, perhaps at once. Once the caller is gone nobody waits for the answer any more; then it is unknown, so that
   * whoever works for the caller ends, too.
   */
  ask({ operation, timeoutMs, caller }: AskedHere, answer: Answer): void {
    const { life, waiting } = this.#options.member;
    if (life === null) return answer(refusedWaiting(waiting));
    if (caller?.isGone === true) return answer(unknown("connectionLost"));
    const abandon = (): void => {
      if (id !== null) life.host.abandon(id);
      answer(unknown("connectionLost"));
    };
    const id = life.host.ask(operation, timeoutMs, (outcome) => {
      caller?.stopWatching(abandon);
      answer(outcome);
    });
    if (id !== null) caller?.watch(abandon);
  }

  /** `leader`: whom to ask instead; left out: the leader of this group. */
  sendOutcome(reply: FastifyReply, outcome: Outcome<object>, leader?: string | null): FastifyReply {
    return sendAnswer(reply, this.answerTo(outcome, leader));
  }

  /** `leader`: as of `sendOutcome`. */
  answerTo(outcome: Outcome<object>, leader?: string | null): HttpAnswer {
    const headers = this.groupHeaders();
    if (outcome.kind === "unknown") return errorAnswer(unknownResponse(outcome.after), headers);
    if (outcome.kind === "done") return { status: 200, headers, body: outcome.value };
    const isElsewhere = ELSEWHERE.has(REFUSALS[outcome.refusal.code].advice);
    const instead = isElsewhere ? (leader === undefined ? this.leaderOrigin() : leader) : null;
    return errorAnswer(refusalResponse(outcome.refusal, instead), headers);
  }

  withGroup(reply: FastifyReply): FastifyReply {
    return reply.headers(this.groupHeaders());
  }

  /** The same object for as long as they are the same. */
  groupHeaders(): HttpAnswer["headers"] {
    const { config, configNumber } = this.#options;
    const number = configNumber?.() ?? null;
    if (this.#groupHeaders?.number !== number) {
      const group = { "flotilla-group": config.group };
      const headers = number === null ? group : { "flotilla-config": String(number), ...group };
      this.#groupHeaders = { number, headers };
    }
    return this.#groupHeaders.headers;
  }

  /** Until another leader of this group is known, or as long as that. */
  untilLeader(msMax: number): Promise<void> {
    return this.#options.member.life?.host.untilLeader(msMax) ?? pause(msMax);
  }

  leaderOrigin(): string | null {
    const raft = this.#options.member.life?.host.status().raft;
    const place = raft === undefined || raft.leader === null ? undefined : raft.membership.places[raft.leader];
    return place === undefined ? null : httpOriginOf(this.#options.config, place);
  }

  /** Of members of this group that may answer: they were heard of late. */
  heardOrigins(): readonly string[] {
    const status = this.#options.member.life?.host.status();
    return (status?.heard ?? []).flatMap((member) => {
      const place = status?.raft.membership.places[member];
      return place === undefined ? [] : (httpOriginOf(this.#options.config, place) ?? []);
    });
  }

  members(): readonly Readonly<Record<string, unknown>>[] {
    const membership = this.#options.member.life?.host.status().raft.membership;
    if (membership === undefined) return [];
    return everyone(membership).map((member) => {
      const place = membership.places[member];
      const http = place === undefined ? null : httpOriginOf(this.#options.config, place);
      return { member, ordinal: place?.ordinal ?? null, address: place?.address ?? null, http, votes: !isLearner(membership, member) };
    });
  }

  async #transfer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { to = null } = request.body as { readonly to?: unknown };
    const member = to === null ? null : this.#memberAt(to);
    if (member === undefined) return this.sendOutcome(reply, refused("badRequest", '"to" must be the ordinal of a voting member'));
    return this.serve(request, reply, { kind: "transferLeadership", to: member });
  }

  async #askLeader(request: FastifyRequest, timeoutMs: number): Promise<Awaited<ReturnType<Forwarder["forward"]>> | null> {
    const origin = this.leaderOrigin();
    const { config } = this.#options;
    if (origin === null || origin === httpOriginOf(config, config.self)) return null;
    const { method, url, headers, body } = request;
    return this.#forwarder.forward({ origin, method: handedOnAs(method), url, headers, body, timeoutMs });
  }

  #memberAt(ordinal: unknown): MemberId | undefined {
    const membership = this.#options.member.life?.host.status().raft.membership;
    return membership?.voters.find((member) => membership.places[member]?.ordinal === ordinal);
  }
}

const isNotLeader = (outcome: Outcome<Reply>): boolean => outcome.kind === "refused" && outcome.refusal.code === "notLeader";

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
