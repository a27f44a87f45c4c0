// The store as coordinators see it: linearizable, late, and sometimes silent about what became of a write. It watches what is
// written: what a job has committed must never change.
import type { StoreEffect } from "../../../core/coordinator/effects.ts";
import type { StoreAnswer } from "../../../core/coordinator/events.ts";
import { OPERATIONS_MAX } from "../../../core/kv/limits.ts";
import { decodeLine, liveLine } from "../../../core/coordinator/index-line.ts";
import { descriptionKey, fenceKey, INDEX_PREFIX, indexKey, recordKey } from "../../../core/mapreduce/job-keys.ts";
import { decodeRecord } from "../../../core/mapreduce/job-record.ts";
import { decodePage, TASKS_PER_PAGE } from "../../../core/mapreduce/task-pages.ts";
import type { Timeline } from "./timeline.ts";
import { must } from "../must.ts";

export type StoreTroubles = { readonly unknownChance: number; readonly delayMs: number };

export class SimulatedStore {
  readonly values = new Map<string, string>();
  readonly #timeline: Timeline;
  troubles: StoreTroubles = { unknownChance: 0, delayMs: 5 };

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  perform(effect: StoreEffect, answer: (answer: StoreAnswer) => void): void {
    const { random } = this.#timeline;
    const { unknownChance, delayMs } = this.troubles;
    const isSilent = random.chance(unknownChance);
    // Silent: it takes effect now, later or never, and nobody is told.
    if (isSilent) {
      this.#timeline.after(random.between(1, 400), () => answer(this.#silence(effect)));
      if (random.chance(0.7)) this.#timeline.after(random.between(1, 800), () => void this.applyNow(effect));
      return;
    }
    this.#timeline.after(random.between(1, delayMs), () => {
      const result = this.applyNow(effect);
      this.#timeline.after(random.between(1, delayMs), () => answer(result));
    });
  }

  #silence(effect: StoreEffect): StoreAnswer {
    switch (effect.kind) {
      case "readIndex":
        return { kind: "indexRead", entries: null };
      case "writeIndex":
        return { kind: "indexWritten", job: effect.job, isDone: false };
      case "create":
        return { kind: "created", job: effect.job, made: null };
      case "raiseFence":
        return { kind: "fenceRaised", job: effect.job, fence: null };
      case "remove":
        return { kind: "removed", job: effect.job, isDone: false };
      case "load":
        return { kind: "loaded", job: effect.job, load: effect.load, values: null };
      case "commit":
        return { kind: "committed", job: effect.job, outcome: "unknown" };
    }
  }

  applyNow(effect: StoreEffect): StoreAnswer {
    const { values } = this;
    switch (effect.kind) {
      case "readIndex":
        return {
          kind: "indexRead",
          entries: [...values]
            .filter(([key]) => key.startsWith(INDEX_PREFIX))
            .map(([key, value]) => [key.slice(INDEX_PREFIX.length), value]),
        };
      case "writeIndex":
        if (this.#saysOf(effect.job) === effect.run) values.set(indexKey(effect.job), effect.value);
        return { kind: "indexWritten", job: effect.job, isDone: true };
      case "create": {
        const key = descriptionKey(effect.job);
        if (!values.has(key)) for (const [name, value] of effect.writes) values.set(name, value);
        const [description, run] = [values.get(key) ?? "", this.#runOf(effect.job) ?? effect.job];
        if (!values.has(indexKey(effect.job)) || this.#saysOf(effect.job) !== run) values.set(indexKey(effect.job), liveLine(run));
        return { kind: "created", job: effect.job, made: { description, run } };
      }
      case "raiseFence": {
        const fence = Number(values.get(fenceKey(effect.job)) ?? "0") + 1;
        values.set(fenceKey(effect.job), String(fence));
        return { kind: "fenceRaised", job: effect.job, fence };
      }
      case "remove": {
        const line = values.get(indexKey(effect.job));
        const { ended, view } = JSON.parse(line ?? "{}") as { readonly ended?: boolean; readonly view?: { readonly submittedAt: number } };
        if (ended === true && view?.submittedAt === effect.submittedAt)
          for (const key of [...values.keys()])
            if (key.startsWith(`{job:${effect.job}}:`) || key === indexKey(effect.job)) values.delete(key);
        return { kind: "removed", job: effect.job, isDone: true };
      }
      case "load":
        return { kind: "loaded", job: effect.job, load: effect.load, values: effect.keys.map((key) => values.get(key) ?? null) };
      case "commit": {
        if (effect.writes.length > OPERATIONS_MAX) return { kind: "committed", job: effect.job, outcome: "tooLarge" };
        if (values.get(fenceKey(effect.job)) !== String(effect.fence)) return { kind: "committed", job: effect.job, outcome: "fenced" };
        for (const [key, value] of effect.writes) {
          this.#watch(key, value);
          values.set(key, value);
        }
        return { kind: "committed", job: effect.job, outcome: "done" };
      }
    }
  }

  /** The run of which the index speaks; where it says nothing, the one that there is. */
  #saysOf(job: string): string | undefined {
    const text = this.values.get(indexKey(job));
    if (text === undefined) return this.#runOf(job);
    const line = decodeLine(text);
    return line.ended ? line.view.run : line.run;
  }

  #runOf(job: string): string | undefined {
    const record = this.values.get(recordKey(job));
    return record === undefined ? undefined : decodeRecord(record).run;
  }

  /** A reduce that is done stays done, by the same attempt; numbers of attempts only rise. */
  #watch(key: string, value: string): void {
    const phase = /:(map|reduce|publish):\d+$/.exec(key)?.[1];
    const before = this.values.get(key);
    if (phase === undefined || before === undefined) return;
    const [old, now] = [before, value].map((text) => decodePage(text, TASKS_PER_PAGE));
    for (const [i, task] of (old ?? []).entries()) {
      const next = now?.[i];
      must(next !== undefined && next.attempts >= task.attempts, `${key}: task ${i} gives out numbers of attempts again`);
      must(!task.isCounted || next.isCounted, `${key}: task ${i} was counted, and is not any more`);
      if (phase === "map" || task.winner === null) continue;
      must(
        next.winner?.attempt === task.winner.attempt,
        `${key}: task ${i} was done by attempt ${task.winner.attempt}, and now by another`,
      );
    }
  }
}
