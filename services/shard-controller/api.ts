// The client port of a shard controller: configurations by number, groups that join and leave, shards that are moved, and what
// is moving. A change that reaches a follower is handed on to the leader. docs/errors.md lists every refusal.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { GroupId } from "../../core/base/ids.ts";
import type { Outcome } from "../../core/base/outcome.ts";
import { done, refused, unknown } from "../../core/base/outcome.ts";
import type { Reply } from "../../core/replica/effects.ts";
import type { ControllerCommand, ControllerQuery, GroupMembers, SettleCommand } from "../../core/shard-controller/commands.ts";
import { encodeControllerCommand, encodeControllerQuery } from "../../core/shard-controller/commands.ts";
import type { ControllerStateMachine } from "../../core/shard-controller/controller-state-machine.ts";
import type { Gone } from "../../core/shard-controller/holders.ts";
import { holdersIn } from "../../core/shard-controller/holders.ts";
import { migrationsIn } from "../../core/shard-controller/migrations.ts";
import type { ControllerResult } from "../../core/shard-controller/results.ts";
import { decodeControllerResult } from "../../core/shard-controller/results.ts";
import type { Configuration, MemberAddress } from "../../core/shards/configuration.ts";
import { GROUP_MEMBERS_MAX, GROUPS_MAX } from "../../core/shards/configuration.ts";
import { SHARDS } from "../../core/shards/slots.ts";
import { refusalResponse } from "../../runtime/http/error-shape.ts";
import { sendError } from "../../runtime/http/http-answer.ts";
import { readDeadlineMs, readRequestSession } from "../../runtime/http/kv/kv-fields.ts";
import type { Metrics } from "../../runtime/metrics.ts";
import type { GroupStatuses } from "../../runtime/replica/group-statuses.ts";
import { isOrigin } from "../../runtime/replica/group-statuses.ts";
import type { MemberDoor } from "../../runtime/replica/member-door.ts";
import type { MemberStatus } from "../../runtime/replica/member-status.ts";
import type { MemberView } from "../../runtime/replica/member.ts";

export type ControllerApiOptions = {
  readonly member: MemberView<ControllerStateMachine>;
  readonly door: MemberDoor;
  readonly status: MemberStatus;
  readonly statuses: Pick<GroupStatuses, "statusAt" | "shardsOf" | "leadersOf">;
  readonly metrics: Metrics;
};

const TEXT_LENGTH_MAX = 256;
const TEXT = { type: "string", minLength: 1, maxLength: TEXT_LENGTH_MAX } as const;
/** Half a surrogate pair passes through JSON, and not through the UTF-8 of a snapshot: groups could not restore the configuration. */
const NAME = { ...TEXT, pattern: "^\\P{Cs}*$" } as const;
/** An origin, which is asked for its addresses, or all of them. */
const ADDRESS = {
  type: ["string", "object"],
  minLength: 1,
  maxLength: TEXT_LENGTH_MAX,
  properties: { peer: TEXT, http: TEXT, redis: { ...TEXT, type: ["string", "null"] } },
  required: ["peer", "http"],
  additionalProperties: false,
} as const;

const object = <P extends Readonly<Record<string, unknown>>>(properties: P, required = Object.keys(properties)) =>
  ({ type: "object", properties, required, additionalProperties: false }) as const;

/** What each call takes; anything else is refused with its name. */
export const SCHEMAS = {
  config: { querystring: object({ number: { type: "string", pattern: "^[0-9]{1,15}$" } }, []) },
  join: {
    body: object({
      groups: {
        type: "object",
        minProperties: 1,
        maxProperties: GROUPS_MAX,
        propertyNames: NAME,
        additionalProperties: { type: "array", maxItems: GROUP_MEMBERS_MAX, items: ADDRESS },
      },
    }),
  },
  leave: {
    body: object(
      {
        groups: { type: "array", minItems: 1, maxItems: GROUPS_MAX, uniqueItems: true, items: TEXT },
        gone: { type: "boolean" },
        evenFrozen: { type: "boolean" },
      },
      ["groups"],
    ),
  },
  move: { body: object({ shard: { type: "integer", minimum: 0, maximum: SHARDS - 1 }, group: TEXT }) },
  migrations: { querystring: object({}, []) },
  status: { querystring: object({}, []) },
} as const;

