// The shard controllers alone: which groups there are, whose each shard is, and that no change moves more than it must.
import { asGroup } from "../../../core/base/ids.ts";
import type { Configuration, MemberAddress } from "../../../core/shards/configuration.ts";
import { ownerOf, shardsOf } from "../../../core/shards/configuration.ts";
import { SHARDS } from "../../../core/shards/slots.ts";
import { addressesOf } from "../kv/addresses.ts";
import type { Threshold } from "../figures.ts";
import type { Bench, Lab } from "../lab.ts";
import { demand, resultOf, sleep, Task } from "../script.ts";
import type { Script } from "../script.ts";
import type { Administrator, Members } from "./administrator.ts";
import { ShardedBed } from "./sharded-bed.ts";

export const CONTROLLER_LABS: readonly Lab[] = [
  { name: "TestBasic", script: basic },
  { name: "TestMulti", script: multi },
  { name: "TestMinimalAgain", script: minimalAgain },
];

const NONE = { groups: [], isReliable: true, stateBytesMax: null };
const CLERKS = 10;
const LEADER_POLLS_MAX = 3;

/** What this group's members are at; `size` of them. */
const at = (...ids: readonly (readonly [id: string, size: number])[]): Members =>
  Object.fromEntries(ids.map(([id, size]) => [id, addressesOf(id, size)]));

const three = (...ids: readonly (string | number)[]): Members => at(...ids.map((id) => [String(id), 3] as const));

/** These groups and no others, at these addresses; each shard is one of theirs, and none has two more than another. */
function demandGroups(configuration: Configuration, expected: Members): void {
  const names = Object.keys(configuration.groups).sort();
  const wanted = Object.keys(expected).sort();
  demand(String(names) === String(wanted), () => `groups are ${names.join()}, not ${wanted.join()}`);
  for (const [group, members] of Object.entries(expected)) demandAddresses(configuration.groups[group], members);
  if (wanted.length === 0) {
    demand(
      configuration.shards.every((owner) => owner === null),
      () => "a shard belongs to somebody, where there are no groups",
    );
    return;
  }
  const held = wanted.map((group) => shardsOf(configuration, asGroup(group)).length);
  demand(held.reduce((sum, each) => sum + each, 0) === SHARDS, () => "not every shard belongs to a group that is there");
  demand(Math.max(...held) <= Math.min(...held) + 1, () => `groups hold from ${Math.min(...held)} to ${Math.max(...held)} shards`);
}

function demandAddresses(members: readonly MemberAddress[] | undefined, expected: readonly MemberAddress[]): void {
  demand(JSON.stringify(members) === JSON.stringify(expected), () => `members are ${JSON.stringify(members)}`);
}

const isSame = (a: Configuration, b: Configuration): boolean =>
  a.number === b.number && String(a.shards) === String(b.shards) && canonical(a.groups) === canonical(b.groups);

const canonical = (groups: Configuration["groups"]): string => JSON.stringify(Object.entries(groups).sort(([a], [b]) => (a < b ? -1 : 1)));

type Step = { readonly kind: "join"; readonly members: Members } | { readonly kind: "leave"; readonly groups: readonly string[] };

/** After each step the groups are as expected; the configurations that held then. */
function* walk(administrator: Administrator, steps: readonly { readonly step: Step; readonly then: Members }[]): Script<Configuration[]> {
  const seen: Configuration[] = [yield* administrator.query()];
  demandGroups(seen[0] as Configuration, {});
  for (const { step, then } of steps) {
    if (step.kind === "join") yield* administrator.join(step.members);
    else yield* administrator.leave(...step.groups);
    const configuration = yield* administrator.query();
    demandGroups(configuration, then);
    seen.push(configuration);
  }
  return seen;
}

const join = (members: Members): Step => ({ kind: "join", members });
const leave = (...groups: readonly string[]): Step => ({ kind: "leave", groups });

function* basic(bench: Bench): Script<void> {
  const bed = new ShardedBed(bench, NONE);
  const { administrator } = bed;
  const seen = yield* walk(administrator, [
    { step: join(three(1)), then: three(1) },
    { step: join(three(2)), then: three(1, 2) },
    { step: leave("1"), then: three(2) },
    { step: leave("2"), then: {} },
  ]);
  yield* historicalQueries(bed, seen);
  yield* moves(bed);
  yield* concurrentChanges(bed, (number) => ({ mine: [100 + number * 10], passing: [1_100 + number * 10] }));
  yield* minimalTransfers(bed, {});
}

/** The same from each of the others while one of them is away. */
function* historicalQueries(bed: ShardedBed, seen: readonly Configuration[]): Script<void> {
  const { controllers, administrator } = bed;
  for (const place of controllers.places) {
    controllers.crash(place);
    for (const expected of seen) {
      const configuration = yield* administrator.query(expected.number);
      demand(isSame(configuration, expected), () => `configuration ${String(expected.number)} is not what it was`);
    }
    controllers.restart(place);
  }
}

