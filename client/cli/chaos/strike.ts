// How a fault is played on the one that was chosen, act by act. Resolves when the fault has ended; that the cluster is well again
// is waited for by whoever called.
import type { GroupView } from "../status/cluster-view.ts";
import type { FaultName } from "./faults.ts";
import type { Injector } from "./injector.ts";
import type { Round } from "./schedule.ts";

export type Stage = {
  readonly injector: Injector;
  /** How a member stands at this moment; null where it does not answer. Others are not asked, so that it is known at once. */
  readonly ask: (group: GroupView, name: string) => Promise<Standing | null>;
  /** Until all of the cluster is well. */
  readonly untilWhole: () => Promise<void>;
  /** Gives some shards of a group, those with keys in use, to another. */
  readonly moveShards: (from: string) => Promise<void>;
  readonly sleep: (ms: number) => Promise<void>;
};

export type Standing = { readonly term: number; readonly role: string };

export type Struck = { readonly round: Round; readonly group: GroupView; readonly name: string };

type Play = (stage: Stage, struck: Struck) => Promise<void>;

/** How long somebody's vote is waited for. */
const VOTES_MS = 3_000;
const LOOK_MS = 5;

export const PLAYS: Readonly<Record<FaultName, Play>> = {
  kill: ({ injector }, { name }) => injector.perform("kill", name),
  stop: ({ injector }, { name }) => injector.perform("stop", name),
  wipe: ({ injector }, { name }) => injector.perform("wipe", name),
  async pause({ injector, sleep }, { round, name }) {
    await injector.perform("pause", name);
    await sleep(round.holdMs);
    await injector.perform("resume", name);
  },
  async killTwice({ injector, sleep }, { round, name }) {
    await injector.perform("kill", name);
    await sleep(round.holdMs);
    await injector.perform("kill", name);
  },
  async restartAll({ injector, untilWhole }, { group }) {
    for (const { name } of group.members) {
      await injector.perform("stop", name);
      await untilWhole();
    }
  },
  async move({ injector, moveShards, sleep }, { round, group, name }) {
    await moveShards(group.group);
    await sleep(round.holdMs);
    await injector.perform("kill", name);
  },
  async powerLoss({ injector }, { group }) {
    await Promise.all(group.members.map(({ name }) => injector.perform("kill", name)));
  },
  /**
   * The leader of term t stands still. Of the others one is elected in t+1 by the vote of the third, which is killed before it
   * hears of anything else; the one that was elected stands still, and the old leader goes on. Whoever came back without its
   * vote gives it again, and t+1 has two leaders.
   */
  async lostElection({ injector, ask, sleep }, { round, group, name }) {
    const term = (await ask(group, name))?.term ?? 0;
    const others = group.members.map((each) => each.name).filter((each) => each !== name);
    await injector.perform("pause", name);
    const untilMs = performance.now() + VOTES_MS;
    let winner: string | null = null;
    while (winner === null && performance.now() < untilMs) {
      const standings = await Promise.all(others.map(async (each) => ({ name: each, standing: await ask(group, each) })));
      winner = standings.find(({ standing }) => standing !== null && standing.term > term && standing.role === "leader")?.name ?? null;
      await sleep(LOOK_MS);
    }
    await Promise.all(others.filter((each) => each !== winner).map((voter) => injector.perform("kill", voter)));
    if (winner !== null) await injector.perform("pause", winner);
    await injector.perform("resume", name);
    await sleep(round.holdMs);
    if (winner !== null) await injector.perform("resume", winner);
  },
};
