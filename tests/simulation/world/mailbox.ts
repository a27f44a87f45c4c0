// The host of one replica, to the same rules as runtime/host.ts: a turn steps everything that has arrived, then the tick if
// one is due, then `turnEnded`; only then the effects are carried out, in order. Ticks keep to a schedule, and after a
// stall only a few are made up for.
import type { ReplicaEffect } from "../../../core/replica/effects.ts";
import type { ReplicaEvent } from "../../../core/replica/events.ts";
import { CATCH_UP_TICKS_MAX, TICK_MS } from "../../../runtime/ticker.ts";
import type { HostProfile } from "../run-plan.ts";
import type { Random } from "../../../core/base/random.ts";
import type { Clock } from "./clock.ts";
import type { EventLoop } from "./event-loop.ts";

export type MailboxPorts = {
  readonly loop: EventLoop;
  readonly clock: Clock;
  readonly profile: HostProfile;
  readonly random: Random;
  readonly step: (event: ReplicaEvent) => readonly ReplicaEffect[];
  /** Another turn is due even if nothing arrives. */
  readonly hasMore: () => boolean;
  readonly execute: (effect: ReplicaEffect) => void;
  /** All events of the turn are stepped, and nothing of what follows is done. */
  readonly onStepped: (effects: readonly ReplicaEffect[]) => void;
  readonly onTurnEnded: () => void;
  readonly onTick: () => void;
};

export class Mailbox {
  readonly #ports: MailboxPorts;
  #events: ReplicaEvent[] = [];
  #isTickDue = false;
  #isTurnScheduled = false;
  #dueMs: number;
  #hasStarted = false;
  #hasEnded = false;

  constructor(ports: MailboxPorts) {
    this.#ports = ports;
    this.#dueMs = ports.clock.monotonicMs;
  }

  /** Nothing is stepped or carried out after this. */
  end(): void {
    this.#hasEnded = true;
    this.#events = [];
  }

  get length(): number {
    return this.#events.length;
  }

  start(): void {
    this.#hasStarted = true;
    this.#dueMs = this.#ports.clock.monotonicMs + TICK_MS;
    this.#armTicker();
    this.#scheduleTurn();
  }

  /** False: turned away, and nothing of it happened. */
  offer(event: ReplicaEvent, from: "request" | "message"): boolean {
    const { requestsMax, messagesMax } = this.#ports.profile;
    if (this.#events.length >= (from === "request" ? requestsMax : messagesMax)) return false;
    this.deliver(event);
    return true;
  }

  deliver(event: ReplicaEvent): void {
    if (this.#hasEnded) return;
    this.#events.push(event);
    this.#scheduleTurn();
  }

  #scheduleTurn(): void {
    if (this.#isTurnScheduled || !this.#hasStarted) return;
    this.#isTurnScheduled = true;
    const { loop, random, profile } = this.#ports;
    loop.runAfter(random.between(profile.turnMinUs, profile.turnMaxUs), () => {
      this.#isTurnScheduled = false;
      this.#turn();
    });
  }

  #turn(): void {
    if (this.#hasEnded) return;
    const { clock, step, hasMore, execute, onStepped, onTurnEnded } = this.#ports;
    const events = this.#events;
    this.#events = [];
    const effects: ReplicaEffect[] = [];
    const stepInto = (event: ReplicaEvent): void => {
      for (const effect of step(event)) effects.push(effect);
    };
    for (const event of events) stepInto(event);
    if (this.#isTickDue) {
      this.#isTickDue = false;
      stepInto({ kind: "tick", monotonicMs: clock.monotonicMs, wallMs: clock.wallMs });
    }
    stepInto({ kind: "turnEnded" });
    onStepped(effects);
    for (const effect of effects) if (!this.#isOver) execute(effect);
    if (this.#isOver) return;
    onTurnEnded();
    if (this.#events.length > 0 || hasMore()) this.#scheduleTurn();
  }

  /** An effect may end the process, or at least its replica. */
  get #isOver(): boolean {
    return this.#hasEnded || this.#ports.loop.hasEnded;
  }

  #armTicker(): void {
    const { loop, clock } = this.#ports;
    const waitMs = Math.max(1, Math.ceil(this.#dueMs - clock.monotonicMs));
    loop.runAfter(clock.worldUs(waitMs), () => this.#tick());
  }

  #tick(): void {
    const lateMs = Math.max(0, this.#ports.clock.monotonicMs - this.#dueMs);
    const forgiven = Math.max(0, Math.floor(lateMs / TICK_MS) - CATCH_UP_TICKS_MAX);
    this.#dueMs += (1 + forgiven) * TICK_MS;
    this.#armTicker();
    this.#isTickDue = true;
    this.#ports.onTick();
    this.#scheduleTurn();
  }
}