type GivenAddress = string | { readonly peer: string; readonly http: string; readonly redis?: string | null };
type GivenGroups = Readonly<Record<string, readonly GivenAddress[]>>;
type GivenLeave = { readonly groups: GroupId[]; readonly gone?: boolean; readonly evenFrozen?: boolean };
/** What a command is called where it is counted. */
const CHANGES = { join: "join", leave: "leave", move: "move", settleForGood: "settle" } as const;
type Change = keyof typeof CHANGES;
const RESULTS: readonly Outcome<unknown>["kind"][] = ["done", "refused", "unknown"];

export class ControllerApi {
  readonly #options: ControllerApiOptions;
  readonly #count: (change: Change, result: Outcome<unknown>["kind"]) => void;

  constructor(options: ControllerApiOptions) {
    this.#options = options;
    const changes = options.metrics.counter({
      name: "flotilla_controller_changes_total",
      help: "Changes of groups and shards that clients asked for, by outcome",
      labels: ["operation", "result"],
    });
    for (const operation of Object.values(CHANGES)) for (const result of RESULTS) changes.add({ operation, result }, 0);
    this.#count = (change, result) => changes.add({ operation: CHANGES[change], result });
  }

  addRoutes(app: FastifyInstance): void {
    app.get("/v1/status", { schema: SCHEMAS.status }, () => this.#status());
    app.get<{ Querystring: { number?: string } }>("/v1/config", { schema: SCHEMAS.config }, (request, reply) => {
      const { number } = request.query;
      return this.#read(request, reply, number === undefined ? null : Number(number));
    });
    app.post<{ Body: { groups: GivenGroups } }>("/v1/groups/join", { schema: SCHEMAS.join }, async (request, reply) => {
      const groups = await this.#resolve(request.body.groups);
      if (groups.kind !== "done") return this.#options.door.sendOutcome(reply, groups);
      return this.#change(request, reply, { kind: "join", groups: groups.value });
    });
    app.post<{ Body: GivenLeave }>("/v1/groups/leave", { schema: SCHEMAS.leave }, async (request, reply) => {
      const { groups, gone = false, evenFrozen = false } = request.body;
      if (!gone && evenFrozen)
        return sendError(reply, refusalResponse({ code: "badRequest", message: '"evenFrozen" is for groups that are "gone"' }));
      if (!gone) return this.#change(request, reply, { kind: "leave", groups });
      const settling = await this.#settling({ groups, evenFrozen });
      if (settling.kind !== "done") return this.#options.door.sendOutcome(reply, settling);
      return this.#change(request, reply, settling.value);
    });
    app.post<{ Body: { shard: number; group: GroupId } }>("/v1/shards/move", { schema: SCHEMAS.move }, (request, reply) =>
      this.#change(request, reply, { kind: "move", ...request.body }),
    );
    app.get("/v1/migrations", { schema: SCHEMAS.migrations }, (request, reply) => this.#migrations(request, reply));
  }

  async #read(request: FastifyRequest, reply: FastifyReply, number: number | null): Promise<FastifyReply> {
    const timeoutMs = readDeadlineMs(request.headers);
    if (typeof timeoutMs !== "number") return sendError(reply, refusalResponse(timeoutMs));
    const configuration = await this.#configuration(number, timeoutMs, "linearizable");
    if (configuration.kind === "done") return this.#options.door.withGroup(reply).send(asJson(configuration.value));
    return this.#options.door.sendOutcome(reply, configuration);
  }

  async #change(
    request: FastifyRequest,
    reply: FastifyReply,
    command: Extract<ControllerCommand, { readonly kind: Change }>,
  ): Promise<FastifyReply> {
    const timeoutMs = readDeadlineMs(request.headers);
    const reading = readRequestSession(request.headers);
    if (typeof timeoutMs !== "number") return sendError(reply, refusalResponse(timeoutMs));
    if (reading.kind === "refused") return sendError(reply, refusalResponse(reading.refusal));
    const operation = { kind: "write", command: encodeControllerCommand(command), session: reading.session } as const;
    return this.#options.door.perform(request, reply, {
      operation,
      timeoutMs,
      send: (outcome) => {
        void this.#answerChange(reply, command.kind, resultIn(outcome));
        return reply; // whoever waits for it waits until it is sent
      },
    });
  }

  async #answerChange(reply: FastifyReply, change: Change, outcome: Outcome<ControllerResult>): Promise<FastifyReply> {
    const { door } = this.#options;
    const changed = outcome.kind === "done" ? numberIn(outcome.value) : outcome;
    this.#count(change, changed.kind);
    if (changed.kind !== "done") return door.sendOutcome(reply, changed);
    // It was applied here, so it can be read here.
    const configuration = await this.#configuration(changed.value, 1_000, "stale");
    if (configuration.kind === "done") return door.withGroup(reply).send(asJson(configuration.value));
    return door.withGroup(reply).send({ number: changed.value });
  }

  async #configuration(number: number | null, timeoutMs: number, consistency: "linearizable" | "stale"): Promise<Outcome<Configuration>> {
    const result = await this.#query({ kind: "configuration", number }, timeoutMs, consistency);
    if (result.kind !== "done") return result;
    return result.value.kind === "configuration" ? done(result.value.configuration) : refusalIn(result.value, number);
  }

  async #query(query: ControllerQuery, timeoutMs: number, consistency: "linearizable" | "stale"): Promise<Outcome<ControllerResult>> {
    const operation = { kind: "read", query: encodeControllerQuery(query), consistency } as const;
    return resultIn(await this.#options.door.askHere(operation, timeoutMs, null));
  }

  /** Who has what, as the others say; by whom it is asked is no matter. */
  async #settling(gone: Gone): Promise<Outcome<SettleCommand>> {
    const latest = await this.#configuration(null, 2_000, "linearizable");
    if (latest.kind !== "done") return latest;
    const { number } = latest.value;
    const known = [...(this.#options.member.life?.machine.configurations ?? [])].filter((each) => each.number <= number);
    // One that has left may have what it was to give away, however long ago that was; each is asked where it was last.
    const members = new Map(known.flatMap(({ groups }) => Object.entries(groups) as [GroupId, readonly MemberAddress[]][]));
    const stranger = gone.groups.find((group) => !members.has(group));
    if (stranger !== undefined) return refused("badRequest", `group ${stranger} has not joined`);
    const said = await this.#options.statuses.leadersOf(members, this.#options.member.life?.cluster ?? "");
    const found = holdersIn(known, said, gone);
    if (found.kind !== "known") return refused(found.passes ? "membershipChanging" : "badRequest", found.message);
    const { holders, gone: groups } = found;
    return done({ kind: "settleForGood", number, holders, gone: groups, frozenTo: gone.evenFrozen ? groups : [] });
  }

  /** Members as their addresses: an origin is asked for them, and a group without any is where its members said that they are. */
  async #resolve(given: GivenGroups): Promise<Outcome<readonly GroupMembers[]>> {
    const groups = await Promise.all(Object.entries(given).map(([group, members]) => this.#resolveGroup(group as GroupId, members)));
    const failed = groups.find((each) => each.kind !== "done");
    return failed ?? done(groups.flatMap((each) => (each.kind === "done" ? [each.value] : [])));
  }

  async #resolveGroup(group: GroupId, given: readonly GivenAddress[]): Promise<Outcome<GroupMembers>> {
    if (given.length === 0) return this.#announced(group);
    const members = await Promise.all(given.map((each) => this.#addressOf(group, each)));
    const failed = members.find((each) => each.kind !== "done");
    return failed ?? done({ group, members: members.flatMap((each) => (each.kind === "done" ? [each.value] : [])) });
  }

  async #announced(group: GroupId): Promise<Outcome<GroupMembers>> {
    const result = await this.#query({ kind: "founding", group }, 2_000, "linearizable");
    if (result.kind !== "done") return result;
    const founding = result.value.kind === "founding" ? result.value.founding : null;
    const addresses = [...(founding?.addresses ?? [])].sort(([a], [b]) => a - b).map(([, address]) => address);
    if (addresses.length === 0)
      return refused("badRequest", `"groups.${group}" has no addresses, and nobody of that group has said where it is`);
    return done({ group, members: addresses });
  }

  async #addressOf(group: GroupId, given: GivenAddress): Promise<Outcome<MemberAddress>> {
    if (typeof given !== "string") return done({ peer: given.peer, http: given.http, redis: given.redis ?? null });
    const origin = given.replace(/\/$/, "");
    if (!isOrigin(origin))
      return refused("badRequest", `"groups.${group}" has ${JSON.stringify(given)}, which is not an origin like http://host:port`);
    const status = await this.#options.statuses.statusAt(origin);
    if (status === null) return refused("starting", `${origin} does not say where it is: no replica answers there yet`);
    const cluster = this.#options.member.life?.cluster;
    if (status.group !== group) return refused("badRequest", `${origin} is a replica of group ${status.group}, not of group ${group}`);
    if (status.clusterId !== null && status.clusterId !== cluster) return refused("badRequest", `${origin} belongs to another cluster`);
    return done(status.address);
  }

  async #migrations(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const timeoutMs = readDeadlineMs(request.headers);
    if (typeof timeoutMs !== "number") return sendError(reply, refusalResponse(timeoutMs));
    const latest = await this.#configuration(null, timeoutMs, "linearizable");
    if (latest.kind !== "done") return this.#options.door.sendOutcome(reply, latest);
    const { number, groups } = latest.value;
    const earlier = number === 0 ? null : await this.#configuration(number - 1, timeoutMs, "stale");
    const before = earlier?.kind === "done" ? earlier.value : null;
    const asked = new Map(Object.entries({ ...before?.groups, ...groups }) as [GroupId, readonly MemberAddress[]][]);
    const said = await this.#options.statuses.shardsOf(asked);
    const answers = [...asked.keys()].map((group) => [
      group,
      { answered: said.has(group), configNumber: said.get(group)?.configNumber ?? null },
    ]);
    const migrations = migrationsIn({ latest: latest.value, before }, said);
    return this.#options.door.withGroup(reply).send({ number, groups: Object.fromEntries(answers), migrations });
  }

  #status(): Readonly<Record<string, unknown>> {
    const { member, status } = this.#options;
    const configNumber = member.life?.machine.latest.number ?? null;
    return { ...status.fields(), configNumber, foundedGroups: [...(member.life?.machine.foundings.keys() ?? [])].sort() };
  }
}

