// Several groups, whose shards move while clients use them, and a group that is lost for ever or for a while, at any step of its moves.
// Somebody says that it is gone, or does not yet; it comes back, or never does. The others go on.
import { utf8 } from "../../../core/base/bytes.ts";
import type { GroupId } from "../../../core/base/ids.ts";
import { asGroup } from "../../../core/base/ids.ts";
import { Random } from "../../../core/base/random.ts";
import { decodeCommandEnvelope } from "../../../core/replica/applied/command-envelope.ts";
import type { Holders } from "../../../core/shard-controller/holders.ts";
import { ownerOf } from "../../../core/shards/configuration.ts";
import { isGroupLevel } from "../../../core/shards/group-commands.ts";
import { isServed } from "../../../core/shards/shard-status.ts";
import { shardOf } from "../../../core/shards/slots.ts";
import { Bench } from "../../core/shards/bench/bench.ts";
import { must } from "../must.ts";
import { Controllers } from "./controllers.ts";
import type { EffectCounts, EffectName, Stage } from "./counters.ts";
import { noEffects, STAGES } from "./counters.ts";
import { Ownership } from "./ownership.ts";
import { stagesOf } from "./stages.ts";
import { judgeHistory, judgeShards } from "./verdict.ts";

const GROUPS = ["1", "2", "3", "4"].map(asGroup);
const KEYS = ["{a}", "{b}", "{c}", "{d}", "{e}", "{f}"];
/** Some wait for ever, where a shard is lost. */
const CLIENTS = 6;
const CYCLES_MAX = 2;
/** Of 10 ms each: so long is waited for the step of a move at which the group is to be lost. */
const STAGE_STEPS_MAX = 200;
/** More often than others: only then is something lost that was moving, and an administrator's word can be wrong. */
const SERVED: Stage = "it served, and the source stood still";
/** Without faults, from a settlement on; and until clients have their answers. */
const REST_STEPS_MAX = 1_500;
const SETTLEMENTS_MAX = 6;
/** At the end of a log that one disk lacks. */
const CUT_MAX = 6;

export type ShardsResult = { readonly effects: EffectCounts; readonly operations: number; readonly simulatedMs: number };

class ShardsWorld {
  readonly #random: Random;
  readonly #bench: Bench;
  readonly #controllers: Controllers;
  readonly #ownership: Ownership;
  readonly #effects = noEffects();
  /** Shards that an administrator's word took from a group that may have served them, or does so yet by a chunk that is on its way. */
  #writtenOff: readonly number[] = [];
  /** The last, whether or not it is back. */
  #lost: GroupId | null = null;

  constructor(seed: number) {
    this.#random = new Random(seed).child("shards");
    const changesMax = this.#random.chance(0.2) ? 3 : 1_000;
    this.#bench = new Bench({ seed, groups: GROUPS.length, configurations: [], keys: KEYS, clients: CLIENTS, changesMax });
    // Looked at here, with an eye for what was written off.
    this.#bench.areOwnersCompared = false;
    this.#controllers = new Controllers(this.#bench);
    this.#ownership = new Ownership(this.#bench);
  }

