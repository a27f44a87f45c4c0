// Carries questions between groups, and from a group to the controllers, over the peer port: the asking side, which tries one
// member after the other until the deadline, and the answering side, which hands what may be asked to the replica here.
import type { ClusterId, GroupId } from "../../core/base/ids.ts";
import type { Outcome } from "../../core/base/outcome.ts";
import { done, refused } from "../../core/base/outcome.ts";
import type { CompanionQuestion } from "../../core/replica/companion.ts";
import type { Reply, ReplicaEffect } from "../../core/replica/effects.ts";
import type { ClientOperation } from "../../core/replica/events.ts";
import { askingOrder } from "../../core/routing/asking-order.ts";
import { encodeGroupCommand, mayGroupsAsk } from "../../core/shards/group-commands.ts";
import type { ConfigurationAnswer, GroupAnswer, GroupQuestion } from "../../core/shards/group-questions.ts";
import {
  CONFIGURATION_QUESTION,
  GROUP_QUESTION,
  groupAnswer,
  parseConfigurationAnswer,
  parseGroupAnswer,
  parseGroupQuestion,
} from "../../core/shards/group-questions.ts";
import type { Clock } from "../clock.ts";
import type { PeerAsker } from "../peers/peer-asker.ts";
import type { Controllers } from "./controllers.ts";

export type Ask = Extract<ReplicaEffect, { readonly kind: "ask" }>;
export type Answered = (outcome: Outcome<Uint8Array>, configNumber: number | null) => void;

export type GroupDeskOptions = {
  readonly group: GroupId;
  /** Null until this member belongs to one. */
  readonly cluster: () => ClusterId | null;
  readonly asker: Pick<PeerAsker, "ask">;
  readonly clock: Clock;
  readonly controllers: Pick<Controllers, "ask">;
  /** Null: there is no replica here yet. */
  readonly local: () => LocalGroup | null;
};

/** This member's own replica, for the answering side. */
export type LocalGroup = {
  readonly configNumber: number;
  /** Where the leader's peer port is, if it is known and somebody else's. */
  readonly leader: string | null;
  readonly request: (operation: ClientOperation, options: { readonly timeoutMs: number }) => Promise<Outcome<Reply>>;
};

/** Below that, peers are a burden rather than a help. */
const UNDER_WAY_MAX = 64;
/** One member that says nothing must not use up the time for all. One that is just answering has all the time that is left. */
const SILENCE_MS_MAX = 700;
const ANSWER_MS_MAX = 1_500;
/** One item of the largest size has room, in base64. */
const ANSWER_BYTES_MAX = 4_194_304;

type GroupTarget = Extract<CompanionQuestion, { readonly to: "group" }>;

export class GroupDesk {
  readonly #options: GroupDeskOptions;
  /** Who led, or answered, when a group was last asked: the first to be asked next time. */
  readonly #likely = new Map<string, string>();
  readonly #end = new AbortController();
  #underWay = 0;

  constructor(options: GroupDeskOptions) {
    this.#options = options;
  }

