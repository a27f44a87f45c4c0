// How groups ask each other, and the controllers, over the labs' network: by the rules of the product's group desk, which has
// the machine's time and sockets in it. A member that does not lead names the one who does.
import { EMPTY_BYTES } from "../../../core/base/bytes.ts";
import type { Outcome } from "../../../core/base/outcome.ts";
import { done, refused, unknown } from "../../../core/base/outcome.ts";
import type { AskedOperation, CompanionQuestion } from "../../../core/replica/companion.ts";
import type { Reply } from "../../../core/replica/effects.ts";
import type { ClientOperation } from "../../../core/replica/events.ts";
import { askingOrder } from "../../../core/routing/asking-order.ts";
import { encodeControllerQuery } from "../../../core/shard-controller/commands.ts";
import type { ControllerResult } from "../../../core/shard-controller/results.ts";
import { decodeControllerResult } from "../../../core/shard-controller/results.ts";
import { encodeConfiguration } from "../../../core/shards/configuration.ts";
import { mayGroupsAsk } from "../../../core/shards/group-commands.ts";
import { siteIn } from "../kv/addresses.ts";
import type { Answer, ReplicaCluster } from "../kv/replica-cluster.ts";
import type { LabTime } from "../lab-time.ts";
import type { Answered, Ask } from "../replica-member.ts";
import { answerOf, demand, Task } from "../script.ts";
import type { Script } from "../script.ts";

/** One member that does not answer must not use up the time for all. */
const ATTEMPT_MS_MAX = 700;

export type GroupLineOptions = {
  readonly time: LabTime;
  readonly controllers: ReplicaCluster;
  readonly groupNamed: (name: string) => ReplicaCluster | null;
};

type Told = { readonly outcome: Outcome<Uint8Array>; readonly configNumber: number | null };
type GroupQuestion = Extract<CompanionQuestion, { readonly to: "group" }>;

export class GroupLine {
  readonly #options: GroupLineOptions;
  readonly #likely = new Map<string, number>();

  constructor(options: GroupLineOptions) {
    this.#options = options;
  }

  ask({ question, timeoutMs }: Ask, answered: Answered): void {
    const { time } = this.#options;
    const untilMs = time.nowMs + timeoutMs;
    const task = new Task(
      question.to === "group" ? this.#askGroup(question, untilMs) : this.#askControllers(question.number, untilMs),
      time,
    );
    task.whenOver(() => answered(task.value.outcome, task.value.configNumber));
  }

  *#askGroup({ group, peers, operation, elsewhere }: GroupQuestion, untilMs: number): Script<Told> {
    demand(mayGroupsAsk(operation.kind, operation.bytes), () => `a group asks ${group} for what no group may ask`);
    const cluster = this.#options.groupNamed(group);
    if (cluster === null) return { outcome: refused("notFound", `there is no group ${group}`), configNumber: null };
    const members = peers.map((peer) => siteIn(peer).place);
    const places = askingOrder(members, this.#likely.get(group), elsewhere);
    let last: Told = { outcome: refused("notFound", `no member of group ${group} is known`), configNumber: null };
    for (let place = places.shift(); place !== undefined && this.#options.time.nowMs < untilMs; place = places.shift()) {
      const answer = yield* this.#attempt(cluster, { place, operation: asRequest(operation), untilMs });
      last = { outcome: bytesIn(answer.outcome), configNumber: answer.stamp?.configNumber ?? null };
      if (answer.stamp === null) continue;
      if (answer.outcome.kind !== "refused") {
        this.#likely.set(group, place);
        return last;
      }
      const leader = answer.leader === null ? -1 : places.indexOf(siteIn(answer.leader).place);
      if (leader >= 0) places.unshift(...places.splice(leader, 1));
    }
    return last;
  }

  /** For the oldest that they have, where they have forgotten the one that is asked for. */
  *#askControllers(number: number, untilMs: number): Script<Told> {
    const { controllers, time } = this.#options;
    for (const place of controllers.random.shuffled(controllers.places)) {
      if (time.nowMs >= untilMs) break;
      const result = yield* this.#configuration(place, number, untilMs);
      if (result?.kind === "configuration") return { outcome: done(encodeConfiguration(result.configuration)), configNumber: null };
      if (result?.kind !== "noConfiguration") continue;
      const oldest = result.oldest > number ? yield* this.#configuration(place, result.oldest, untilMs) : null;
      const bytes = oldest?.kind === "configuration" ? encodeConfiguration(oldest.configuration) : EMPTY_BYTES;
      return { outcome: done(bytes), configNumber: null };
    }
    return { outcome: unknown("connectionLost"), configNumber: null };
  }

  *#configuration(place: number, number: number, untilMs: number): Script<ControllerResult | null> {
    const query = encodeControllerQuery({ kind: "configuration", number });
    const answer = yield* this.#attempt(this.#options.controllers, {
      place,
      operation: { kind: "read", query, consistency: "linearizable" },
      untilMs,
    });
    const outcome = bytesIn(answer.outcome);
    return outcome.kind === "done" ? decodeControllerResult(outcome.value) : null;
  }

  *#attempt(cluster: ReplicaCluster, { place, operation, untilMs }: Attempt): Script<Answer> {
    const timeoutMs = Math.max(1, Math.min(ATTEMPT_MS_MAX, untilMs - this.#options.time.nowMs));
    return yield* answerOf<Answer>((told) => cluster.ask({ place, operation, timeoutMs }, told));
  }
}

type Attempt = { readonly place: number; readonly operation: ClientOperation; readonly untilMs: number };

function asRequest({ kind, bytes }: AskedOperation): ClientOperation {
  return kind === "write" ? { kind, command: bytes, session: null } : { kind, query: bytes, consistency: "stale" };
}

function bytesIn(outcome: Outcome<Reply>): Outcome<Uint8Array> {
  if (outcome.kind !== "done") return outcome;
  return outcome.value.kind === "result" ? done(outcome.value.result) : refused("internal", "an answer of another kind");
}
