// The store's calls on the client port of a replica. Any member takes any of them: each is checked, goes to the group that
// serves its shard, and is answered in the shape that clients know, wherever it was done.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { GroupId } from "../../../core/base/ids.ts";
import type { Outcome } from "../../../core/base/outcome.ts";
import { done, unknown } from "../../../core/base/outcome.ts";
import type { KvResult } from "../../../core/kv/results.ts";
import { decodeResult } from "../../../core/kv/results.ts";
import { refusedWaiting } from "../../../core/replica/birth-state.ts";
import type { Reply } from "../../../core/replica/effects.ts";
import type { MemberAddress } from "../../../core/shards/configuration.ts";
import type { ShardedStateMachine } from "../../../core/shards/sharded-state-machine.ts";
import type { Clock } from "../../clock.ts";
import type { MemberDoor } from "../../replica/member-door.ts";
import type { MemberView } from "../../replica/member.ts";
import type { KvOperation, OperationResult } from "../../replica/operation-metrics.ts";
import type { Looked } from "../../replica/read-rounds.ts";
import type { Asker, Caller } from "../caller.ts";
import { callerOf } from "../caller.ts";
import { refusalResponse } from "../error-shape.ts";
import { FORWARDED_HEADER, Forwarder, handedOnAs, outcomeIn } from "../forwarder.ts";
import type { HttpAnswer } from "../http-answer.ts";
import { errorAnswer, sendAnswer, sendError, stampHeaders } from "../http-answer.ts";
import type { ShortcutRoute } from "../shortcut/shortcut-route.ts";
import type { Fields } from "./kv-fields.ts";
import type { KvHttpRequest, SingleRoute } from "./kv-requests.ts";
import { readKvRequest } from "./kv-requests.ts";
import type { KvAnswer } from "./kv-responses.ts";
import { batchAnswers, entryAnswer, errorOf, transactionAnswer } from "./kv-responses.ts";
import type { BatchBody, TransactionBody } from "./kv-schemas.ts";
import { KV_SCHEMAS } from "./kv-schemas.ts";
import type { BatchCall, BatchPartCall } from "./many-requests.ts";
import { nextOf, readBatch, readScan, readTransaction } from "./many-requests.ts";
import { plainPage, resolvedPage } from "./resolved-scan.ts";
import { Scans } from "./scan.ts";
import { shardMap } from "./shard-map.ts";
import type { Routed, RoutedRequest } from "./shard-router.ts";
import { ShardRouter } from "./shard-router.ts";
import { SingleCall } from "./single-call.ts";

export type KvDoorOptions = {
  readonly group: GroupId;
  /** Where clients reach this member. */
  readonly origin: string;
  /** Of any group, as far as this member knows. */
  readonly membersOf: (group: GroupId) => readonly MemberAddress[];
  readonly member: MemberView<ShardedStateMachine>;
  readonly door: MemberDoor;
  readonly clock: Clock;
  readonly count: (operation: KvOperation, result: OperationResult) => void;
  readonly forwarder?: Pick<Forwarder, "forward" | "close">;
};

/** On requests of clients that know the map and would rather be told than served by another member. */
export const ROUTE_HEADER = "flotilla-route";
/** Parts of one batch that are under way at once. */
const PARTS_AT_ONCE = 32;

type NotDone = Exclude<Outcome<never>, { readonly kind: "done" }>;
type SingleRequest = KvHttpRequest & RoutedRequest["forwarding"];

/** Whose requests are answered without the way around through the server library. */
const SHORT: readonly { readonly method: "GET" | "PUT" | "DELETE"; readonly route: "get" | "put" | "delete" }[] = [
  { method: "GET", route: "get" },
  { method: "PUT", route: "put" },
  { method: "DELETE", route: "delete" },
];

export class KvDoor {
  readonly #options: KvDoorOptions;
  readonly #forwarder: Pick<Forwarder, "forward" | "close">;
  readonly #router: ShardRouter;
  readonly #scans: Scans;

