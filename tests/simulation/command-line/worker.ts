// A process that runs seeds as it is told, one after the other, so that several cores work and one seed can't disturb another.
import type { RunResult } from "../run.ts";
import { run } from "../run.ts";
import { drawPlan } from "../swarm.ts";

export type Order = { readonly seed: number; readonly safetyMs: number | null };
/** `cpuMs`: what the processor did for it in user and kernel mode, whatever else the machine was busy with meanwhile. */
export type Delivery = { readonly result: RunResult; readonly cpuMs: number };

process.on("message", ({ seed, safetyMs }: Order) => {
  const before = process.cpuUsage();
  const result = run(drawPlan(seed, safetyMs === null ? {} : { safetyMs }));
  const { user, system } = process.cpuUsage(before);
  const delivery: Delivery = { result, cpuMs: (user + system) / 1_000 };
  process.send?.(delivery);
});
