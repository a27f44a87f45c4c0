// One round after the other of something happening to random members, each ended before the next: killed, paused, stopped in
// order, several at once, and all at once, as when the power goes. After each the group must serve again.
import type { Random } from "../../core/base/random.ts";
import type { TestCluster } from "./test-cluster.ts";
import { sleep } from "./test-case.ts";

export type Fault = (cluster: TestCluster, random: Random) => Promise<void>;

export const FAULTS = {
  killOne: async (cluster, random) => {
    const victim = await chooseVictim(cluster, random);
    await cluster.kill(victim);
    await sleep(random.between(0, 900));
    cluster.start(victim);
  },
  pauseOne: async (cluster, random) => {
    const victim = await chooseVictim(cluster, random);
    cluster.pause(victim);
    await sleep(random.between(100, 1_500));
    cluster.resume(victim);
  },
  pauseOneKillAnother: async (cluster, random) => {
    const [paused = 0, killed = 1] = random.shuffled(cluster.ordinals);
    cluster.pause(paused);
    await sleep(random.between(0, 500));
    await cluster.kill(killed);
    await sleep(random.between(0, 300));
    cluster.resume(paused);
    cluster.start(killed);
  },
  stopOne: async (cluster, random) => {
    const victim = await chooseVictim(cluster, random);
    await cluster.terminate(victim);
    await sleep(random.between(0, 500));
    cluster.start(victim);
  },
  killTwo: async (cluster, random) => {
    const victims = random.shuffled(cluster.ordinals).slice(0, 2);
    await cluster.kill(...victims);
    await sleep(random.between(0, 500));
    for (const victim of victims) cluster.start(victim);
  },
  powerLoss: async (cluster) => {
    await cluster.kill(...cluster.ordinals);
    cluster.startAll();
  },
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof FAULTS;

/** Every name in turn, in an order that changes. */
export function faultOrder(rounds: number, random: Random): readonly FaultName[] {
  const names = Object.keys(FAULTS) as FaultName[];
  return Array.from({ length: Math.ceil(rounds / names.length) }, () => random.shuffled(names))
    .flat()
    .slice(0, rounds);
}

/** The leader half of the time: much more depends on it. */
async function chooseVictim(cluster: TestCluster, random: Random): Promise<number> {
  const leader = random.chance(0.5) ? await cluster.group.leader() : null;
  return leader?.ordinal ?? random.pick(cluster.ordinals);
}
