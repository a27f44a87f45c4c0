// Two attempts of one task whose first worker stood still past its lease: their reports, the same reports once more, a take-over by another
// coordinator, and time, in every order. Whoever is first counts, for good.
import { ACoordinator, describeJob } from "../../core/coordinator/a-coordinator.ts";
import type { AttemptName } from "../../../core/mapreduce/assignment.ts";
import { NO_WORK } from "../../../core/mapreduce/report.ts";

const STEPS = ["a reports", "b reports", "a reports again", "b reports again", "take-over", "a takes more time"] as const;
type Step = (typeof STEPS)[number];

function* orders<T>(items: readonly T[]): Generator<readonly T[]> {
  if (items.length === 0) yield [];
  for (const [i, item] of items.entries()) for (const rest of orders([...items.slice(0, i), ...items.slice(i + 1)])) yield [item, ...rest];
}

type Race = { coordinator: ACoordinator; readonly names: Readonly<Record<"a" | "b", AttemptName>> };

/** Attempt 1 at a, whose lease is over; attempt 2 at b. */
function raced(phase: "map" | "reduce"): Race {
  const coordinator = new ACoordinator().planned(undefined, describeJob("j", { backups: false, leaseMs: 10_000 }));
  if (phase === "reduce") coordinator.mapped("w");
  const [first] = coordinator.grab("a", 1);
  coordinator.tick(10_000);
  const [second] = coordinator.grab("b", 1);
  if (first === undefined || second === undefined) throw new Error("nothing was given out");
  expect([first.name, second.name]).toMatchObject([
    { phase, task: 0, attempt: 1 },
    { phase, task: 0, attempt: 2 },
  ]);
  return { coordinator, names: { a: first.name, b: second.name } };
}

function report({ coordinator, names }: Race, worker: "a" | "b"): string {
  const name = names[worker];
  const counters = { [worker]: 1 };
  if (name.phase === "map") return coordinator.mapDone(worker, name, { counters }).verdict;
  const file = { name: "part-0", temporary: `part-0.${name.attempt}`, bytes: 1, checksum: "" };
  const work = { ...NO_WORK, recordsRead: 6 };
  return coordinator.report(worker, name, [
    { kind: "reduced", files: [file], keys: 1 },
    { work, counters },
  ]).verdict;
}

function take(race: Race, step: Step): readonly ["a" | "b", string] | null {
  if (step === "take-over") race.coordinator = new ACoordinator(race.coordinator.store);
  else if (step === "a takes more time") race.coordinator.tick(20_000);
  else {
    const worker = step.startsWith("a") ? "a" : "b";
    return [worker, report(race, worker)];
  }
  return null;
}

test.each(["map", "reduce"] as const)("in every order the first %s that reports is the one that counts", (phase) => {
  let tried = 0;
  for (const order of orders(STEPS)) {
    const race = raced(phase);
    let winner: "a" | "b" | null = null;
    for (const step of order) {
      const said = take(race, step);
      const table = (): { readonly attempt: number } | null => race.coordinator.job().tables[phase].at(0).winner;
      if (said !== null) {
        winner ??= said[0];
        if (said[1] !== (said[0] === winner ? "accepted" : "discarded")) throw new Error(`${order.join(", ")}: ${said.join(" was ")}`);
      }
      const attempt = winner === null ? null : race.names[winner].attempt;
      if ((table()?.attempt ?? null) !== attempt) throw new Error(`${order.join(", ")}: after "${step}" ${JSON.stringify(table())} counts`);
    }
    if (winner === null) throw new Error("nobody reported");
    const { counters } = race.coordinator.view();
    if (JSON.stringify(counters) !== JSON.stringify({ [winner]: 1 })) throw new Error(`${order.join(", ")}: ${JSON.stringify(counters)}`);
    if (phase === "reduce") expectPublished(race, winner);
    tried++;
  }
  expect(tried).toBe(720);
});

/** What is made visible is the winner's, and nobody else's. */
function expectPublished({ coordinator, names }: Race, winner: "a" | "b"): void {
  for (const { name } of coordinator.grab("c", 4)) coordinator.reduceDone("c", name, 6);
  const publish = coordinator.poll("d", { slots: 4 }).assignments.filter((each) => each.phase === "publish" && each.task === 0);
  const { attempt } = names[winner];
  expect(publish).toMatchObject([{ winner: attempt, files: [{ temporary: `part-0.${attempt}` }] }]);
}
