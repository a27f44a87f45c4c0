// A person restores an old backup of one member's disk. The member has forgotten what it acknowledged and whom it voted for,
// and nobody can promise anything if that happens at just the wrong moment; so it is done when all others hold whatever it
// knew, and then it must be noticed, by the number of its start or by what its leader saw it acknowledge.
import { chosen } from "./fault.ts";
import type { Fault } from "./fault.ts";
import type { Process } from "../world/process.ts";
import { Violation } from "../world/violation.ts";
import type { World } from "../world/world.ts";

const LOOK_EVERY_US = 50_000;
const LOOKS_MAX = 60;
/** What was on its way when it started again may bring it up to date before its leader hears what it has, and says so. */
const LOOKS_UNNOTICED_MAX = 20;
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
          expectToBeNoticed(world, process);
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
    world.disturbAfter(i * Math.ceil(pause * PAUSE_US_MAX), () => {
      if (!process.isRunning) return;
      process.kill();
      process.start();
    });
  }
}

/** The leader remembers what the member acknowledged; before it may send that again, it has to say that it was wiped. */
function expectToBeNoticed(world: World, process: Process): void {
  const { leader } = world;
  const { member } = process;
  if (leader === null || member === null) return;
  const { term } = leader;
  const acknowledged = leader.acknowledgedBy(member);
  let unnoticed = 0;
  const look = (looksLeft: number): void => {
    // Another leader doesn't know what was acknowledged to this one.
    const isSameLeader = leader.isLeader && leader.term === term && process.term <= term;
    if (looksLeft === 0 || !isSameLeader || process.member !== member) return;
    const found = process.foundLastIndex;
    const isAsBefore = found !== null && found < acknowledged && process.isRunning && process.lastIndex >= acknowledged;
    if (isAsBefore && ++unnoticed > LOOKS_UNNOTICED_MAX) {
      const what = `${member} had acknowledged ${acknowledged}, came back with ${found}, and was brought up to date as if nothing had been`;
      throw new Violation("invariant", "a member that lost what it acknowledged begins anew", what);
    }
    world.after(LOOK_EVERY_US, () => look(looksLeft - 1));
  };
  look(LOOKS_MAX);
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
