// A walk at random through everything that can happen to a group: any member ticks, any message under way is delivered,
// lost or repeated, disks stop and go, members crash, hand over, join and leave. After each step what one member does is
// held against what all did before. Small and quick; the simulator does the same on real disks and with time.
import { asMember } from "../../../core/base/ids.ts";
import { Random } from "../../../core/base/random.ts";
import { textOf } from "../../../core/base/bytes.ts";
import type { MembershipChange } from "../../../core/raft/membership.ts";
import { TestCluster } from "./cluster.ts";
import type { MemberUnderTest } from "./cluster.ts";

export type Effects = { committed: number; truncated: number; installed: number; reads: number; transfers: number; changes: number };

type Walk = {
  readonly cluster: TestCluster;
  readonly random: Random;
  readonly cut: Set<string>;
  readonly leaders: Map<number, string>;
  /** What was applied at each index, by whoever was first. */
  readonly history: string[];
  readonly seen: Map<MemberUnderTest, number>;
  /** For each read, the highest index that anybody had applied when it was asked for. */
  readonly readFloors: Map<number, number>;
  readonly effects: Effects;
  proposals: number;
};

const STEPS = 6_000;

export function walkAtRandom(seed: number): Effects {
  const random = new Random(seed);
  const limits = {
    appendEntriesMax: random.between(1, 8),
    windowMessagesMax: random.between(1, 4),
    trailingEntries: 3,
    snapshotPieceBytes: 20,
    snapshotWindowPieces: 2,
  };
  const cluster = new TestCluster({ size: random.pick([1, 3, 3, 5]), spare: 2, seed, limits });
  const effects = { committed: 0, truncated: 0, installed: 0, reads: 0, transfers: 0, changes: 0 };
  const walk: Walk = {
    cluster,
    random,
    cut: new Set(),
    leaders: new Map(),
    history: [],
    seen: new Map(),
    readFloors: new Map(),
    effects,
    proposals: 0,
  };
  for (let step = 0; step < STEPS; step++) {
    act(walk, random.pick([...cluster.members.keys()]));
    if (cluster.network.length > 300) cluster.network.splice(0, 100);
    for (const member of cluster.members.values()) check(walk, member);
  }
  effects.committed = walk.history.length;
  return effects;
}

type Act = (walk: Walk, name: string) => void;

const ACTS: readonly (readonly [weight: number, act: Act])[] = [
  [
    120,
    ({ cluster }, name) => {
      cluster.tick(name);
    },
  ],
  [680, deliverOne],
  [
    80,
    (walk, name) => {
      walk.cluster.propose(name, `v${String(walk.proposals++)}`);
    },
  ],
  [
    2,
    ({ cluster }, name) => {
      cluster.crash(name);
    },
  ],
  [
    3,
    ({ cluster }, name) => {
      cluster.at(name).diskPaused = true;
    },
  ],
  [
    30,
    ({ cluster }, name) => {
      if (cluster.at(name).diskPaused) cluster.resumeDisk(name);
    },
  ],
  [20, read],
  [5, transfer],
  [10, changeMembership],
  [
    2,
    ({ cut, cluster }, name) => {
      if (cut.size * 2 < cluster.members.size - 2) cut.add(name);
    },
  ],
  [
    15,
    ({ cut }, name) => {
      cut.delete(name);
    },
  ],
  [10, takeSnapshot],
];

const TOTAL = ACTS.reduce((sum, [weight]) => sum + weight, 0);

function act(walk: Walk, name: string): void {
  let left = walk.random.fraction() * TOTAL;
  for (const [weight, chosen] of ACTS) {
    left -= weight;
    if (left >= 0) continue;
    chosen(walk, name);
    return;
  }
}

function deliverOne({ cluster, random, cut }: Walk): void {
  const { network } = cluster;
  const message = network[random.between(0, Math.min(network.length - 1, 10))];
  if (message === undefined) return;
  if (!random.chance(0.05)) network.splice(network.indexOf(message), 1);
  if (random.chance(0.05) || cut.has(message.to) || cut.has(message.from)) return;
  cluster.raft(message.to).receive(message);
  cluster.work(message.to);
}

function read(walk: Walk, name: string): void {
  const context = walk.readFloors.size + 1;
  const applied = [...walk.cluster.members.values()].map((member) => member.appliedBase.index);
  walk.readFloors.set(context, Math.max(...applied));
  walk.cluster.raft(name).read(context);
  walk.cluster.work(name);
}

function transfer({ cluster, effects }: Walk, name: string): void {
  if (cluster.raft(name).transferLeadership({ to: null, reason: "asked" }).kind === "started") effects.transfers++;
  cluster.work(name);
}

function changeMembership({ cluster, random, effects }: Walk, name: string): void {
  const member = asMember(`n${String(random.between(1, cluster.members.size))}`);
  const place = { ordinal: random.between(0, cluster.members.size - 2), address: member };
  const changes: readonly MembershipChange[] = [
    { kind: "addLearner", member, place },
    { kind: "promote", member },
    { kind: "removeMember", member },
  ];
  if (cluster.raft(name).changeMembership(random.pick(changes)).kind === "proposed") effects.changes++;
  cluster.work(name);
}

function takeSnapshot({ cluster }: Walk, name: string): void {
  const { appliedBase, disk } = cluster.at(name);
  if (appliedBase.index > (disk.snapshots.at(-1)?.meta.base.index ?? 0)) cluster.snapshot(name);
}

function check(walk: Walk, member: MemberUnderTest): void {
  const { role, term } = member.raft.status();
  if (role === "leader") {
    const other = walk.leaders.get(term) ?? member.self;
    if (other !== member.self) throw new Error(`${other} and ${member.self} both lead term ${String(term)}`);
    walk.leaders.set(term, member.self);
  }
  for (let i = walk.seen.get(member) ?? 0; i < member.applied.length; i++) compareWithHistory(walk, member, i);
  walk.seen.set(member, member.applied.length);
  for (const answer of member.reads.splice(0)) if (answer.kind === "confirmed") checkRead(walk, answer);
  for (const { kind } of member.observations.splice(0)) {
    if (kind === "truncated") walk.effects.truncated++;
    if (kind === "snapshotInstalled") walk.effects.installed++;
  }
}

function compareWithHistory({ history }: Walk, member: MemberUnderTest, position: number): void {
  const entry = member.applied[position];
  if (entry === undefined) return;
  const text = `${String(entry.term)} ${entry.kind} ${textOf(entry.body)}`;
  const before = history[entry.index] ?? text;
  if (before !== text) throw new Error(`${member.self} applies "${text}" at ${String(entry.index)}, where "${before}" was applied before`);
  history[entry.index] = text;
}

function checkRead(walk: Walk, { context, index }: { readonly context: number; readonly index: number }): void {
  walk.effects.reads++;
  const floor = walk.readFloors.get(context) ?? Infinity;
  if (index < floor)
    throw new Error(`read ${String(context)} may look at ${String(index)}, but ${String(floor)} was applied when it was asked for`);
}
