import type { PartitionedMachine } from "../../../../core/replica/partitioned-machine.ts";
import type { ScrubBudget, Scrubbed } from "../../../../core/replica/scrub.ts";
import { SCRUB_BYTES_PER_TICK, ScrubRounds } from "../../../../core/replica/watching/scrub-rounds.ts";

/** A round takes so many looks. */
function machineOf(looks: number): { readonly machine: PartitionedMachine; readonly budgets: number[] } {
  const budgets: number[] = [];
  const scrub = ({ bytes }: ScrubBudget): Scrubbed => {
    budgets.push(bytes);
    return { kind: budgets.length % looks === 0 ? "roundEnded" : "goesOn" };
  };
  return { machine: { scrub } as unknown as PartitionedMachine, budgets };
}

test("a large state is looked at with every tick, within the budget, and it is told how long a round took", () => {
  const { machine, budgets } = machineOf(200);
  const subject = new ScrubRounds();
  for (let nowMs = 0; nowMs < 10_000; nowMs += 25) subject.tick(machine, nowMs);
  expect(new Set(budgets)).toEqual(new Set([SCRUB_BYTES_PER_TICK]));
  expect(budgets).toHaveLength(400);
  expect(subject.progress).toEqual({ rounds: 2, lastRoundMs: 4_975 });
});

test("a small one is looked at once in four seconds", () => {
  const { machine, budgets } = machineOf(1);
  const subject = new ScrubRounds();
  for (let nowMs = 0; nowMs < 12_000; nowMs += 25) subject.tick(machine, nowMs);
  expect(budgets).toHaveLength(3);
});

test("another state is looked at at once", () => {
  const { machine, budgets } = machineOf(1);
  const subject = new ScrubRounds();
  subject.tick(machine, 0);
  subject.forget();
  subject.tick(machine, 25);
  expect(budgets).toHaveLength(2);
});