  constructor(options: KvDoorOptions) {
    this.#options = options;
    this.#forwarder = options.forwarder ?? new Forwarder();
    this.#router = new ShardRouter({ ...options, forwarder: this.#forwarder });
    this.#scans = new Scans(this.#router, options.group);
  }

  addRoutes(app: FastifyInstance): void {
    const single = (route: SingleRoute) => (request: FastifyRequest, reply: FastifyReply) => this.#serveSingle(route, request, reply);
    for (const { method, route } of SHORT) {
      const answer: ShortcutRoute["answer"] = (request, asker) => this.#answerSingle(route, request, asker);
      app.shortcuts.add({ method, url: "/v1/kv/:key", schema: KV_SCHEMAS[route], answer });
    }
    app.get("/v1/kv/:key", { schema: KV_SCHEMAS.get }, single("get"));
    app.put("/v1/kv/:key", { schema: KV_SCHEMAS.put }, single("put"));
    app.delete("/v1/kv/:key", { schema: KV_SCHEMAS.delete }, single("delete"));
    app.post("/v1/kv/:key/append", { schema: KV_SCHEMAS.append }, single("append"));
    app.post("/v1/kv/:key/increment", { schema: KV_SCHEMAS.increment }, single("increment"));
    app.get("/v1/kv", { schema: KV_SCHEMAS.scan }, (request, reply) => this.#serveScan(request, reply));
    app.post("/v1/txn", { schema: KV_SCHEMAS.txn }, (request, reply) => this.#serveTransaction(request, reply));
    app.post("/v1/batch", { schema: KV_SCHEMAS.batch }, (request, reply) => this.#serveBatch(request, reply));
    app.get("/v1/shard-map", { schema: KV_SCHEMAS.shardMap }, (_request, reply) => this.#serveMap(reply));
  }

  async close(): Promise<void> {
    await this.#forwarder.close();
  }

  async #serveSingle(route: SingleRoute, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { method, url, headers, body } = request;
    const asked = { method: handedOnAs(method), url, key: keySegment(request), query: queryOf(request), headers, body };
    const answered = new Promise<HttpAnswer>((answer, fail) => {
      this.#answerSingle(route, asked, Object.assign(callerOf(reply), { answer, fail }));
    });
    return sendAnswer(reply, await answered);
  }

  #answerSingle(name: SingleRoute, request: SingleRequest, asker: Caller & Asker<HttpAnswer>): void {
    const call = readKvRequest(name, request);
    if (call.kind === "refused") return asker.answer(errorAnswer(refusalResponse(call.refusal)));
    const untilMs = this.#untilMs(call.deadlineMs);
    const route = routeOf(request.headers);
    const single = new SingleCall({ name, call, forwarding: request, untilMs, route, caller: asker, answerFor: this.#answerFor });
    this.#router.route(single, single);
  }

  readonly #answerFor = (call: SingleCall, routed: Routed): HttpAnswer => this.#answer(call, routed);

  async #serveTransaction(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { headers, body } = request;
    const call = readTransaction({ query: queryOf(request), headers, body });
    if (call.kind === "refused") return sendError(reply, refusalResponse(call.refusal));
    const routed = await this.#router.perform(this.#asRouted({ method: "POST", url: request.url, headers, body }, callerOf(reply), call));
    const { then = [], else: otherwise = [] } = body as TransactionBody;
    const keys = (succeeded: boolean): readonly string[] => (succeeded ? then : otherwise).map(({ key }) => key);
    const asked: Answering = { name: "txn", headers, answerTo: (result) => transactionAnswer(keys, call.encoding, result) };
    return sendAnswer(reply, this.#answer(asked, routed));
  }

  async #serveBatch(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { headers, body } = request;
    const call = readBatch({ query: queryOf(request), headers, body });
    if (call.kind === "refused") return sendError(reply, refusalResponse(call.refusal));
    // Each part waits for the connection's end.
    reply.raw.setMaxListeners(0);
    const untilMs = this.#untilMs(call.deadlineMs);
    const outcomes = await sideBySide(call.parts, (part) => this.#performPart({ request, reply, call, untilMs }, part));
    const [first] = outcomes;
    for (const { outcome, isServedHere } of outcomes) if (isServedHere) this.#count(headers, "batch", outcome);
    if (first !== undefined && outcomes.length === 1) {
      // What befell all of it is the answer; so a member that handed it on knows whether to go on elsewhere.
      if (first.outcome.kind !== "done") return sendAnswer(reply, this.#notDone(first.outcome));
      void reply.headers(first.stamp);
    }
    const results: KvAnswer[] = [];
    for (const [i, { positions }] of call.parts.entries()) {
      const outcome = outcomes[i]?.outcome ?? unknown("internal");
      for (const [j, position] of positions.entries())
        results[position] = outcome.kind === "done" ? (outcome.value[j] ?? {}) : errorOf(outcome);
    }
    return (outcomes.length === 1 ? reply : this.#withOwnStamp(reply)).send({ results });
  }

  async #performPart({ request, reply, call, untilMs }: Batching, part: BatchPartCall): Promise<PartOutcome> {
    const { shard, operation, operations } = part;
    // No longer than what came: another member takes no more than this one.
    const body = { ...(request.body as BatchBody), operations };
    const forwarding = { method: "POST", url: request.url, headers: request.headers, body } as const;
    const routed = await this.#router.perform({
      shard,
      operation,
      forwarding,
      untilMs,
      route: routeOf(request.headers),
      caller: callerOf(reply),
    });
    if (routed.kind === "here") {
      const { outcome } = routed;
      if (outcome.kind !== "done") return { outcome, isServedHere: true, stamp: {} };
      if (outcome.value.kind !== "result") return { outcome: unknown("internal"), isServedHere: true, stamp: {} };
      const { value } = outcome;
      const keys = operations.map(({ key }) => key);
      const stamp = { "flotilla-group": this.#options.group, ...stampHeaders(value) };
      return { outcome: batchAnswers(keys, call.encoding, value.result), isServedHere: true, stamp };
    }
    const { outcome } = outcomeIn(routed.answer);
    if (outcome.kind !== "done") return { outcome, isServedHere: false, stamp: {} };
    return { outcome: done(resultsIn(routed.answer.body)), isServedHere: false, stamp: routed.answer.headers };
  }

  async #serveScan(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { headers, body } = request;
    const call = readScan({ query: queryOf(request), headers, body });
    if (call.kind === "refused") return sendError(reply, refusalResponse(call.refusal));
    reply.raw.setMaxListeners(0);
    const [untilMs, route, caller] = [this.#untilMs(call.deadlineMs), routeOf(headers), callerOf(reply)];
    const outcome = await (call.resolve ? resolvedPage : plainPage)(this.#scans, { call, untilMs, route, headers, caller });
    this.#count(headers, "scan", outcome);
    if (outcome.kind !== "done") return sendAnswer(reply, this.#notDone(outcome));
    const { entries, next } = outcome.value;
    return this.#withOwnStamp(reply).send({
      entries: entries.map((entry) => entryAnswer(entry, call.encodings)),
      next: next === null ? null : nextOf(next, call.encodings.keyEncoding),
    });
  }

  #serveMap(reply: FastifyReply): FastifyReply {
    const { member, door, group } = this.#options;
    const { life, waiting } = member;
    if (life === null) return door.sendOutcome(reply, refusedWaiting(waiting));
    const { membership } = life.host.status().raft;
    const own = { group, membership, leader: door.leaderOrigin() };
    const map = shardMap(life.machine.configuration, own, (each) => this.#router.origins.leaderOf(each));
    return this.#withOwnStamp(reply).send(map);
  }

  #asRouted(
    forwarding: RoutedRequest["forwarding"],
    caller: Caller,
    { shard, operation, deadlineMs }: Pick<RoutedRequest, "shard" | "operation"> & { readonly deadlineMs: number },
  ): RoutedRequest {
    return { shard, operation, forwarding, untilMs: this.#untilMs(deadlineMs), route: routeOf(forwarding.headers), caller };
  }

  #answer(asked: Answering, routed: Routed): HttpAnswer {
    // Counted there.
    if (routed.kind === "there") return routed.answer;
    const outcome = readResult(routed.outcome, asked);
    this.#count(asked.headers, asked.name, outcome);
    const answered = outcome.kind === "done" ? this.#options.door.answerTo(outcome) : this.#notDone(outcome);
    if (routed.outcome.kind !== "done" || !isOfStore(routed.outcome.value)) return answered;
    return { ...answered, stamp: routed.outcome.value };
  }

  /** Once, by the member that served it: one that was asked in vain by another member did nothing. */
  #count(headers: Fields, operation: KvOperation, outcome: Outcome<unknown>): void {
    const isAskedInVain = outcome.kind === "refused" && ASK_ELSEWHERE.has(outcome.refusal.code);
    if (!isAskedInVain || headers[FORWARDED_HEADER] === undefined) this.#options.count(operation, outcome.kind);
  }

  #notDone(outcome: NotDone): HttpAnswer {
    const { door } = this.#options;
    if (outcome.kind === "unknown" || !ASK_OWNER.has(outcome.refusal.code)) return door.answerTo(outcome);
    const owner = outcome.refusal.details?.["owner"];
    return door.answerTo(outcome, typeof owner === "string" ? this.#router.originOf(owner as GroupId) : null);
  }

  /** For answers that come from several groups: what this member knows. */
  #withOwnStamp(reply: FastifyReply): FastifyReply {
    const status = this.#options.member.life?.host.status();
    if (status !== undefined) void reply.headers(stampHeaders({ term: status.raft.term, index: status.appliedIndex }));
    return this.#options.door.withGroup(reply);
  }

  #untilMs(deadlineMs: number): number {
    return this.#options.clock.monotonicMs() + deadlineMs;
  }
}

