// How a fault is played on the one that was chosen, act by act. Resolves when the fault has ended; that the cluster is well again
// is waited for by whoever called.
import type { GroupView } from "../status/cluster-view.ts";
import type { FaultName } from "./faults.ts";
import type { Injector } from "./injector.ts";
import type { Round } from "./schedule.ts";
import { pause } from "../../waiting.ts";

export type Stage = {
  readonly injector: Injector;
  /** How a member stands at this moment; null where it does not answer. Others are not asked, so that it is known at once. */
  readonly ask: (group: GroupView, name: string) => Promise<Standing | null>;
  /** Until clients of the group were answered since now; not for ever. */
  readonly untilServed: (group: GroupView) => Promise<void>;
  /** Until all of the cluster is well. */
  readonly untilWhole: () => Promise<void>;
  /** Gives some shards of a group, those with keys in use, to another. */
  readonly moveShards: (from: string) => Promise<void>;
  readonly sleep: (ms: number) => Promise<void>;
};

export type Standing = { readonly term: number; readonly role: string };

export type Struck = { readonly round: Round; readonly group: GroupView; readonly name: string };

type Play = (stage: Stage, struck: Struck) => Promise<void>;

/** How long a new leader is waited for. On a busy machine processes take many seconds to come back and elect one. */
const ELECTED_MS = 20_000;
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
  async depose(stage, struck) {
    const { injector, sleep, untilServed } = stage;
    const { round, group, name } = struck;
    const term = await termOf(stage, struck);
    await injector.perform("pause", name);
    await untilElected(stage, group, { among: othersOf(struck), after: term });
    await untilServed(group);
    await sleep(round.holdMs);
    await injector.perform("resume", name);
  },
  /**
   * The others' connections end with them, so that nothing of the new term waits in the old leader's sockets: as it goes on, it
   * finds its clients' reads there, and hears of the others only when it has taken their new connections.
   */
  async cutOff(stage, struck) {
    const { injector, sleep, untilServed } = stage;
    const { round, group, name } = struck;
    const term = await termOf(stage, struck);
    await injector.perform("pause", name);
    await Promise.all(othersOf(struck).map((other) => injector.perform("kill", other)));
    await untilElected(stage, group, { among: othersOf(struck), after: term });
    await untilServed(group);
    await sleep(round.holdMs);
    await injector.perform("resume", name);
  },
  /**
   * The leader of term t is killed. Of the others one is elected in t+1 by the vote of the last, which is killed at once, before
   * it has written anything of t+1 but its vote; the winner stands still. Whoever forgot its vote is in term t again, and elects
   * another leader of t+1 together with the first, which has not heard of it: that one is killed again if it is back already.
   */
  async lostElection(stage, struck) {
    const { injector, sleep } = stage;
    const { round, group, name } = struck;
    const term = await termOf(stage, struck);
    await injector.perform("kill", name);
    const winner = await untilElected(stage, group, { among: othersOf(struck), after: term });
    if (winner === null) return;
    const voters = group.members.map((each) => each.name).filter((each) => each !== winner);
    await Promise.all([injector.perform("pause", winner), ...voters.map((voter) => injector.perform("kill", voter))]);
    await untilElected(stage, group, { among: voters, after: term });
    await sleep(round.holdMs);
    await injector.perform("resume", winner);
  },
};

const othersOf = ({ group, name }: Struck): readonly string[] => group.members.map((each) => each.name).filter((each) => each !== name);

const termOf = async ({ ask }: Stage, { group, name }: Struck): Promise<number> => (await ask(group, name))?.term ?? 0;

type Election = { readonly among: readonly string[]; readonly after: number };

/** Who leads in a later term; null if nobody does in time. Each is asked on its own, so that the first is known at once. */
async function untilElected({ ask }: Stage, group: GroupView, { among, after }: Election): Promise<string | null> {
  const untilMs = performance.now() + ELECTED_MS;
  let winner: string | null = null;
  const askOn = async (name: string): Promise<void> => {
    while (winner === null && performance.now() < untilMs) {
      const standing = await ask(group, name);
      if (standing !== null && standing.term > after && standing.role === "leader") winner ??= name;
      else await pause(LOOK_MS);
    }
  };
  // Whoever does not answer is asked still, and must not keep the winner from being known.
  return new Promise((resolve) => {
    const asked = among.map((name) => askOn(name).then(() => winner !== null && resolve(winner)));
    void Promise.all(asked).then(() => resolve(winner));
  });
}
