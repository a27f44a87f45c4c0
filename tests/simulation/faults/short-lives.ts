// A follower that hears from its leader late is restarted twice before the leader's answers to its earlier lives have
// arrived: each life asks about reads, and must not take for an answer what another one was told.
import { between, chosen } from "./fault.ts";
import type { Fault } from "./fault.ts";
import type { Answer } from "../world/process.ts";
import { askAgain, READ } from "./asking.ts";

const LIVES = 3;
const READS_OF_A_LIFE = 12;

export const shortLives: Fault = {
  weight: 2,
  forMs: { min: 1_500, max: 3_000 },
  begin(world, { dice }) {
    const { leader } = world;
    const process = chosen(
      world.running.filter((each) => each !== leader && each.hasGroup),
      dice[0],
    );
    if (leader === null || process === null) return null;
    const clogUs = between(60_000, 250_000, dice[1]);
    const unclog = world.network.trouble({ from: leader.place, to: process.place }, { clogUs });
    // Long enough to hear of the leader and to ask, too short to be answered.
    const lifeUs = between(clogUs / 2, (clogUs * 3) / 2, dice[2]);
    let isOver = false;
    const answer: Answer = ({ kind }) => {
      if (kind === "unknown") world.effects["restarted before it was answered"]++;
    };
    const live = (livesLeft: number): void => {
      if (livesLeft === 0 || isOver) return;
      process.kill();
      process.start();
      askAgain(world, process, { operation: READ, count: READS_OF_A_LIFE, answer });
      world.after(lifeUs, () => live(livesLeft - 1));
    };
    live(LIVES);
    return () => {
      isOver = true;
      unclog();
    };
  },
};
