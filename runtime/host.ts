// Feeds one core from one mailbox and carries out what it answers. A turn steps everything that has arrived, then the ticks
// that are due, then `turnEnded`, and only then executes the effects, in order: under load many events share one disk
// write and one send per peer, and when there is nothing else to do an event waits for nothing.
//
// Which ticks come before what has arrived, and which behind it, is decided in turn-ticks.ts. A core that throws is a bug,
// and a host with a bug never steps again.
import type { Clock } from "./clock.ts";
import type { TickReport } from "./ticker.ts";
import type { Tick } from "./turn-ticks.ts";
import { TurnTicks } from "./turn-ticks.ts";

export interface ServiceCore<Event, Effect> {
  /** Runs to completion. Never waits, never throws for something that a caller or a peer can cause. */
  step(event: Event): readonly Effect[];
  /** Whether a turn without any event would have something to do. */
  hasMore?(): boolean;
  /** For so many ticks there is nothing to do unless something arrives: they may come together. */
  quietTicks?(): number;
}

/** What every core is told by its host. */
export type HostEvent = Tick | { readonly kind: "turnEnded" };

export type TurnReport = { readonly events: number; readonly effects: number; readonly durationMs: number };

export type HostOptions<Event, Effect> = {
  readonly core: ServiceCore<Event | HostEvent, Effect>;
  readonly clock: Clock;
  readonly execute: (effect: Effect) => void;
  /** The core or the execution of an effect threw. The process can't go on. */
  readonly onBug: (error: unknown) => void;
  readonly onTurn?: (report: TurnReport) => void;
  readonly onTick?: (report: TickReport) => void;
  readonly limits?: HostLimits;
};

export type HostLimits = {
  /** Events in the mailbox at which new requests are refused ... */
  readonly requestsMax: number;
  /** ... and at which messages of peers are dropped: those must get through while requests are turned away. */
  readonly messagesMax: number;
  /** A turn takes no further event after this long, so that sockets and the disk are heard in between. */
  readonly sliceMs: number;
};

export const DEFAULT_HOST_LIMITS: HostLimits = { requestsMax: 10_000, messagesMax: 20_000, sliceMs: 4 };

/** Reading the clock costs more than a small step; this many steps are well below a millisecond. */
const STEPS_PER_CLOCK_READING = 32;

type Stage = "waiting" | "running" | "ended";

export class Host<Event extends { readonly kind: string }, Effect> {
  readonly #options: HostOptions<Event, Effect>;
  readonly #limits: HostLimits;
  readonly #ticks: TurnTicks;
  #mailbox: Event[] = [];
  #stage: Stage = "waiting";
  #isTurnScheduled = false;

  constructor(options: HostOptions<Event, Effect>) {
    this.#options = options;
    this.#limits = options.limits ?? DEFAULT_HOST_LIMITS;
    this.#ticks = new TurnTicks({
      clock: options.clock,
      onTick: (report) => {
        options.onTick?.(report);
        this.#scheduleTurn();
      },
    });
  }

  start(): void {
    this.#stage = "running";
    this.#ticks.start();
    // At once: a core may have things to do from its very beginning.
    this.#scheduleTurn();
  }

  /** Nothing is stepped or executed after this. */
  end(): void {
    this.#stage = "ended";
    this.#ticks.stop();
    this.#mailbox = [];
  }

  /** For what comes from outside and may be turned away. False: it was, and nothing of it happened. */
  offer(event: Event, from: "request" | "message"): boolean {
    const limit = from === "request" ? this.#limits.requestsMax : this.#limits.messagesMax;
    if (this.#stage === "ended" || this.#mailbox.length >= limit) return false;
    this.deliver(event);
    return true;
  }

  /** For what the core itself asked for: as many confirmations as there were effects, so never refused. */
  deliver(event: Event): void {
    if (this.#stage === "ended") return;
    this.#mailbox.push(event);
    this.#scheduleTurn();
  }

  #scheduleTurn(): void {
    if (this.#isTurnScheduled || this.#stage !== "running") return;
    this.#isTurnScheduled = true;
    // After the sockets and files that are ready have been read in this round of the event loop; no timer is involved.
    setImmediate(() => {
      this.#isTurnScheduled = false;
      this.#turn();
    });
  }

  #turn(): void {
    if (this.#stage !== "running") return;
    const startMs = this.#options.clock.monotonicMs();
    try {
      const { events, effects } = this.#step(startMs);
      for (const effect of effects) this.#execute(effect);
      this.#options.onTurn?.({ events, effects: effects.length, durationMs: this.#options.clock.monotonicMs() - startMs });
      if (this.#mailbox.length > 0 || this.#options.core.hasMore?.() === true) this.#scheduleTurn();
    } catch (error) {
      this.end();
      this.#options.onBug(error);
    }
  }

  #execute(effect: Effect): void {
    // An effect may end the host: "nothing after this is done".
    if (this.#stage === "running") this.#options.execute(effect);
  }

  #step(startMs: number): { readonly events: number; readonly effects: readonly Effect[] } {
    const { core, clock } = this.#options;
    const effects: Effect[] = [];
    const step = (event: Event | HostEvent): void => {
      for (const effect of core.step(event)) effects.push(effect);
    };
    for (const tick of this.#ticks.before()) step(tick);
    const batch = this.#mailbox;
    this.#mailbox = [];
    let taken = 0;
    for (const event of batch) {
      if (taken % STEPS_PER_CLOCK_READING === 0 && clock.monotonicMs() - startMs > this.#limits.sliceMs) break;
      taken += 1;
      step(event);
    }
    if (taken < batch.length) this.#mailbox = batch.slice(taken).concat(this.#mailbox);
    for (const tick of this.#ticks.behind()) step(tick);
    step({ kind: "turnEnded" });
    this.#ticks.rest(() => (this.#mailbox.length === 0 ? (core.quietTicks?.() ?? 1) : 1));
    return { events: taken, effects };
  }
}
