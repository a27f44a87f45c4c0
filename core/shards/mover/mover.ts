// What a group's leader does about configurations and moves, of its own accord. It keeps a table of errands and gives each
// its turn; nothing in here outlives its office, for all that matters is in the log.
import type { GroupId, Term } from "../../base/ids.ts";
import type { Companion, CompanionEffect, CompanionEvent } from "../../replica/companion.ts";
import type { ShardedStateMachine } from "../sharded-state-machine.ts";
import type { Action, Errand } from "./errand.ts";
import type { OwnConfiguration } from "./following.ts";
import { FollowingErrand } from "./following.ts";
import { GivingErrand } from "./giving.ts";
import { Pace } from "./pace.ts";
import { PassingOnErrand } from "./passing-on.ts";
import { PullingErrand } from "./pulling.ts";

/** Shards about which one receiver is asked at the same time. Each group has places of its own, so that one that is down holds up no other. */
export const GIVES_MAX = 16;
/** An answer that has not come so long after its time will never come: it was dropped on its way. */
const LOST_MS = 4_000;

export type MoverOptions = { readonly machine: ShardedStateMachine; readonly own: OwnConfiguration };

type UnderWay = { readonly id: number; readonly action: Action; readonly sinceMs: number };
type Running = { readonly errand: Errand; underWay: UnderWay | null; notBeforeMs: number };

export class Mover implements Companion {
  readonly #options: MoverOptions;
  readonly #running = new Map<string, Running>();
  /** Groups that answered with an older configuration than this one has. */
  readonly #behind = new Map<GroupId, number>();
  /** By the group that is copied from. */
  readonly #paces = new Map<GroupId, Pace>();
  #office: Term | null = null;
  #nowMs = 0;
  #ids = 0;

  constructor(options: MoverOptions) {
    this.#options = options;
  }

  step(event: CompanionEvent): readonly CompanionEffect[] {
    if (event.kind === "tick") return this.#tick(event);
    const id = event.kind === "answered" ? event.ask : event.id;
    const running = [...this.#running.values()].find(({ underWay }) => underWay?.id === id);
    if (running === undefined || running.underWay === null) return [];
    const { action, sinceMs } = running.underWay;
    running.underWay = null;
    if (event.kind === "answered") this.#hear(action, event.configNumber);
    const { errand } = running;
    const tookMs = this.#nowMs - sinceMs;
    const pauseMs = event.kind === "answered" ? errand.answered(event.outcome, tookMs) : errand.proposalEnded(event.outcome, tookMs);
    running.notBeforeMs = this.#nowMs + pauseMs;
    // What was applied may have made other things possible.
    return event.kind === "answered" ? this.#act(running) : this.#actAll();
  }

  #tick({ nowMs, isLeading, term }: Extract<CompanionEvent, { readonly kind: "tick" }>): readonly CompanionEffect[] {
    this.#nowMs = nowMs;
    const office = isLeading ? term : null;
    if (office !== this.#office) {
      this.#running.clear();
      this.#paces.clear();
    }
    this.#office = office;
    return this.#actAll();
  }

  #actAll(): readonly CompanionEffect[] {
    if (this.#office === null) return [];
    this.#choose();
    return [...this.#running.values()].flatMap((running) => this.#act(running));
  }

  #act(running: Running): readonly CompanionEffect[] {
    const { underWay } = running;
    const isLost = underWay?.action.kind === "ask" && this.#nowMs - underWay.sinceMs > underWay.action.timeoutMs + LOST_MS;
    if ((underWay !== null && !isLost) || this.#nowMs < running.notBeforeMs) return [];
    const action = running.errand.next();
    running.underWay = null;
    if (action === null) return [];
    const id = ++this.#ids;
    running.underWay = { id, action, sinceMs: this.#nowMs };
    if (action.kind === "propose") return [{ kind: "propose", id, command: action.command }];
    return [{ kind: "ask", ask: id, question: action.question, timeoutMs: action.timeoutMs }];
  }

  /** Which errands there are: the first shards of each kind in their order, groups that are behind, and the next configuration. */
  #choose(): void {
    const wanted = this.#wanted();
    for (const name of this.#running.keys()) if (!wanted.has(name)) this.#running.delete(name);
    for (const [name, create] of wanted) {
      if (!this.#running.has(name)) this.#running.set(name, { errand: create(), underWay: null, notBeforeMs: 0 });
    }
  }

  #wanted(): ReadonlyMap<string, () => Errand> {
    const { machine, own } = this.#options;
    const wanted = new Map<string, () => Errand>([["follow", () => new FollowingErrand(machine, own)]]);
    const pulls = new Places((group) => this.#paceOf(group).pulls);
    const gives = new Places(() => GIVES_MAX);
    machine.state.shards.forEach(({ status }, shard) => {
      if (status.kind === "pulling" && pulls.take(status.from)) {
        const pace = this.#paceOf(status.from);
        wanted.set(`pull ${String(shard)} ${String(status.number)}`, () => new PullingErrand(machine, shard, pace));
      }
      if ((status.kind === "leaving" || status.kind === "frozen") && gives.take(status.to)) {
        // A shard that freezes is another errand: what the one before was waiting for need not be waited for any more.
        wanted.set(`give ${String(shard)} ${String(status.number)} ${status.kind}`, () => new GivingErrand(machine, shard));
      }
    });
    const numberOf = (group: GroupId): number => this.#behind.get(group) ?? Infinity;
    for (const group of this.#behind.keys()) wanted.set(`pass on ${group}`, () => new PassingOnErrand(machine, group, numberOf));
    return wanted;
  }

  #paceOf(group: GroupId): Pace {
    const pace = this.#paces.get(group) ?? new Pace();
    this.#paces.set(group, pace);
    return pace;
  }

  #hear(action: Action, configNumber: number | null): void {
    if (configNumber === null || action.kind === "propose" || action.question.to === "controllers") return;
    const { group } = action.question;
    if (configNumber < this.#options.machine.configuration.number) this.#behind.set(group, configNumber);
    else this.#behind.delete(group);
  }
}

/** So many for each group. */
class Places {
  readonly #max: (group: GroupId) => number;
  readonly #taken = new Map<GroupId, number>();

  constructor(max: (group: GroupId) => number) {
    this.#max = max;
  }

  take(group: GroupId): boolean {
    const taken = (this.#taken.get(group) ?? 0) + 1;
    this.#taken.set(group, taken);
    return taken <= this.#max(group);
  }
}