interface Answering {
  readonly name: KvOperation;
  readonly headers: Fields;
  answerTo(result: KvResult): Outcome<KvAnswer>;
}
type Batching = { readonly request: FastifyRequest; readonly reply: FastifyReply; readonly call: BatchCall; readonly untilMs: number };
type PartOutcome = {
  readonly outcome: Outcome<readonly KvAnswer[]>;
  readonly isServedHere: boolean;
  readonly stamp: Readonly<Record<string, string>>;
};

const ASK_OWNER: ReadonlySet<string> = new Set(["wrongShard", "shardMoving"]);
const ASK_ELSEWHERE: ReadonlySet<string> = new Set(["notLeader", ...ASK_OWNER]);

/** Of something that was applied: what can't be read may have happened. */
function readResult(outcome: Extract<Routed, { kind: "here" }>["outcome"], asked: Answering): Outcome<KvAnswer> {
  if (outcome.kind !== "done") return outcome;
  if (!isOfStore(outcome.value)) return unknown("internal");
  const result = outcome.value.kind === "looked" ? outcome.value.result : decodeResult(outcome.value.result);
  return result === null ? unknown("internal") : asked.answerTo(result);
}

const isOfStore = (reply: Reply | Looked): reply is Looked | Extract<Reply, { readonly kind: "result" }> =>
  reply.kind === "looked" || reply.kind === "result";

function routeOf(headers: Fields): RoutedRequest["route"] {
  return headers[FORWARDED_HEADER] !== undefined || headers[ROUTE_HEADER] === "redirect" ? "here" : "anywhere";
}

/** Of a member of this very cluster, as it was asked. */
const resultsIn = (body: string): readonly KvAnswer[] => (JSON.parse(body) as { readonly results: readonly KvAnswer[] }).results;

const queryOf = ({ query }: FastifyRequest) => query as Readonly<Record<string, unknown>>;

/** As it arrived, still percent-encoded: `/v1/kv/{key}…`. */
function keySegment({ url }: FastifyRequest): string {
  return /^\/v1\/kv\/([^/?]*)/.exec(url)?.[1] ?? "";
}

/** All of them, a bounded number at a time; in their order. */
async function sideBySide<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  const waiting = [...items.entries()];
  const takeOneByOne = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) results[next[0]] = await run(next[1]);
  };
  await Promise.all(Array.from({ length: Math.min(PARTS_AT_ONCE, items.length) }, takeOneByOne));
  return results;
}
