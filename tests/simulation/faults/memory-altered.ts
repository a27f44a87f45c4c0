// A bit of a value in a member's memory is not what was put there, by a worn memory or a stray write; nothing that the program
// does says so. Before it is found it may be served, and nobody can promise otherwise; so it is the value of a key that no
// client knows. Found it must be, within ten seconds in which the member runs, and from then on it is never served.
import { utf8 } from "../../../core/base/bytes.ts";
import { TICK_MS } from "../../../runtime/ticker.ts";
import type { Process } from "../world/process.ts";
import { Violation } from "../world/violation.ts";
import type { World } from "../world/world.ts";
import { decodeResult, encodeCommand, encodeQuery } from "../workloads/encoding.ts";
import { chosen } from "./fault.ts";
import type { Fault } from "./fault.ts";

const LOOK_EVERY_US = 50_000;
const LOOKS_MAX = 40;
const FOUND_WITHIN_TICKS = 10_000 / TICK_MS;
const VALUE = "as it was put";

type Altered = { readonly process: Process; readonly life: unknown; readonly key: string; readonly atTick: number };

export const memoryAltered: Fault = {
  weight: 3,
  forMs: { min: 1, max: 1 },
  begin(world, { dice }) {
    const process = dice[1] < 0.4 ? world.leader : chosen(world.running, dice[0]);
    if (process === null || !process.hasGroup) return null;
    const key = `memory-${world.nowUs}`;
    world.leader?.ask({ kind: "write", command: encodeCommand({ kind: "put", key, value: VALUE }), session: null }, () => undefined);
    alterOnceThere(world, { process, key, looksLeft: LOOKS_MAX });
    return null;
  },
};

type Awaited = { readonly process: Process; readonly key: string; readonly looksLeft: number };

function alterOnceThere(world: World, { process, key, looksLeft }: Awaited): void {
  if (looksLeft === 0) return;
  if (process.stage === "serving" && process.alterMemory(utf8(key))) {
    world.effects["memory altered"]++;
    world.unnoticed.add(key);
    watch(world, { process, life: process.life, key, atTick: process.ticks });
    return;
  }
  world.after(LOOK_EVERY_US, () => alterOnceThere(world, { process, key, looksLeft: looksLeft - 1 }));
}

function watch(world: World, altered: Altered): void {
  const { process, life, key, atTick } = altered;
  // What it had in memory is gone, or replaced.
  const isGone = process.life !== life || process.valueInMemory(utf8(key)) === VALUE;
  if (isGone || process.stage === "diverged") world.unnoticed.delete(key);
  if (isGone) return;
  if (process.stage === "diverged") {
    world.effects["altered memory found"]++;
    readUntilServed(world, altered);
    return;
  }
  if (process.ticks - atTick > FOUND_WITHIN_TICKS) {
    throw new Violation("invariant", "what is altered in memory is found", `${process.name} has run for ten seconds with an altered value`);
  }
  world.after(LOOK_EVERY_US, () => watch(world, altered));
}

function readUntilServed(world: World, altered: Altered): void {
  const { process, life, key } = altered;
  if (process.life !== life) return;
  process.ask({ kind: "read", query: encodeQuery({ key }), consistency: "linearizable" }, (outcome) => {
    if (outcome.kind !== "done" || outcome.value.kind !== "result") return;
    const read = decodeResult(outcome.value.result);
    if (read.kind !== "found" || read.value !== VALUE) {
      throw new Violation("history", "what was found altered is never served", `${process.name} served ${JSON.stringify(read)} for ${key}`);
    }
  });
  if (process.stage === "serving") world.effects["diverged member serves again"]++;
  else world.after(LOOK_EVERY_US, () => readUntilServed(world, altered));
}
