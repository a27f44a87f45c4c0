// Plays one round after the other: calm, a fault, and then the wait until everything is well again, which must not take too long.
// What each cost is written down. Whatever happens, what was begun is ended.
import type { ClusterView, GroupView } from "../status/cluster-view.ts";
import type { Targeted } from "./targets.ts";
import { findTarget, unlessTooYoung } from "./targets.ts";
import type { FaultName } from "./faults.ts";
import type { Injector } from "./injector.ts";
import { OutOfReach } from "./injector.ts";
import type { Round } from "./schedule.ts";
import type { Stage } from "./plays/stage.ts";
import { PLAYS } from "./strike.ts";
import type { Timeline } from "./timeline.ts";
import { SeenWell } from "./watch.ts";
import { pause } from "../../waiting.ts";

export type FaultRecord = {
  readonly number: number;
  readonly fault: FaultName;
  readonly role: Round["role"];
  /** Null: nothing was done, and why. */
  readonly target: string | null;
  readonly group: string | null;
  readonly skipped: string | null;
  readonly fromMs: number;
  /** When the last act had been done. */
  readonly toMs: number;
  /** When all processes answered again, and when all of the cluster was well. */
  readonly answeredMs: number | null;
  readonly wholeMs: number | null;
  /** The longest that clients of the group waited for an answer to anybody, from the fault until all was well. */
  readonly gapMs: number | null;
  /** When that began. */
  readonly gapFromMs: number | null;
  readonly problem: string | null;
  /** Why it can't be told what came of it. */
  readonly undecided: string | null;
};

export type RoundsOptions = {
  readonly injector: Injector;
  readonly look: () => Promise<ClusterView>;
  readonly ask: Stage["ask"];
  readonly moveShards: Stage["moveShards"];
  readonly timeline: Timeline;
  readonly mayTakeQuorum: boolean;
  readonly isOver: () => boolean;
  readonly onFault: (record: { readonly fault: FaultName; readonly target: string; readonly isActive: boolean }) => void;
  readonly onRecord: (record: FaultRecord) => void;
  /** How long processes may take to come back, and then the groups to serve. */
  readonly limits: { readonly answerMs: number; readonly serveMs: number; readonly wholeMs: number };
};

/** Something did not come back, or nobody can see whether it has. */
export const hasEndedRun = ({ problem, undecided }: Pick<FaultRecord, "problem" | "undecided">): boolean =>
  problem !== null || undecided !== null;

const WELL = { problem: null, undecided: null };
const LOOK_MS = 50;
const SLICE_MS = 50;
/** How long a round looks for somebody whom it may strike, and the play of a fault for a client that was answered. */
const TARGET_MS = 5_000;
const SERVED_MS = 10_000;

export class Rounds {
  readonly records: FaultRecord[] = [];
  readonly #options: RoundsOptions;

  constructor(options: RoundsOptions) {
    this.#options = options;
  }

