// A person restores an old backup of one member's disk. The member has forgotten what it acknowledged and whom it voted for,
// and nobody can promise anything if that happens at just the wrong moment; so it is done when all others hold whatever it
// knew, and then it must be noticed, by the number of its start or by what its leader saw it acknowledge.
import { chosen } from "./fault.ts";
import type { Fault } from "./fault.ts";
import type { Process } from "../world/process.ts";
import type { World } from "../world/world.ts";

const LOOK_EVERY_US = 50_000;
const LOOKS_MAX = 60;
const KILLS_MAX = 6;
const PAUSE_US_MAX = 60_000;

export const oldBackup: Fault = {
  weight: 2,
  forMs: { min: 200, max: 3_000 },
  begin(world, { dice }) {
    const process = chosen(world.running, dice[0]);
    if (process === null || process.isLeader || !process.hasGroup || !world.budget.mayDestroy(process)) return null;
    const { member } = process;
    const backup = process.disk.backUp();
    return () => {
      if (process.member !== member || !world.budget.mayDestroy(process)) return;
      process.losePower();
      world.budget.destroyed(process);
      const look = (looksLeft: number): void => {
        if (process.isRunning || process.member !== member) return;
        if (looksLeft > 0 && !othersKnowAll(world, process)) {
          world.after(LOOK_EVERY_US, () => look(looksLeft - 1));
          return;
        }
        if (looksLeft > 0) {
          process.restore(backup);
          world.effects["old backup restored"]++;
        }
        process.start();
        endBeforeItActs(world, process, dice);
      };
      look(LOOKS_MAX);
    };
  },
};

/** It is killed, perhaps again and again, while it is just being told: its next starts look as late as those that its peers know. */
function endBeforeItActs(world: World, process: Process, dice: readonly number[]): void {
  const [, kills = 0, pause = 0] = dice;
  for (let i = 1; i <= Math.floor(kills * KILLS_MAX); i++) {
    world.after(i * Math.ceil(pause * PAUSE_US_MAX), () => {
      if (!process.isRunning) return;
      process.kill();
      process.start();
    });
  }
}

/** All others follow one leader in its term, and their disks hold everything that this one's held. */
function othersKnowAll({ wanted, leader }: World, process: Process): boolean {
  if (leader === null || process.ledger === null) return false;
  const { durable, durableHardState } = process.ledger;
  const { index, term } = durable.last;
  return wanted.every((other) => {
    if (other === process) return true;
    const isFollowing = other.isRunning && other.term === leader.term && other.follows === leader.member;
    return isFollowing && other.term >= durableHardState.term && other.ledger?.holds(index, term) === true;
  });
}
