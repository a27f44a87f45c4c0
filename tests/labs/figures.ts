// What a lab measures against a threshold. A figure beyond its limit is a failure; the others are reported, so that one
// sees how far away the limit is.
import { demand } from "./script.ts";

export type Threshold = {
  readonly name: string;
  readonly unit: string;
  /** Infinity: only reported. */
  readonly limit: number;
  /** The labs say "at most" of some limits and "less than" of others. */
  readonly bound: "atMost" | "below";
};

export type Figure = Threshold & { readonly value: number };

export class Figures {
  readonly #worst = new Map<string, Figure>();

  measure(threshold: Threshold, value: number): void {
    const before = this.#worst.get(threshold.name);
    if (before === undefined || value > before.value) this.#worst.set(threshold.name, { ...threshold, value });
    demand(isWithin(threshold, value), () => `${describe({ ...threshold, value })} is beyond the limit`);
  }

  get all(): readonly Figure[] {
    return [...this.#worst.values()];
  }
}

export function isWithin({ limit, bound }: Threshold, value: number): boolean {
  return bound === "atMost" ? value <= limit : value < limit;
}

export function describe({ name, unit, limit, bound, value }: Figure): string {
  const threshold = limit === Infinity ? "" : ` ${bound === "atMost" ? "≤" : "<"} ${textOf(limit)}`;
  return `${name} ${textOf(value)}${threshold} ${unit}`;
}

const textOf = (value: number): string => (Number.isInteger(value) ? String(value) : value.toFixed(value < 100 ? 1 : 0));

/** Of many runs, the worst value of each figure. */
export function worstOf(runs: readonly (readonly Figure[])[]): readonly Figure[] {
  const worst = new Map<string, Figure>();
  for (const figure of runs.flat()) {
    const before = worst.get(figure.name);
    if (before === undefined || figure.value > before.value) worst.set(figure.name, figure);
  }
  return [...worst.values()];
}
