// After the faults: the world becomes what the protocol may rely on, and within ten seconds the group must serve through
// every member, and its members must agree. calm.ts then looks whether it stays that way.
import type { Oracle } from "./oracle.ts";
import type { Client } from "./workloads/client.ts";
import { Probe } from "./workloads/probe.ts";
import { CALM_NETWORK } from "./world/network.ts";
import type { Operator } from "./world/operator.ts";
import type { Process } from "./world/process.ts";
import { Violation } from "./world/violation.ts";
import type { World } from "./world/world.ts";

export const HEALING_MS_MAX = 10_000;
const LOOK_EVERY_MS = 20;
const PROMISE = "after the last fault the group serves again within ten seconds";

export type HealingPorts = {
  readonly world: World;
  readonly operator: Operator;
  readonly oracle: Oracle;
  readonly clients: readonly Client[];
};

/** In simulated milliseconds: until the group was well, and until its clients had their answers, too. */
export type Healing = { readonly groupMs: number; readonly ms: number; readonly lastLack: string };

export function heal(ports: HealingPorts): Healing {
  const { world, operator, clients } = ports;
  const startMs = world.nowMs;
  world.network.profile = CALM_NETWORK;
  for (const process of world.processes) process.disk.calm();
  operator.heal();
  for (const client of clients) client.end();
  const probes = world.wanted.map((process) => new Probe(world, process.place));
  for (const probe of probes) probe.start();
  let groupMs = 0;
  let lastLack = "nothing was missing";
  for (;;) {
    world.runUntil((world.nowMs + LOOK_EVERY_MS) * 1_000);
    const ms = world.nowMs - startMs;
    const groupLack = whatGroupLacks(world, probes);
    if (groupLack !== null) [groupMs, lastLack] = [ms, groupLack];
    const lack = groupLack ?? whatClientsLack(clients) ?? whatIsUnnoticed(world) ?? whatIsToCome(world);
    if (lack === null) return { groupMs, ms, lastLack };
    if (ms > HEALING_MS_MAX) throw new Violation("stuck", PROMISE, lack);
  }
}

function whatClientsLack(clients: readonly Client[]): string | null {
  const open = clients.flatMap((client) => client.openOperations);
  return open.length === 0 ? null : `${open.length} operations of clients have no answer, such as ${open[0] ?? ""}`;
}

/** Whoever has it will hand over, or begin anew, once it is found; only then is the group at rest. */
function whatIsUnnoticed({ unnoticed }: World): string | null {
  return unnoticed.size === 0 ? null : `nobody has found what was altered: ${[...unnoticed].join(", ")}`;
}

/** An upgrade of everybody goes on when the faults are over. */
function whatIsToCome({ isDisturbed }: World): string | null {
  return isDisturbed ? "a fault has not yet done all that it does" : null;
}

function whatGroupLacks(world: World, probes: readonly Probe[]): string | null {
  const { leader } = world;
  if (leader === null) return "nobody leads";
  for (const process of world.wanted) {
    const lack = whatLacks(process, leader);
    if (lack !== null) return `${process.name} ${lack}`;
  }
  for (const probe of probes) if (!probe.isServed) return `${world.process(probe.place).name} did not serve: ${probe.lastAnswer}`;
  return null;
}

function whatLacks(process: Process, leader: Process): string | null {
  if (!process.isRunning) return `does not run: ${process.ending ?? "nobody started it"}`;
  if (!leader.hasAsVoter(process.member)) return "is no voter yet";
  if (process.stage !== "serving") return `is ${process.stage ?? "not there"}`;
  const { appliedIndex } = process;
  return appliedIndex === leader.lastIndex ? null : `has applied ${appliedIndex} of ${leader.lastIndex}`;
}
