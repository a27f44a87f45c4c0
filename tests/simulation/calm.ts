// A group without any fault: nobody stands for election, and leadership moves where a person wants it, at once.
import { TICK_MS } from "../../runtime/ticker.ts";
import { Violation } from "./world/violation.ts";
import type { Process } from "./world/process.ts";
import type { World } from "./world/world.ts";

/** Longer than any election timeout of the plan, which is below twice `electionTicks`. */
const QUIET_TIMEOUTS = 2.5;
const TRANSFER_MS_MAX = 3_000;
const ASK_EVERY_MS = 500;
const LOOK_EVERY_MS = 10;

export function stayCalm(world: World): void {
  const { leader } = world;
  if (leader === null) throw stuck("a group at rest has a leader", "nobody leads");
  const { term } = leader;
  world.runUntil(world.nowUs + QUIET_TIMEOUTS * world.plan.timing.electionTicks * TICK_MS * 1_000);
  if (world.leader !== leader || leader.term !== term) {
    throw stuck(
      "a group at rest elects nobody",
      `${leader.name} led in term ${term}; now ${world.leader?.name ?? "nobody"} does, in term ${world.leader?.term ?? 0}`,
    );
  }
  const successor = world.wanted.find((process) => process !== leader);
  if (successor !== undefined) moveLeadership(world, { leader, successor });
}

function moveLeadership(world: World, { leader, successor }: { readonly leader: Process; readonly successor: Process }): void {
  const { term } = leader;
  let answer = "no answer";
  for (let waitedMs = 0; world.leader !== successor; waitedMs += LOOK_EVERY_MS) {
    if (waitedMs > TRANSFER_MS_MAX) {
      throw stuck("leadership moves when it is asked to", `${successor.name} does not lead after ${waitedMs} ms: ${answer}`);
    }
    // Now and then a request is turned away because there are too many.
    if (waitedMs % ASK_EVERY_MS === 0) {
      leader.ask({ kind: "transferLeadership", to: successor.member }, (outcome) => {
        answer = outcome.kind === "refused" ? outcome.refusal.message : outcome.kind;
      });
    }
    world.runUntil(world.nowUs + LOOK_EVERY_MS * 1_000);
  }
  if (successor.term !== term + 1) throw stuck("leadership moves when it is asked to", `it took ${successor.term - term} terms`);
}

function stuck(promise: string, what: string): Violation {
  return new Violation("stuck", promise, what);
}
