// A group of replicas of the store, as the product runs it: the sharded machine with its mover. Alone, every shard is its own.
import { asGroup } from "../../../core/base/ids.ts";
import type { GroupId } from "../../../core/base/ids.ts";
import { DEFAULT_LIMITS } from "../../../core/raft/inputs.ts";
import type { RaftLimits } from "../../../core/raft/inputs.ts";
import { DEFAULT_REPLICA_LIMITS } from "../../../core/replica/options.ts";
import type { ReplicaLimits } from "../../../core/replica/options.ts";
import type { MemberAddress } from "../../../core/shards/configuration.ts";
import type { OwnConfiguration } from "../../../core/shards/mover/following.ts";
import { Mover } from "../../../core/shards/mover/mover.ts";
import { ownConfiguration } from "../../../core/shards/own-configuration.ts";
import { ShardedStateMachine } from "../../../core/shards/sharded-state-machine.ts";
import type { MemberParts } from "../cluster.ts";
import type { Bench } from "../lab.ts";
import type { Answered, Ask } from "../replica-member.ts";
import { ReplicaMember } from "../replica-member.ts";
import { addressesOf } from "./addresses.ts";
import { ReplicaCluster } from "./replica-cluster.ts";
import { slicesOf } from "../../core/replica/snapshots/slices.ts";

export type AskElsewhere = (asked: { readonly by: object; readonly ask: Ask }, answered: Answered) => void;

export type GroupOptions = {
  readonly id: string;
  readonly size: number;
  readonly isReliable: boolean;
  /** As much log as a member may have before it takes a snapshot; null: it never does. */
  readonly stateBytesMax: number | null;
  /** Where questions to other groups and to controllers go; null: there are none. */
  readonly askElsewhere: AskElsewhere | null;
};

/** The labs demand that everything a snapshot covers leaves the log at once, and that the log's size alone decides. */
export function limitsFor(stateBytesMax: number | null): { readonly raftLimits: RaftLimits; readonly limits: ReplicaLimits } {
  if (stateBytesMax === null) return { raftLimits: DEFAULT_LIMITS, limits: DEFAULT_REPLICA_LIMITS };
  return {
    raftLimits: { ...DEFAULT_LIMITS, trailingEntries: 0, trailingBytes: 0 },
    limits: { ...DEFAULT_REPLICA_LIMITS, snapshotBytes: stateBytesMax, snapshotGrowth: 0 },
  };
}

export class GroupCluster extends ReplicaCluster {
  readonly id: GroupId;
  readonly addresses: readonly MemberAddress[];
  readonly stateBytesMax: number | null;
  readonly #own: OwnConfiguration;
  readonly #askElsewhere: AskElsewhere | null;
  readonly #machines = new Map<ReplicaMember, ShardedStateMachine>();
  #snapshotsTaken = 0;
  #snapshotsInstalled = 0;

  constructor(bench: Bench, { id, size, isReliable, stateBytesMax, askElsewhere }: GroupOptions) {
    super({ ...bench, random: bench.random.child(`group ${id}`) }, { name: id, size, isReliable });
    this.id = asGroup(id);
    this.addresses = addressesOf(id, size);
    this.stateBytesMax = stateBytesMax;
    this.#askElsewhere = askElsewhere;
    this.#own = askElsewhere === null ? ownConfiguration(this.id, this.addresses) : null;
    this.restart(...this.places);
  }

  get snapshotsTaken(): number {
    return this.#snapshotsTaken;
  }

  get snapshotsInstalled(): number {
    return this.#snapshotsInstalled;
  }

  /** What the member has applied; null: it doesn't run. */
  machineAt(place: number): ShardedStateMachine | null {
    const member = this.memberAt(place);
    return member === null ? null : (this.#machines.get(member) ?? null);
  }

  /** Of the member that is furthest. */
  get machine(): ShardedStateMachine | null {
    const machines = this.places.map((place) => this.machineAt(place)).filter((machine) => machine !== null);
    return machines.sort((a, b) => b.configuration.number - a.configuration.number)[0] ?? null;
  }

  override configNumberAt(place: number): number | null {
    return this.machineAt(place)?.configuration.number ?? null;
  }

  protected override makeMember(parts: MemberParts<ReplicaMember>): ReplicaMember {
    const { raftLimits, limits } = limitsFor(this.stateBytesMax);
    const machine = new ShardedStateMachine({ group: this.id, limits });
    const member = new ReplicaMember({
      ...parts,
      time: this.bench.time,
      raftLimits,
      limits,
      group: this.id,
      machine,
      companion: new Mover({ machine, own: this.#own }),
      ask: (ask, answered) => this.#askElsewhere?.({ by: parts.life, ask }, answered),
      send: (message) => this.send(message),
      observe: (observation) => {
        if (observation.kind === "snapshotTaken") this.#snapshotsTaken++;
        if (observation.kind !== "raft") return;
        if (observation.observation.kind === "snapshotInstalled") this.#snapshotsInstalled++;
        this.observe(parts.self, observation.observation);
      },
    });
    this.#machines.set(member, machine);
    return member;
  }
}

/** Of everything that the machine keeps. */
export function snapshotBytesOf(machine: ShardedStateMachine): number {
  let bytes = 0;
  for (const slice of slicesOf(machine.snapshot(), 65_536)) bytes += slice.length;
  return bytes;
}
