// The host of a worker: its questions go to coordinators over HTTP, its attempts to the executor, and what comes of both back
// into the core, one event at a time.
import type { Outcome } from "../../core/base/outcome.ts";
import { done, refused, REFUSALS, unknown } from "../../core/base/outcome.ts";
import type { RefusalCode } from "../../core/base/outcome.ts";
import { attemptText } from "../../core/mapreduce/assignment.ts";
import type { Answered, WorkerEffect, WorkerEvent } from "../../core/worker/events.ts";
import type { Worker } from "../../core/worker/worker.ts";
import type { Clock } from "../clock.ts";
import { Agent, request as send } from "../http/http-client.ts";
import { lookUp } from "../http/machine-names.ts";
import type { Logger } from "../logger.ts";
import type { RunningAttempt, TaskExecutor } from "../tasks/executor.ts";
import { EventSteps } from "./event-steps.ts";

export type WorkerHostOptions = {
  readonly core: Worker;
  readonly executor: TaskExecutor;
  readonly token: string | null;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onStopped: () => void;
  readonly onBug: (error: unknown) => void;
};

const TICK_MS = 50;
/** Beyond the time that a question may wait there. */
const ANSWER_MS = 5_000;
const REPORT_MS = 20_000;
const CONNECT_MS = 1_000;

export class WorkerHost {
  readonly #options: WorkerHostOptions;
  readonly #agent = new Agent({ connections: 16, pipelining: 1, connect: { timeout: CONNECT_MS, lookup: lookUp } });
  readonly #running = new Map<string, RunningAttempt>();
  #timer: NodeJS.Timeout | null = null;
  readonly #steps: EventSteps<WorkerEvent, WorkerEffect>;
  /** When a coordinator last answered. */
  heardMs: number | null = null;

  constructor(options: WorkerHostOptions) {
    this.#options = options;
    this.#steps = new EventSteps({ core: options.core, execute: (effect) => this.#execute(effect), onBug: options.onBug });
  }

  async start(): Promise<void> {
    const kept = await this.#options.executor.kept();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#tick();
    this.#steps.take({ kind: "started", kept });
  }

  /** Gives back what runs; `onStopped` when all of it has been taken back. */
  stop(): void {
    this.#steps.take({ kind: "stop" });
  }

  async end(): Promise<void> {
    this.#steps.end();
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#options.executor.close();
    await this.#agent.destroy();
  }

  #tick(): void {
    this.#steps.take({ kind: "tick", nowMs: this.#options.clock.monotonicMs() });
  }

  #execute(effect: WorkerEffect): void {
    const { executor, logger } = this.#options;
    switch (effect.kind) {
      case "poll": {
        const timeoutMs = effect.poll.waitMs + ANSWER_MS;
        void this.#ask(effect.to, { path: "/v1/workers/poll", body: effect.poll, timeoutMs }).then((answer) =>
          this.#steps.take({ kind: "polled", answer: answer as Extract<WorkerEvent, { readonly kind: "polled" }>["answer"] }),
        );
        return;
      }
      case "report": {
        const { job, phase, task, attempt, result } = effect.report.report;
        const name = { job, phase, task, attempt };
        if (result.kind === "failed")
          logger.warn(
            { event: "attemptFailed", ...name, failure: result.failure },
            `${attemptText(name)} failed: ${result.failure.message}`,
          );
        void this.#ask(effect.to, { path: "/v1/workers/report", body: effect.report, timeoutMs: REPORT_MS }).then((answer) =>
          this.#steps.take({ kind: "reported", name, answer: answer as Extract<WorkerEvent, { readonly kind: "reported" }>["answer"] }),
        );
        return;
      }
      case "start": {
        const text = attemptText(effect.assignment);
        logger.info({ event: "attemptStarted", attempt: text }, `${text} starts`);
        const attempt = executor.start(effect.assignment, {
          onProgress: (progress) => this.#steps.take({ kind: "progress", progress }),
          onFetchTrouble: (trouble) => this.#steps.take({ kind: "fetchTrouble", trouble }),
          onReport: (report) => {
            this.#running.delete(text);
            this.#steps.take({ kind: "finished", report });
          },
        });
        this.#running.set(text, attempt);
        return;
      }
      case "end":
        return this.#running.get(attemptText(effect.name))?.end();
      case "moved":
        return this.#running.get(attemptText(effect.name))?.moved([effect.source]);
      case "adopt": {
        const { job, source } = effect;
        const name = { job, phase: "map", task: source.task, attempt: source.attempt } as const;
        void executor.adopt(job, source).then((isDone) => this.#steps.take({ kind: "adopted", name, isDone }));
        return;
      }
      case "discard":
        void executor.discard(effect.name).catch((error: unknown) => this.#couldNot("discard", attemptText(effect.name), error));
        return;
      case "forget":
        void executor.forget(effect.job).catch((error: unknown) => this.#couldNot("forget", effect.job, error));
        return;
      case "stopped":
        return this.#options.onStopped();
    }
  }

  #couldNot(what: string, name: string, error: unknown): void {
    this.#options.logger.warn({ event: "cleaningFailed", error }, `could not ${what} ${name}: ${String(error)}`);
  }

  async #ask(
    to: string,
    { path, body, timeoutMs }: { readonly path: string; readonly body: unknown; readonly timeoutMs: number },
  ): Promise<Answered<unknown>> {
    const { token, clock } = this.#options;
    try {
      const response = await send(
        { origin: to, path },
        {
          method: "POST",
          headers: { "content-type": "application/json", ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
          body: JSON.stringify(body),
          dispatcher: this.#agent,
          headersTimeout: timeoutMs,
          bodyTimeout: timeoutMs,
          signal: AbortSignal.timeout(timeoutMs),
        },
      );
      const fields = (await response.body.json()) as Readonly<Record<string, unknown>>;
      if (response.statusCode >= 300) return readError(fields["error"]);
      this.heardMs = clock.monotonicMs();
      return { outcome: done(fields), leader: null };
    } catch {
      return { outcome: unknown("connectionLost"), leader: null };
    }
  }
}

function readError(error: unknown): Answered<never> {
  const { code, message, outcome, leader } = (error ?? {}) as Readonly<Record<string, unknown>>;
  const told = typeof leader === "string" ? leader : null;
  const isKnown = outcome === "refused" && typeof code === "string" && Object.hasOwn(REFUSALS, code);
  const read: Outcome<never> = isKnown ? refused(code as RefusalCode, String(message)) : unknown("connectionLost");
  return { outcome: read, leader: told };
}
