// How a fault is played on the one that was chosen, act by act. Resolves when the fault has ended; that the cluster is well again
// is waited for by whoever called.
import type { Act, FaultName } from "./faults.ts";
import { handOver } from "./plays/hand-over.ts";
import { lostElection } from "./plays/lost-election.ts";
import type { Stage, Struck } from "./plays/stage.ts";
import { othersOf, termOf, untilElected } from "./plays/stage.ts";

/** The same to each of them, at one moment. */
async function each({ injector }: Stage, act: Act, names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => injector.perform(act, name)));
}

type Play = (stage: Stage, struck: Struck) => Promise<void>;

export const PLAYS: Readonly<Record<FaultName, Play>> = {
  kill: (stage, struck) => each(stage, "kill", struck.names),
  stop: (stage, struck) => each(stage, "stop", struck.names),
  evict: ({ injector }, { name }) => injector.perform("evict", name),
  wipe: ({ injector }, { name }) => injector.perform("wipe", name),
  async pause(stage, { round, names }) {
    await each(stage, "pause", names);
    await stage.sleep(round.holdMs);
    await each(stage, "resume", names);
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
  /** Of each group that is whole one member is down then, which each can spare. */
  async killLeaders(stage, { group, name }) {
    const others = (await stage.groups()).filter(({ service, group: other }) => service === "replica" && other !== group.group);
    const whole = others.filter(({ members }) => members.length > 2 && members.every(({ isWell }) => isWell));
    await each(stage, "kill", [name, ...whole.flatMap(({ leader }) => leader ?? [])]);
  },
  async move({ injector, moveShards, sleep }, { round, group, name }) {
    await moveShards(group.group);
    await sleep(round.holdMs);
    await injector.perform("kill", name);
  },
  handOver,
  powerLoss: (stage, { group }) =>
    each(
      stage,
      "kill",
      group.members.map(({ name }) => name),
    ),
  depose: (stage, struck) => deposed(stage, struck, () => Promise.resolve()),
  /**
   * The others' connections end with them, so that nothing of the new term waits in the old leader's sockets: as it goes on, it
   * finds its clients' reads there, and hears of the others only when it has taken their new connections.
   */
  cutOff: (stage, struck) => deposed(stage, struck, () => each(stage, "kill", othersOf(struck))),
  lostElection,
};

/** The leader stands still until another one has taken its place and serves, and goes on without knowing. */
async function deposed(stage: Stage, struck: Struck, meanwhile: () => Promise<void>): Promise<void> {
  const { injector, sleep, untilServed } = stage;
  const { round, group, name } = struck;
  const term = await termOf(stage, struck);
  await injector.perform("pause", name);
  await meanwhile();
  await untilElected(stage, group, { among: othersOf(struck), after: term });
  await untilServed(group);
  await sleep(round.holdMs);
  await injector.perform("resume", name);
}
