// Adds up what many runs found, and decides whether they proved enough.
import type { Healing } from "../healing.ts";
import type { RunResult, Verdict } from "../run.ts";
import { addEffects, EFFECT_NAMES, FAULT_EFFECTS, noEffects } from "../world/counters.ts";
import type { EffectName } from "../world/counters.ts";
import type { Delivery } from "./worker.ts";

export const ACKNOWLEDGED_MIN = 300;
export const EVENTS_PER_SECOND_MIN = 60_000;

export const EXIT_CODES = {
  passed: 0,
  usage: 2,
  invariant: 10,
  history: 11,
  stuck: 12,
  bug: 13,
  simulator: 14,
  notDeterministic: 15,
  proofTooWeak: 16,
  tooSlow: 17,
} as const satisfies Record<Exclude<Verdict["kind"], never> | "usage" | "notDeterministic" | "proofTooWeak" | "tooSlow", number>;

export type Failure = { readonly seed: number; readonly verdict: Exclude<Verdict, { readonly kind: "passed" }> };

export class Summary {
  readonly failures: Failure[] = [];
  readonly effects = noEffects();
  runs = 0;
  #steps = 0;
  #cpuMs = 0;
  #acknowledged = 0;
  readonly #healings: SeedHealing[] = [];

  add({ result, cpuMs }: Delivery): void {
    const { seed, verdict } = result;
    this.runs++;
    this.#steps += result.steps;
    this.#cpuMs += cpuMs;
    this.#acknowledged += result.acknowledged;
    addEffects(this.effects, result.effects);
    if (result.healing !== null) this.#healings.push({ seed, ...result.healing });
    if (verdict.kind !== "passed") this.failures.push({ seed, verdict });
  }

  get eventsPerSecond(): number {
    return this.#cpuMs === 0 ? 0 : (this.#steps / this.#cpuMs) * 1_000;
  }

  get acknowledgedPerSeed(): number {
    return this.runs === 0 ? 0 : this.#acknowledged / this.runs;
  }

  get neverHappened(): readonly EffectName[] {
    return EFFECT_NAMES.filter((name) => this.effects[name] === 0);
  }

  get text(): string {
    const faults = new Set<string>(FAULT_EFFECTS);
    const lines = (names: readonly EffectName[]): readonly string[] =>
      names.map((name) => `  ${name.padEnd(48)} ${String(this.effects[name]).padStart(10)}`);
    return [
      `${this.runs} seeds, ${this.#steps} events, ${Math.round(this.eventsPerSecond)} events a second of processor time`,
      `${this.acknowledgedPerSeed.toFixed(0)} acknowledged operations a seed`,
      describeHealings(this.#healings),
      "faults that took effect:",
      ...lines(EFFECT_NAMES.filter((name) => faults.has(name))),
      "rare states:",
      ...lines(EFFECT_NAMES.filter((name) => !faults.has(name))),
    ].join("\n");
  }
}

type SeedHealing = Healing & { readonly seed: number };

const SLOWEST_SHOWN = 5;

/** How long groups took to serve again. Some that need almost all of their ten seconds are a weakness that was lucky. */
function describeHealings(healings: readonly SeedHealing[]): string {
  const rising = healings.toSorted((a, b) => a.groupMs - b.groupMs);
  const within = (share: number): string => (rising[Math.ceil(share * rising.length) - 1]?.groupMs ?? 0).toFixed(0);
  const answered = healings.reduce((most, { ms }) => Math.max(most, ms), 0);
  return [
    `groups healed: half within ${within(0.5)} ms, 90 % within ${within(0.9)} ms, 99 % within ${within(0.99)} ms; the slowest:`,
    ...rising.slice(-SLOWEST_SHOWN).map(({ seed, groupMs, lastLack }) => `  seed ${seed} in ${groupMs.toFixed(0)} ms: ${lastLack}`),
    `clients had their answers within ${answered.toFixed(0)} ms`,
  ].join("\n");
}

export function describeFailure({ seed, verdict }: Failure): string {
  return [
    `seed ${seed} failed (${verdict.kind}) after ${verdict.atMs.toFixed(1)} simulated ms`,
    `  broken promise: ${verdict.promise}`,
    ...verdict.what.split("\n").map((line) => `  ${line}`),
    `  replay: make simulate SEED=${seed}`,
  ].join("\n");
}

export function describeResult(result: RunResult): string {
  const { seed, traceHash, steps, acknowledged, healing } = result;
  const healed = healing === null ? "not healed" : `group healed in ${healing.groupMs.toFixed(0)} ms: ${healing.lastLack}`;
  return `seed ${seed}: ${steps} events, ${acknowledged} acknowledged operations, trace ${traceHash}\n  ${healed}`;
}