/** As clients know it: members by their origins, and all their addresses beside that. */
function asJson({ number, shards, groups }: Configuration): Readonly<Record<string, unknown>> {
  const origins = Object.entries(groups).map(([group, members]) => [group, members.map(({ http }) => http)] as const);
  return { number, shards, groups: Object.fromEntries(origins), members: groups };
}

/** Of something that was applied: what can't be read may have happened. */
function resultIn(outcome: Outcome<Reply>): Outcome<ControllerResult> {
  if (outcome.kind !== "done") return outcome;
  const result = outcome.value.kind === "result" ? decodeControllerResult(outcome.value.result) : null;
  return result === null ? unknown("internal") : done(result);
}

/** Of the configuration that a change has made. */
const numberIn = (result: ControllerResult): Outcome<number> => (result.kind === "changed" ? done(result.number) : refusalIn(result));

function refusalIn(result: ControllerResult, number: number | null = null): Outcome<never> {
  switch (result.kind) {
    case "noConfiguration": {
      const { oldest, latest } = result;
      return refused("notFound", `there is no configuration ${number}: those from ${oldest} to ${latest} are there`, { oldest, latest });
    }
    case "badRequest":
    case "tooLarge":
      return refused(result.kind, result.message);
    case "overtaken":
      return refused("membershipChanging", result.message);
    case "changed":
    case "configuration":
    case "founding":
      return unknown("internal");
  }
}
