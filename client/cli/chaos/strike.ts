// How a fault is played on the one that was chosen, act by act. Resolves when the fault has ended; that the cluster is well again
// is waited for by whoever called.
import type { FaultName } from "./faults.ts";
import { handOver } from "./plays/hand-over.ts";
import { lostElection } from "./plays/lost-election.ts";
import type { Stage, Struck } from "./plays/stage.ts";
import { othersOf, termOf, untilElected } from "./plays/stage.ts";

type Play = (stage: Stage, struck: Struck) => Promise<void>;

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
  handOver,
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
  lostElection,
};
