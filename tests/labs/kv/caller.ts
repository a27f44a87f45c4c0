// What a client library does with one call, in simulated time: it goes where the routes say, folds the outcomes of its attempts
// by the product's own rules, and, as the labs' clerks, never gives up.
import type { Outcome } from "../../../core/base/outcome.ts";
import type { Random } from "../../../core/base/random.ts";
import type { Reply } from "../../../core/replica/effects.ts";
import type { ClientOperation } from "../../../core/replica/events.ts";
import { judge } from "../../../core/routing/retry.ts";
import type { Request, SoFar } from "../../../core/routing/retry.ts";
import type { Wish } from "../../../core/routing/routes.ts";
import { Routes } from "../../../core/routing/routes.ts";
import type { ShardMap } from "../../../core/routing/shard-map.ts";
import type { LabTime } from "../lab-time.ts";
import { answerOf, sleep } from "../script.ts";
import type { Script } from "../script.ts";
import type { Answer } from "./replica-cluster.ts";

/** As the product's client. */
const ATTEMPT_MS = 1_000;
const PAUSE_MS = { first: 5, longest: 200 };
const SPREAD_MAX = 1_000_000;
/** Whoever answers like this is of no use for a while. */
const NO_HELP: ReadonlySet<string> = new Set(["noQuorum", "deadline", "starting", "shuttingDown"]);

export type Line = {
  readonly time: LabTime;
  readonly endpoints: readonly string[];
  readonly ask: (origin: string, operation: ClientOperation & { timeoutMs: number }, told: (answer: Answer) => void) => void;
  /** The newest map that can be had; null: there are no maps, one group has everything. */
  readonly map: (() => Script<ShardMap>) | null;
};

export type Call<T> = {
  /** Null for what belongs to no shard. */
  readonly shard: number | null;
  readonly request: Request;
  readonly operation: ClientOperation;
  readonly read: (reply: Reply) => Outcome<T>;
};

export type Performed<T> = { readonly outcome: Outcome<T>; readonly attempts: number } | "newClient";

export class Caller {
  readonly routes: Routes;
  readonly #line: Line;
  readonly #random: Random;
  #isOutdated: boolean;

  constructor(line: Line, random: Random) {
    this.#line = line;
    this.#random = random;
    this.#isOutdated = line.map !== null;
    this.routes = new Routes(line.endpoints, random.between(0, SPREAD_MAX));
  }

  *perform<T>(call: Call<T>): Script<Performed<T>> {
    const wish: Wish = { shard: call.shard, wants: call.request === "read" ? "anyMember" : "leader" };
    const tried: string[] = [];
    let soFar: SoFar = { request: call.request, mayHaveHappened: false };
    let next: string | null = null;
    for (let pauseMs = PAUSE_MS.first; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MS.longest)) {
      if (this.#isOutdated) yield* this.#refresh();
      const origin: string = next ?? this.routes.choose(wish, tried, this.#line.time.nowMs);
      tried.push(origin);
      const answer = yield* this.#attempt(origin, call.operation);
      this.#learn(origin, wish, answer);
      const outcome = answer.outcome.kind === "done" ? call.read(answer.outcome.value) : answer.outcome;
      const verdict = judge(soFar, outcome);
      if (verdict.kind === "over") return { outcome: verdict.outcome, attempts: tried.length };
      if (verdict.kind === "newClient") return "newClient";
      soFar = verdict.soFar;
      if (verdict.where === "owner") yield* this.#refresh();
      next = this.#next(verdict.where, origin, answer);
      const isFree = verdict.where === "leader" && next !== null && !tried.includes(next);
      if (!isFree) yield* sleep(pauseMs * (0.5 + this.#random.fraction() / 2));
    }
  }

  #next(where: "leader" | "owner" | "elsewhere" | "sameAfterPause", origin: string, { leader }: Answer): string | null {
    if (where === "sameAfterPause") return origin;
    return where === "leader" && leader !== origin ? leader : null;
  }

  *#attempt(origin: string, operation: ClientOperation): Script<Answer> {
    return yield* answerOf<Answer>((told) => this.#line.ask(origin, { ...operation, timeoutMs: ATTEMPT_MS }, told));
  }

  #learn(origin: string, wish: Wish, { outcome, leader, stamp }: Answer): void {
    const { nowMs } = this.#line.time;
    if (stamp !== null) this.routes.answered(origin, stamp);
    const known = this.routes.map?.number ?? Infinity;
    if (this.#line.map !== null && (stamp?.configNumber ?? 0) > known) this.#isOutdated = true;
    if (leader !== null) this.routes.leaderNamed(wish, leader);
    const isNoHelp = outcome.kind === "unknown" || (outcome.kind === "refused" && NO_HELP.has(outcome.refusal.code));
    if (isNoHelp) this.routes.avoid(origin, nowMs);
  }

  *#refresh(): Script<void> {
    const { map } = this.#line;
    this.#isOutdated = false;
    if (map !== null) this.routes.adopt(yield* map());
  }
}