  /** Calls back exactly once, unless the desk is closed before. */
  ask({ question, timeoutMs }: Ask, answered: Answered): void {
    if (this.#underWay >= UNDER_WAY_MAX) {
      answered(refused("overloaded", "too many questions are under way"), null);
      return;
    }
    this.#underWay++;
    const untilMs = this.#options.clock.monotonicMs() + timeoutMs;
    const asking = question.to === "group" ? this.#askGroup(question, untilMs) : this.#askControllers(question.number, untilMs);
    void asking.then(({ outcome, configNumber }) => {
      this.#underWay--;
      if (!this.#end.signal.aborted) answered(outcome, configNumber);
    });
  }

  close(): void {
    this.#end.abort();
  }

  /** Of another group. Takes any JSON value; never rejects. */
  async answer(body: unknown): Promise<Outcome<unknown>> {
    const question = parseGroupQuestion(body);
    const bytes = question === null ? null : Buffer.from(question.operation, "base64");
    if (question === null || bytes === null || !mayGroupsAsk(question.kind, bytes)) {
      return refused("badRequest", "this is nothing that groups ask each other");
    }
    const { group } = this.#options;
    const cluster = this.#options.cluster();
    if (question.cluster !== null && cluster !== null && question.cluster !== cluster)
      return refused("notFound", `this is a member of cluster ${cluster}, not of ${question.cluster}`);
    if (question.group !== group) return refused("notFound", `this is a member of group ${group}, not of ${question.group}`);
    const local = this.#options.local();
    if (local === null) return refused("starting", "this member belongs to no group yet");
    return done(groupAnswer(await answerHere(local, question.kind, bytes)));
  }

  async #askGroup({ group, peers, operation, elsewhere }: GroupTarget, untilMs: number): Promise<Answer> {
    const cluster = this.#options.cluster();
    const body: GroupQuestion = { cluster, group, kind: operation.kind, operation: Buffer.from(operation.bytes).toString("base64") };
    const order = askingOrder(peers, this.#likely.get(group), elsewhere);
    let last: Answer = { outcome: refused("notFound", `no member of group ${group} is known`), configNumber: null };
    for (let address = order.shift(); address !== undefined && this.#hasTime(untilMs); address = order.shift()) {
      const outcome = await this.#question(address, body, untilMs);
      const answer = outcome.kind === "done" ? parseGroupAnswer(outcome.value) : null;
      if (answer === null) {
        last = { outcome: outcome.kind === "done" ? refused("internal", "an answer that makes no sense") : outcome, configNumber: null };
        continue;
      }
      last = { outcome: bytesOf(answer.outcome), configNumber: answer.configNumber };
      // A refusal says that nothing was done: another one may do it, where this one is no leader, stops, or is being rebuilt.
      if (answer.outcome.kind !== "refused") {
        this.#likely.set(group, address);
        return last;
      }
      const { leader } = answer;
      if (leader !== null && order.includes(leader)) order.unshift(...order.splice(order.indexOf(leader), 1));
    }
    return last;
  }

  /** For the oldest that they have, where they have forgotten the one that is asked for. */
  async #askControllers(number: number, untilMs: number): Promise<Answer> {
    const first = await this.#askControllersOnce(number, untilMs);
    const isForgotten = first.kind === "done" && first.value.configuration === null && first.value.oldest > number;
    return configurationIn(isForgotten ? await this.#askControllersOnce(first.value.oldest, untilMs) : first);
  }

  async #askControllersOnce(number: number, untilMs: number): Promise<Outcome<ConfigurationAnswer>> {
    const { clock, cluster, controllers } = this.#options;
    const deadline = AbortSignal.timeout(Math.max(1, Math.ceil(untilMs - clock.monotonicMs())));
    const signal = AbortSignal.any([this.#end.signal, deadline]);
    const outcome = await controllers.ask(CONFIGURATION_QUESTION, { cluster: cluster(), number }, signal);
    if (outcome.kind !== "done") return outcome;
    const answer = parseConfigurationAnswer(outcome.value);
    return answer === null ? refused("internal", "an answer that makes no sense") : done(answer);
  }

  #question(address: string, body: GroupQuestion, untilMs: number): Promise<Outcome<unknown>> {
    const deadlineMs = Math.max(1, Math.ceil(untilMs - this.#options.clock.monotonicMs()));
    const asking = { address, question: GROUP_QUESTION, body, deadlineMs, silenceMs: SILENCE_MS_MAX, signal: this.#end.signal };
    return this.#options.asker.ask(body.kind === "read" ? { ...asking, answerBytesMax: ANSWER_BYTES_MAX } : asking);
  }

  #hasTime(untilMs: number): boolean {
    return !this.#end.signal.aborted && this.#options.clock.monotonicMs() < untilMs;
  }
}

type Answer = { readonly outcome: Outcome<Uint8Array>; readonly configNumber: number | null };

function configurationIn(answer: Outcome<ConfigurationAnswer>): Answer {
  return { outcome: answer.kind === "done" ? done(bytesIn(answer.value)) : answer, configNumber: null };
}

/** A settlement as the step that it may be. */
function bytesIn({ configuration: encoded, frozenTo }: ConfigurationAnswer): Uint8Array {
  const configuration = Buffer.from(encoded ?? "", "base64");
  return frozenTo === undefined ? configuration : encodeGroupCommand({ kind: "settle", frozenTo, configuration });
}

/** Reads tell what is applied here, which for the steps of a move is as good as the latest: what is true of them stays true. */
async function answerHere(local: LocalGroup, kind: "read" | "write", bytes: Uint8Array): Promise<GroupAnswer> {
  const operation: ClientOperation =
    kind === "write" ? { kind, command: bytes, session: null } : { kind, query: bytes, consistency: "stale" };
  const outcome = await local.request(operation, { timeoutMs: ANSWER_MS_MAX });
  return { configNumber: local.configNumber, outcome: textOf(outcome), leader: local.leader };
}

function textOf(outcome: Outcome<Reply>): Outcome<string> {
  if (outcome.kind !== "done") return outcome;
  const { value } = outcome;
  return value.kind === "result" ? done(Buffer.from(value.result).toString("base64")) : refused("internal", "an answer of another kind");
}

const bytesOf = (outcome: Outcome<string>): Outcome<Uint8Array> =>
  outcome.kind === "done" ? done(new Uint8Array(Buffer.from(outcome.value, "base64"))) : outcome;