function* moves({ administrator }: ShardedBed): Script<void> {
  const [low, high] = ["503", "504"];
  yield* administrator.join(three(low, high));
  const half = SHARDS / 2;
  for (let shard = 0; shard < SHARDS; shard++) {
    const before = yield* administrator.query();
    const group = asGroup(shard < half ? low : high);
    yield* administrator.move(shard, group);
    const after = yield* administrator.query();
    const isChange = ownerOf(before, shard) !== group;
    demand(after.number === before.number + (isChange ? 1 : 0), () => `a move made ${String(after.number)} of ${String(before.number)}`);
  }
  const { shards } = yield* administrator.query();
  demand(
    shards.every((owner, shard) => owner === (shard < half ? low : high)),
    () => "a shard is not where it was moved to",
  );
  yield* administrator.leave(low, high);
}

type Ids = { readonly mine: readonly number[]; readonly passing: readonly number[] };

function* concurrentChanges(bed: ShardedBed, idsOf: (number: number) => Ids): Script<void> {
  const { administrator, bench } = bed;
  const all = Array.from({ length: CLERKS }, (_, number) => idsOf(number));
  const tasks = all.map(({ mine, passing }, number) => {
    const clerk = bed.newAdministrator(`clerk ${String(number)}`);
    return new Task(
      (function* () {
        yield* clerk.join(three(...passing));
        yield* clerk.join(three(...mine));
        yield* clerk.leave(...passing.map(String));
      })(),
      bench.time,
    );
  });
  for (const task of tasks) yield* resultOf(task);
  demandGroups(yield* administrator.query(), three(...all.flatMap(({ mine }) => mine)));
}

/** Who stays gains nothing by a join and loses nothing by a leave of others; with fewer groups than before and with more. */
function* minimalTransfers({ administrator }: ShardedBed, { together = false }: { readonly together?: boolean }): Script<void> {
  const newcomers = ["11", "12", "13", "14", "15"];
  const before = yield* administrator.query();
  if (together) yield* administrator.join(three(...newcomers));
  else for (const id of newcomers) yield* administrator.join(three(id));
  const joined = yield* administrator.query();
  demandGroups(joined, { ...before.groups, ...three(...newcomers) });
  for (const group of Object.keys(before.groups)) {
    const gained = shardsOf(joined, asGroup(group)).filter((shard) => ownerOf(before, shard) !== group);
    demand(gained.length === 0, () => `group ${group} gained shards because others joined`);
  }
  if (together) yield* administrator.leave(...newcomers);
  else for (const id of newcomers) yield* administrator.leave(id);
  const left = yield* administrator.query();
  demandGroups(left, before.groups);
  for (const group of Object.keys(before.groups)) {
    const lost = shardsOf(joined, asGroup(group)).filter((shard) => ownerOf(left, shard) !== group);
    demand(lost.length === 0, () => `group ${group} lost shards because others left`);
  }
}

function* multi(bench: Bench): Script<void> {
  const bed = new ShardedBed(bench, NONE);
  const { administrator, controllers } = bed;
  const seen = yield* walk(administrator, [
    { step: join(three(1, 2)), then: three(1, 2) },
    { step: join(at(["3", 5])), then: { ...three(1, 2), ...at(["3", 5]) } },
    { step: leave("1", "3"), then: three(2) },
    { step: leave("2"), then: {} },
  ]);
  yield* historicalQueries(bed, seen);
  yield* concurrentChanges(bed, (number) => ({
    mine: [1_000 + number],
    passing: [1_100 + number, 1_200 + number],
  }));
  yield* minimalTransfers(bed, { together: true });

  // Every replica has computed the same, so whoever leads next says the same.
  const before = yield* administrator.query();
  const leader = controllers.leader;
  demand(leader !== null, () => "nobody leads the controllers");
  controllers.crash(leader);
  let polls = 0;
  for (; polls < LEADER_POLLS_MAX && (controllers.leader ?? leader) === leader; polls++) yield* sleep(1_000);
  demand(polls < LEADER_POLLS_MAX, () => "the controllers found no other leader");
  const after = yield* administrator.query();
  demand(isSame(before, after), () => "another leader knows another configuration");
}

const MOVED_MAX = Math.floor(SHARDS / 3) + 1;
const MOVED_BY_JOIN: Threshold = { name: "moved by a join", unit: "shards", limit: MOVED_MAX, bound: "atMost" };
const MOVED_BY_LEAVE: Threshold = { name: "moved by a leave", unit: "shards", limit: MOVED_MAX, bound: "atMost" };

function* minimalAgain(bench: Bench): Script<void> {
  const { administrator } = new ShardedBed(bench, NONE);
  yield* administrator.join(three(1));
  yield* administrator.join(three(2));
  const two = yield* administrator.query();
  yield* administrator.join(three(3));
  const all = yield* administrator.query();
  const gained = moved(two, all);
  demand(
    gained.every((shard) => ownerOf(all, shard) === "3"),
    () => "a shard moved to a group that was there before",
  );
  bench.figures.measure(MOVED_BY_JOIN, gained.length);
  yield* administrator.leave("1");
  const left = yield* administrator.query();
  const lost = moved(all, left);
  demand(
    lost.every((shard) => ownerOf(all, shard) === "1"),
    () => "a shard moved from a group that stays",
  );
  bench.figures.measure(MOVED_BY_LEAVE, lost.length);
}

const moved = (before: Configuration, after: Configuration): readonly number[] =>
  before.shards.flatMap((owner, shard) => (owner === ownerOf(after, shard) ? [] : [shard]));