  /** Until it is over, or something did not come back. */
  async play(rounds: Iterable<Round>): Promise<readonly FaultRecord[]> {
    const { isOver, onRecord, injector } = this.#options;
    try {
      for (const together of atOneMoment(rounds)) {
        await this.#sleep(together[0].calmMs);
        if (isOver()) break;
        const records = await Promise.all(together.map((round) => this.#playOne(round)));
        this.records.push(...records);
        for (const record of records) onRecord(record);
        if (records.some(hasEndedRun)) break;
      }
    } finally {
      await injector.heal();
    }
    return this.records;
  }

  async #playOne(round: Round): Promise<FaultRecord> {
    const { injector, ask, look, moveShards, onFault, timeline } = this.#options;
    const target = await this.#target(round);
    const fromMs = performance.now();
    const begun = { number: round.number, fault: round.fault, role: round.role, fromMs };
    const nothing = { answeredMs: null, wholeMs: null, gapMs: null, gapFromMs: null };
    if (target.kind === "none") return { ...begun, ...nothing, target: null, group: null, skipped: target.why, toMs: fromMs, ...WELL };
    const { group, names } = target;
    const [name] = names;
    const shown = names.join(", ");
    const named = { ...begun, target: shown, group: group.group, skipped: null };
    const untilWhole = async (): Promise<void> => void (await this.#untilWhole());
    onFault({ fault: round.fault, target: shown, isActive: true });
    try {
      const sleep = (ms: number): Promise<void> => this.#sleep(ms);
      const untilServed = (served: GroupView): Promise<void> => this.#untilServed(served);
      const groups = async (): Promise<readonly GroupView[]> => (await look()).groups;
      await PLAYS[round.fault]({ injector, ask, groups, moveShards, untilWhole, untilServed, sleep }, { round, group, name, names });
      const toMs = performance.now();
      const recovered = await this.#untilWhole();
      const isServing = group.service === "replica";
      const span = { fromMs, toMs: performance.now() };
      const gap = timeline.longestGap(isServing ? group.group : null, span);
      const waited = gap === null ? { gapMs: null, gapFromMs: null } : { gapMs: gap.toMs - gap.fromMs, gapFromMs: gap.fromMs };
      return { ...named, toMs, ...recovered, ...waited, ...WELL };
    } catch (error) {
      await injector.heal();
      const why = error instanceof Error ? error.message : String(error);
      const found = error instanceof OutOfReach ? { problem: null, undecided: why } : { problem: why, undecided: null };
      return { ...named, ...nothing, toMs: performance.now(), ...found };
    } finally {
      onFault({ fault: round.fault, target: shown, isActive: false });
    }
  }

  /** On a busy machine somebody is always late with an answer: whoever was well a moment ago can be counted on. */
  async #target(round: Round): Promise<Targeted> {
    const { look, mayTakeQuorum, isOver, injector } = this.#options;
    const isTooYoung = (name: string): boolean => injector.isTooYoung?.(name) === true;
    const seen = new SeenWell();
    const untilMs = performance.now() + TARGET_MS;
    for (;;) {
      const view = await look();
      seen.note(view);
      const well = seen.among(view);
      const target = unlessTooYoung(findTarget(well, round, mayTakeQuorum), well, { fault: round.fault, isTooYoung });
      if (target.kind === "found" || target.isForGood === true || performance.now() > untilMs || isOver()) return target;
      await this.#sleep(LOOK_MS);
    }
  }

  async #untilServed({ service, group }: GroupView): Promise<void> {
    const sinceMs = performance.now();
    while (service === "replica" && !this.#options.timeline.hasServed(group, sinceMs) && performance.now() < sinceMs + SERVED_MS)
      await pause(LOOK_MS);
  }

  async #untilWhole(): Promise<{ readonly answeredMs: number; readonly wholeMs: number }> {
    const { answerMs, serveMs, wholeMs } = this.#options.limits;
    const seen = new SeenWell();
    const answered = await this.#until(answerMs, (view) => {
      seen.note(view);
      return seen.whoIsSilent(view);
    });
    const [whole] = await Promise.all([
      this.#until(wholeMs, (view) => {
        seen.note(view);
        return seen.whyNotWhole(view);
      }),
      this.#until(serveMs, (view) => this.#whoDoesNotServe(view, answered)),
    ]);
    return { answeredMs: answered, wholeMs: whole };
  }

  #whoDoesNotServe({ groups }: ClusterView, sinceMs: number): string | null {
    const silent = groups.find(
      ({ service, group, shards }) => service === "replica" && shards !== 0 && !this.#options.timeline.hasServed(group, sinceMs),
    );
    return silent === undefined ? null : `no client was answered by group ${silent.group} since all processes answer again`;
  }

  /** When there was nothing any more that speaks against it. */
  async #until(deadlineMs: number, whyNot: (view: ClusterView) => string | null): Promise<number> {
    const untilMs = performance.now() + deadlineMs;
    for (;;) {
      const why = whyNot(await this.#options.look());
      const nowMs = performance.now();
      if (why === null) return nowMs;
      if (nowMs > untilMs) throw new Error(`not well again within ${Math.round(deadlineMs / 1_000)} s: ${why}`);
      await pause(LOOK_MS);
    }
  }

  /** Shorter when it is over. */
  async #sleep(ms: number): Promise<void> {
    const untilMs = performance.now() + ms;
    while (performance.now() < untilMs && !this.#options.isOver())
      await pause(Math.min(SLICE_MS, Math.max(1, untilMs - performance.now())));
  }
}

/** Each with those that come along with it. One is read ahead. */
function* atOneMoment(rounds: Iterable<Round>): Generator<readonly [Round, ...Round[]]> {
  let together: [Round, ...Round[]] | null = null;
  for (const round of rounds) {
    if (together !== null && round.isAlongside) together.push(round);
    else {
      if (together !== null) yield together;
      together = [round];
    }
  }
  if (together !== null) yield together;
}