  run(): ShardsResult {
    const random = this.#random;
    this.#controllers.join(...GROUPS.slice(0, random.between(3, GROUPS.length)));
    this.#steps(random.between(40, 120));
    for (let cycle = 0; cycle < CYCLES_MAX && this.#bench.gone.size === 0; cycle++) {
      this.#disturb(random.between(0, 2));
      this.#goOnWithout(this.#loseOne());
    }
    this.#rest();
    const keys = [...KEYS, ...this.#bench.clients.map(({ ownKey }) => ownKey)];
    const lost = judgeShards(this.#bench, this.#controllers.latest);
    if (lost > 0) this.#count("gone for good with shards of its own");
    this.#count("answer lost with a group", judgeHistory(this.#bench, this.#ownership, keys));
    for (const { witness } of this.#bench.groups)
      this.#count("settlement adopted in the middle of moves", witness.machine.state.settled.length);
    return { effects: this.#effects, operations: this.#bench.history.size, simulatedMs: this.#bench.nowMs };
  }

  #count(name: EffectName, times = 1): void {
    this.#effects[name] += times;
  }

  #steps(count: number, begins = true): void {
    for (let i = 0; i < count; i++) {
      if (this.#bench.areFaultsOn && this.#random.chance(0.01)) this.#bench.areControllersUp = this.#random.chance(0.7);
      this.#bench.step(begins);
      this.#ownership.look();
    }
  }

  #disturb(times: number): void {
    for (let i = 0; i < times; i++) {
      this.#change();
      this.#steps(this.#random.between(5, 80));
    }
  }

  /** As people would. What a group would have to do that was said to be gone is refused. */
  #change(): void {
    const { names, machine } = this.#controllers;
    const absent = GROUPS.filter((group) => !names.includes(group) && !this.#bench.gone.has(group));
    if (this.#random.chance(0.6)) {
      const shard = shardOf(utf8(this.#random.pick(KEYS)));
      this.#controllers.change({ kind: "move", shard, group: this.#random.pick(names) });
      return;
    }
    const isMade =
      absent.length > 0
        ? this.#controllers.join(this.#random.pick(absent))
        : names.length > 2 && this.#controllers.change({ kind: "leave", groups: [this.#random.pick(names)] });
    if (isMade && machine.gone.size > 0) this.#count("groups came or left while one was gone");
  }

  /** At a step of a move that is waited for, or at any moment; half of the time nothing else moves then. */
  #loseOne(): GroupId {
    if (this.#random.chance(0.5)) this.#until(() => this.#bench.isSettled, STAGE_STEPS_MAX);
    const { latest, names } = this.#controllers;
    const group = this.#random.pick(names);
    const stage = this.#random.pick([...STAGES, SERVED, SERVED]);
    if (stage !== "nothing of its moved") {
      const owned = KEYS.map((key) => shardOf(utf8(key))).filter((shard) => (ownerOf(latest, shard) === group) === isGiving(stage));
      const to = isGiving(stage) ? this.#random.pick(names.filter((name) => name !== group)) : group;
      if (owned.length > 0) this.#controllers.change({ kind: "move", shard: this.#random.pick(owned), group: to });
    }
    this.#until(() => stagesOf(this.#bench, group).has(stage), STAGE_STEPS_MAX);
    for (const met of stagesOf(this.#bench, group)) this.#count(`lost while ${met}`);
    this.#bench.lose(group);
    this.#lost = group;
    return group;
  }

  #goOnWithout(group: GroupId): void {
    const random = this.#random;
    this.#steps(random.between(0, 150));
    this.#disturb(random.pick([0, 0, 0, 1, 2]));
    if (random.chance(0.15)) {
      this.#count("back before anything was said");
      return this.#find(group);
    }
    const mayEvenFrozen = random.chance(0.7);
    for (let i = 0; i < SETTLEMENTS_MAX; i++) {
      const isMade = this.#settle(group, mayEvenFrozen);
      // It may be found at any moment after that.
      if (isMade && random.chance(0.15)) break;
      this.#steps(random.between(5, 200));
      if (isMade && this.#bench.isSettled) break;
    }
    this.#disturb(random.between(0, 2));
    if (!this.#controllers.machine.settlements.has(this.#controllers.latest.number) && random.chance(0.5))
      this.#settle(group, mayEvenFrozen);
    if (!random.chance(this.#writtenOff.length > 0 ? 0.9 : 0.5) || !this.#mayBeFound(group)) return;
    this.#count("back after a settlement");
    if (this.#writtenOff.length > 0) this.#count("back although what it served was written off");
    this.#find(group);
  }

  /** Whether a settlement was made. */
  #settle(group: GroupId, mayEvenFrozen: boolean): boolean {
    const asked = this.#ask(group, false);
    if (asked.kind === "known") return true;
    const isFrozen = asked.message.includes("evenFrozen");
    this.#count(isFrozen ? "settlement refused: a shard stands still" : "settlement refused for another reason");
    return isFrozen && mayEvenFrozen && this.#ask(group, true).kind === "known";
  }

  #ask(group: GroupId, evenFrozen: boolean): Holders {
    const { number } = this.#controllers.latest;
    const had = this.#bench.group(group).witness.machine.state.shards.flatMap(({ status }, shard) => (isServed(status) ? [shard] : []));
    const found = this.#controllers.settle({ groups: [group], evenFrozen }, () => this.#steps(this.#random.between(0, 5)));
    if (this.#controllers.latest.number === number || found.kind !== "known") return found;
    this.#count(evenFrozen ? "settlement made even of what stood still" : "settlement made");
    const awaited = this.#bench.groups.flatMap(({ witness }) =>
      witness.machine.state.shards.flatMap(({ status }, shard) => (status.kind === "frozen" && status.to === group ? [shard] : [])),
    );
    if (evenFrozen) this.#writtenOff = [...this.#writtenOff, ...awaited.filter((shard) => found.holders[shard] !== group)];
    for (const shard of had) {
      if (found.holders[shard] === group) continue;
      must(
        evenFrozen || this.#writtenOff.includes(shard),
        `a settlement takes shard ${String(shard)} from group ${group}, which has it alone`,
      );
      this.#ownership.writeOff(group, shard);
    }
    return found;
  }

  /**
   * A word that was wrong is mended only where the group has come as far as the configuration before the settlement, and moves nothing:
   * else a person has to choose between the two that may serve, as decision 21 says.
   */
  #mayBeFound(group: GroupId): boolean {
    if (this.#writtenOff.length === 0) return true;
    const { configuration, state } = this.#bench.group(group).witness.machine;
    const { settlements } = this.#controllers.machine;
    return state.isSettled && settlements.has(configuration.number + 1);
  }

  /** All of it, or one disk, which may lack the end of its log, but no step of a move. */
  #find(id: GroupId): void {
    const group = this.#bench.group(id);
    if (this.#random.chance(0.4)) {
      const last = group.log.findLastIndex(({ body }) => isGroupLevel(decodeCommandEnvelope(body)?.command ?? new Uint8Array())) + 1;
      const length = Math.max(last, group.log.length - this.#random.between(0, CUT_MAX));
      if (length < group.log.length) this.#count("back from one disk without the end of its log");
      this.#ownership.cut(id, length);
      group.recover(length);
    }
    this.#bench.find(id);
    this.#steps(this.#random.between(0, 100));
    if (this.#controllers.machine.gone.has(id) && this.#random.chance(0.7) && this.#controllers.join(id))
      this.#count("joined again after it was back");
  }

  /** The faults end. As an administrator would go on, until all that is there has come to rest. */
  #rest(): void {
    this.#bench.areFaultsOn = false;
    this.#bench.areControllersUp = true;
    for (let i = 0; i <= SETTLEMENTS_MAX; i++) {
      this.#until(() => this.#bench.isSettled, REST_STEPS_MAX);
      if (this.#bench.isSettled) break;
      must(i < SETTLEMENTS_MAX, `it does not come to rest: ${this.#bench.describe()}`);
      if (this.#lost !== null) this.#settle(this.#lost, true);
    }
    const waiting = (): readonly string[] =>
      this.#bench.clients.flatMap(({ openKeys }) => openKeys.filter((key) => this.#isOwnerThere(key)));
    this.#until(() => waiting().length === 0, REST_STEPS_MAX);
    must(waiting().length === 0, `nobody answers for ${waiting().join(", ")}`);
  }

  #isOwnerThere(key: string): boolean {
    const owner = ownerOf(this.#controllers.latest, shardOf(utf8(key)));
    return owner !== null && !this.#bench.gone.has(owner);
  }

  /** While there are faults, clients begin more. */
  #until(holds: () => boolean, stepsMax: number): void {
    for (let i = 0; i < stepsMax && !holds(); i++) this.#steps(1, this.#bench.areFaultsOn);
  }
}

const isGiving = (stage: Stage): boolean => stage === "it gave" || stage === "it stood still";

export const runShards = (seed: number): ShardsResult => new ShardsWorld(seed).run();
