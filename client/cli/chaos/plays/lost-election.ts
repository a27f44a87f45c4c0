// A vote is given and counted, and whoever gave it dies before it hears from the leader that it made. A member that did not write
// its vote down first gives another one in the same term.
import type { Stage, Standing, Struck } from "./stage.ts";
import { othersOf, termOf, untilElected } from "./stage.ts";

/** For so long votes are waited for: an election begins after 0.6 s of silence at most. */
const VOTES_MS = 8_000;
/** How often who has voted is let go on to send what it has to say. */
const TURNS_AFTER_VOTE = 2;

/**
 * The leader of term t stands still, and of the others only one goes on at any time, for as long as it takes to answer once. So each
 * message that they send each other is one turn, and a vote of term t+1 is seen before it has arrived. Then only the winner goes on,
 * until it knows that it leads, and stands still; everybody else dies. Whoever forgot its vote is in term t again, and elects another
 * leader of t+1 together with the one of term t, which has heard nothing of it.
 */
export async function lostElection(stage: Stage, struck: Struck): Promise<void> {
  const { injector, sleep } = stage;
  const { round, group, name } = struck;
  const term = await termOf(stage, struck);
  const others = othersOf(struck);
  await Promise.all([name, ...others].map((each) => injector.perform("halt", each)));
  const winner = await untilVoted(stage, struck, term);
  if (winner === null) return resumeAll(stage, [name, ...others]);
  await injector.perform("resume", winner);
  await untilElected(stage, group, { among: [winner], after: term });
  await injector.perform("halt", winner);
  const rest = [name, ...others].filter((each) => each !== winner);
  await Promise.all(rest.map((each) => injector.perform("kill", each)));
  await untilElected(stage, group, { among: rest, after: term });
  await sleep(round.holdMs);
  await injector.perform("resume", winner);
}

/** Who has, or will have, the votes of a majority, which all stand still; null: nobody stood for election in time. */
async function untilVoted(stage: Stage, struck: Struck, term: number): Promise<string | null> {
  const others = othersOf(struck);
  const votesNeeded = Math.floor(struck.group.members.length / 2);
  const seen = new Map<string, Standing>();
  const untilMs = performance.now() + VOTES_MS;
  while (performance.now() < untilMs) {
    for (const name of others) {
      const standing = await turnOf(stage, struck, name);
      if (standing !== null) seen.set(name, standing);
      const later = [...seen].filter(([, each]) => each.term > term);
      const voters = later.filter(([, { role }]) => role === "follower").map(([voter]) => voter);
      const winner = later.find(([, { role }]) => role !== "follower")?.[0];
      if (winner === undefined || voters.length < votesNeeded) continue;
      for (let turn = 0; turn < TURNS_AFTER_VOTE; turn++) for (const voter of voters) await turnOf(stage, struck, voter);
      return winner;
    }
  }
  return null;
}

async function turnOf({ injector, ask }: Stage, { group }: Struck, name: string): Promise<Standing | null> {
  await injector.perform("resume", name);
  const standing = await ask(group, name);
  await injector.perform("halt", name);
  return standing;
}

async function resumeAll({ injector }: Stage, names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => injector.perform("resume", name)));
}
