// The host of one replica, to the same rules as runtime/host.ts: a turn steps everything that has arrived, then the tick if
// one is due, then `turnEnded`; only then the effects are carried out, in order. Its ticks are the real ones.
import type { ReplicaEffect } from "../../../core/replica/effects.ts";
import type { ReplicaEvent } from "../../../core/replica/events.ts";
import { TurnTicks } from "../../../runtime/turn-ticks.ts";
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
  readonly quietTicks: () => number;
  readonly execute: (effect: ReplicaEffect) => void;
  /** All events of the turn are stepped, and nothing of what follows is done. */
  readonly onStepped: (effects: readonly ReplicaEffect[]) => void;
  readonly onTurnEnded: () => void;
  readonly onTick: () => void;
};

export class Mailbox {
  readonly #ports: MailboxPorts;
  #events: ReplicaEvent[] = [];
  readonly #ticks: TurnTicks;
  #isTurnScheduled = false;
  #hasStarted = false;
  #hasEnded = false;

  constructor(ports: MailboxPorts) {
    this.#ports = ports;
    const { clock, loop } = ports;
    this.#ticks = new TurnTicks({
      clock: { monotonicMs: () => clock.monotonicMs, wallMs: () => clock.wallMs },
      startTimer: (ms, run) => {
        let isWanted = true;
        loop.runAfter(clock.worldUs(ms), () => {
          if (isWanted && !this.#hasEnded) run();
        });
        return () => (isWanted = false);
      },
      onTick: () => this.#scheduleTurn(),
    });
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
    this.#ticks.start();
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
    if (this.#isOver) return;
    const { step, hasMore, quietTicks, execute, onStepped, onTurnEnded, onTick } = this.#ports;
    const events = this.#events;
    this.#events = [];
    const effects: ReplicaEffect[] = [];
    const stepInto = (event: ReplicaEvent): void => {
      for (const effect of step(event)) effects.push(effect);
    };
    const before = this.#ticks.before();
    for (const tick of before) stepInto(tick);
    for (const event of events) stepInto(event);
    const behind = this.#ticks.behind();
    for (const tick of behind) stepInto(tick);
    stepInto({ kind: "turnEnded" });
    this.#ticks.rest(quietTicks);
    onStepped(effects);
    for (const effect of effects) if (!this.#isOver) execute(effect);
    for (let told = 0; told < before.length + behind.length && !this.#isOver; told++) onTick();
    if (this.#isOver) return;
    onTurnEnded();
    if (this.#events.length > 0 || hasMore()) this.#scheduleTurn();
  }

  /** An effect may end the process, or at least its replica. */
  get #isOver(): boolean {
    return this.#hasEnded || this.#ports.loop.hasEnded;
  }
}
