// How a fault is played on the one that was chosen, act by act. Resolves when the fault has ended; that the cluster is well again
// is waited for by whoever called.
import type { ClusterView, GroupView } from "../status/cluster-view.ts";
import type { FaultName } from "./faults.ts";
import type { Injector } from "./injector.ts";
import type { Round } from "./schedule.ts";

export type Stage = {
  readonly injector: Injector;
  readonly look: () => Promise<ClusterView>;
  /** Until all of the cluster is well. */
  readonly untilWhole: () => Promise<void>;
  /** Gives some shards of a group, those with keys in use, to another. */
  readonly moveShards: (from: string) => Promise<void>;
  readonly sleep: (ms: number) => Promise<void>;
};

export type Struck = { readonly round: Round; readonly group: GroupView; readonly name: string };

type Play = (stage: Stage, struck: Struck) => Promise<void>;

/** How long somebody's vote is waited for. */
const VOTES_MS = 3_000;
const LOOK_MS = 5;

export const PLAYS: Readonly<Record<FaultName, Play>> = {
  kill: ({ injector }, { name }) => injector.perform("kill", name),
  stop: ({ injector }, { name }) => injector.perform("stop", name),
  wipe: ({ injector }, { name }) => injector.perform("wipe", name),
  drain: ({ injector }, { name }) => injector.perform("drain", name),
  async pause({ injector, sleep }, { round, name }) {
    await injector.perform("pause", name);
    await sleep(round.holdMs);
    await injector.perform("resume", name);
  },
  async cut({ injector, sleep }, { round, name }) {
    await injector.perform("cut", name);
    await sleep(round.holdMs);
    await injector.perform("rejoin", name);
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
  async lostElection({ injector, look, sleep }, { round, group, name }) {
    const termOf = (view: ClusterView): number => Math.max(...membersOf(view, group).map(({ term }) => term ?? 0));
    const term = termOf(await look());
    await injector.perform("pause", name);
    const untilMs = performance.now() + VOTES_MS;
    const others = group.members.filter((each) => each.name !== name);
    let voters: readonly string[] = [];
    while (voters.length === 0 && performance.now() < untilMs) {
      const answering = membersOf(await look(), group).filter((each) => others.some((other) => other.name === each.name));
      const candidates = answering.filter((each) => (each.term ?? 0) > term);
      const winner = candidates.find(({ role }) => role === "leader" || role === "candidate");
      if (winner !== undefined) voters = candidates.filter((each) => each.name !== winner.name).map((each) => each.name);
      await sleep(LOOK_MS);
    }
    await Promise.all(voters.map((voter) => injector.perform("kill", voter)));
    const winners = others.filter((each) => !voters.includes(each.name));
    for (const winner of winners) await injector.perform("pause", winner.name);
    await injector.perform("resume", name);
    await sleep(round.holdMs);
    for (const winner of winners) await injector.perform("resume", winner.name);
  },
};

const membersOf = (view: ClusterView, { service, group }: GroupView): GroupView["members"] =>
  view.groups.find((each) => each.service === service && each.group === group)?.members ?? [];
