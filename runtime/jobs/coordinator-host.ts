// The host of a coordinator: one event at a time, effects in order. The store is asked through a port, whose answers come back
// as events; a question of a client is a promise that is kept when the core answers it.
import type { Coordinator } from "../../core/coordinator/coordinator.ts";
import type { CoordinatorEffect, JobEvent, Observation, StoreEffect } from "../../core/coordinator/effects.ts";
import type { Call, CoordinatorEvent, StoreAnswer } from "../../core/coordinator/events.ts";
import { factsIn } from "../../core/coordinator/events.ts";
import type { Outcome } from "../../core/base/outcome.ts";
import { unknown } from "../../core/base/outcome.ts";
import type { Clock } from "../clock.ts";
import { EventSteps } from "./event-steps.ts";

/** Never rejects: what can't be known is an answer, too. Effects of one job are performed in the order in which they come. */
export interface JobStore {
  perform(effect: StoreEffect): Promise<StoreAnswer>;
}

export type CoordinatorHostOptions = {
  readonly core: Coordinator;
  readonly store: JobStore;
  readonly clock: Clock;
  readonly observe: (observation: Observation) => void;
  readonly onBug: (error: unknown) => void;
};

export type JobListener = {
  readonly onEvent: (event: JobEvent) => void;
  /** This coordinator has the jobs no longer: others hear what comes. */
  readonly onEnd: () => void;
};

const TICK_MS = 50;

export class CoordinatorHost {
  readonly #options: CoordinatorHostOptions;
  readonly #answers = new Map<number, (outcome: Outcome<unknown>) => void>();
  readonly #listeners = new Map<string, Set<JobListener>>();
  #nextRequest = 1;
  /** How often it has lost the jobs. */
  #deactivations = 0;
  #timer: NodeJS.Timeout | null = null;
  readonly #steps: EventSteps<CoordinatorEvent, CoordinatorEffect>;

  constructor(options: CoordinatorHostOptions) {
    this.#options = options;
    this.#steps = new EventSteps({
      core: options.core,
      execute: (effect) => this.#execute(effect),
      onBug: (error) => {
        this.end();
        options.onBug(error);
      },
    });
  }

  get isActive(): boolean {
    return this.#options.core.state.isActive;
  }

  /** For people who look at this process. */
  summary(): Readonly<Record<string, unknown>> {
    const { jobs, opening, ended, workers } = this.#options.core.state;
    return {
      jobs: jobs.size,
      takingOver: opening.size,
      ended: ended.size,
      workers: [...workers.values()].map((each) => ({ ...factsIn(each), seenMs: each.seenMs })),
    };
  }

  start(): void {
    this.#tick();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  activate(): void {
    this.#steps.take({ kind: "activated" });
  }

  deactivate(): void {
    this.#deactivations++;
    this.#steps.take({ kind: "deactivated" });
    for (const listener of [...this.#listeners.values()].flatMap((each) => [...each])) listener.onEnd();
  }

  /** Unknown after the deadline: it may be done, or become so. */
  ask(call: Call, timeoutMs: number): Promise<Outcome<unknown>> {
    const request = this.#nextRequest++;
    return new Promise((resolve) => {
      const deadline = setTimeout(() => {
        this.#answers.delete(request);
        this.#steps.take({ kind: "requestClosed", request });
        resolve(unknown("deadline"));
      }, timeoutMs);
      this.#answers.set(request, (outcome) => {
        clearTimeout(deadline);
        resolve(outcome);
      });
      this.#steps.take({ kind: "request", request, call });
    });
  }

  /** Returns what ends it. */
  listen(job: string, listener: JobListener): () => void {
    const listeners = this.#listeners.get(job) ?? new Set<JobListener>();
    this.#listeners.set(job, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(job);
    };
  }

  end(): void {
    this.#steps.end();
    if (this.#timer !== null) clearInterval(this.#timer);
    for (const answer of this.#answers.values()) answer(unknown("shutdown"));
    this.#answers.clear();
  }

  /** What was asked before the jobs were lost is answered to nobody: later answers of their kind would be taken for one another. */
  #perform(effect: StoreEffect): void {
    const deactivations = this.#deactivations;
    void this.#options.store.perform(effect).then((answer) => {
      if (deactivations === this.#deactivations) this.#steps.take(answer);
    });
  }

  #tick(): void {
    const { clock } = this.#options;
    this.#steps.take({ kind: "tick", nowMs: clock.monotonicMs(), wallMs: clock.wallMs() });
  }

  #execute(effect: CoordinatorEffect): void {
    switch (effect.kind) {
      case "answer": {
        const answer = this.#answers.get(effect.request);
        this.#answers.delete(effect.request);
        return answer?.(effect.outcome);
      }
      case "tell":
        for (const listener of this.#listeners.get(effect.job) ?? []) listener.onEvent(effect.event);
        return;
      case "observe":
        return this.#options.observe(effect.observation);
      case "readIndex":
      case "writeIndex":
      case "create":
      case "raiseFence":
      case "remove":
      case "load":
      case "commit":
        return this.#perform(effect);
    }
  }
}
