// Who serves which slots, as this member knows it: what CLUSTER SLOTS and its like show, and where MOVED points, are the same
// facts. Local: nothing here asks anybody, so it answers without a quorum, too.
import { createHash } from "node:crypto";
import type { GroupId } from "../../../core/base/ids.ts";
import type { MemberAddress } from "../../../core/shards/configuration.ts";
import { ownerOf } from "../../../core/shards/configuration.ts";
import type { ShardedStateMachine } from "../../../core/shards/sharded-state-machine.ts";
import { SHARDS, SLOTS } from "../../../core/shards/slots.ts";
import type { Clock } from "../../clock.ts";
import type { MemberView } from "../../replica/member.ts";
import type { GroupLeaders } from "./group-leaders.ts";

export type Node = {
  /** Forty hexadecimal digits, the same on every member and in every life. */
  readonly id: string;
  readonly group: GroupId;
  readonly host: string;
  readonly port: number;
  readonly http: string;
};

export type GroupNodes = { readonly group: GroupId; readonly leader: Node; readonly others: readonly Node[] };
/** Of slots, both ends included. */
export type Range = { readonly start: number; readonly end: number; readonly group: GroupId };

/** What commands tell of a cluster. */
export type ClusterFacts = Pick<
  ClusterView,
  "self" | "group" | "machine" | "isLeader" | "ownLeader" | "nodesOf" | "ranges" | "groups" | "members"
>;

export type ClusterViewOptions = {
  readonly group: GroupId;
  readonly self: MemberAddress;
  /** Of any group, as far as this member knows. */
  readonly membersOf: (group: GroupId) => readonly MemberAddress[];
  readonly member: MemberView<ShardedStateMachine>;
  readonly leaders: Pick<GroupLeaders, "leaderOf" | "leads">;
  readonly clock: Clock;
  /** Where clients of this view reach a member of some place; left out: where all others do. */
  readonly announced?: AnnouncedAddress;
};

export type AnnouncedAddress = (group: GroupId, ordinal: number) => { readonly host: string; readonly port: number };

type OwnLeader = { readonly http: string | null; readonly isSelf: boolean; readonly term: number };

/** Whoever leads may be looked up for every request; it changes seldom. */
const REMEMBERED_MS = 5;
const SLOTS_PER_SHARD = SLOTS / SHARDS;

export class ClusterView {
  readonly #options: ClusterViewOptions;
  readonly self: Node;
  #lookedAtMs = -Infinity;
  #own: OwnLeader = { http: null, isSelf: false, term: 0 };
  #lastLeader: string | null = null;

  constructor(options: ClusterViewOptions) {
    this.#options = options;
    const self = nodeOf(options.group, options.self) ?? { ...UNREACHABLE, id: idOf(options.self.peer), group: options.group };
    const ordinal = options.membersOf(options.group).findIndex(({ peer }) => peer === options.self.peer);
    this.self = this.#announce(self, ordinal);
  }

  get group(): GroupId {
    return this.#options.group;
  }

  /** Of this member's group, itself included. */
  get members(): number {
    return this.#options.membersOf(this.group).length;
  }

  get machine(): ShardedStateMachine | null {
    return this.#options.member.life?.machine ?? null;
  }

  get term(): number {
    return this.#ownLeader().term;
  }

  get isLeader(): boolean {
    return this.#ownLeader().isSelf;
  }

  /** What was remembered of the leader turned out to be wrong. */
  lookAgain(): void {
    this.#lookedAtMs = -Infinity;
  }

  /** Of this member's group; null: nobody, as far as is known here. */
  ownLeader(): Node | null {
    const { http } = this.#ownLeader();
    return http === null ? null : (this.#nodesIn(this.group).find((node) => node.http === http) ?? null);
  }

  /** A member of that group says so. True: that one is asked next. */
  leads(group: GroupId, origin: string): boolean {
    if (group !== this.group) return this.#options.leaders.leads(group, origin);
    this.lookAgain();
    return this.#ownLeader().http === origin;
  }

  /** Null: nothing is known of its members, or none of them speaks this protocol. */
  nodesOf(group: GroupId): GroupNodes | null {
    const nodes = this.#nodesIn(group);
    const http = group === this.group ? (this.#ownLeader().http ?? this.#lastLeader) : this.#options.leaders.leaderOf(group);
    const leader = nodes.find((node) => node.http === http) ?? nodes[0];
    return leader === undefined ? null : { group, leader, others: nodes.filter((node) => node !== leader) };
  }

  /** Who serves it now: while a shard moves that is the one who has it, whoever is to have it. */
  ownerOf(shard: number): GroupId | null {
    const { machine } = this;
    if (machine === null) return null;
    const { status } = machine.state.shard(shard);
    if (status.kind === "serving" || status.kind === "leaving" || status.kind === "frozen") return this.group;
    return status.kind === "pulling" ? status.from : ownerOf(machine.configuration, shard);
  }

  ranges(): readonly Range[] {
    const ranges: Range[] = [];
    for (let shard = 0; shard < SHARDS; shard++) {
      const group = this.ownerOf(shard);
      const last = ranges.at(-1);
      const [start, end] = [shard * SLOTS_PER_SHARD, (shard + 1) * SLOTS_PER_SHARD - 1];
      if (group === null) continue;
      if (last?.group === group && last.end === start - 1) ranges[ranges.length - 1] = { ...last, end };
      else ranges.push({ start, end, group });
    }
    return ranges;
  }

  /** In the order of their names, those without shards too. */
  groups(): readonly GroupNodes[] {
    const names = Object.keys(this.machine?.configuration.groups ?? {}) as GroupId[];
    if (!names.includes(this.group)) names.push(this.group);
    return names.sort().flatMap((group) => this.nodesOf(group) ?? []);
  }

  #nodesIn(group: GroupId): readonly Node[] {
    return this.#options.membersOf(group).flatMap((address, ordinal) => {
      const node = nodeOf(group, address);
      return node === null ? [] : [this.#announce(node, ordinal)];
    });
  }

  #announce(node: Node, ordinal: number): Node {
    const { announced } = this.#options;
    return announced === undefined || ordinal < 0 ? node : { ...node, ...announced(node.group, ordinal) };
  }

  #ownLeader(): OwnLeader {
    const { clock, member, membersOf, group } = this.#options;
    const nowMs = clock.monotonicMs();
    if (nowMs - this.#lookedAtMs < REMEMBERED_MS) return this.#own;
    this.#lookedAtMs = nowMs;
    const raft = member.life?.host.status().raft;
    const place = raft === undefined || raft.leader === null ? undefined : raft.membership.places[raft.leader];
    const http = place === undefined ? null : (membersOf(group).find(({ peer }) => peer === place.address)?.http ?? null);
    this.#own = { http, isSelf: raft?.role === "leader", term: raft?.term ?? 0 };
    if (http !== null) this.#lastLeader = http;
    return this.#own;
  }
}

const UNREACHABLE = { host: "127.0.0.1", port: 0, http: "" };

const idOf = (peer: string): string => createHash("sha1").update(peer).digest("hex");

const nodes = new Map<string, Node | null>();
/** Addresses are few; those that were are forgotten now and then. */
const NODES_MAX = 4_096;

function nodeOf(group: GroupId, { peer, http, redis }: MemberAddress): Node | null {
  const key = `${group} ${peer} ${http} ${redis ?? ""}`;
  const known = nodes.get(key);
  if (known !== undefined) return known;
  const node = readNode(group, { peer, http, redis });
  if (nodes.size >= NODES_MAX) nodes.clear();
  nodes.set(key, node);
  return node;
}

function readNode(group: GroupId, { peer, http, redis }: MemberAddress): Node | null {
  if (redis === null || !URL.canParse(redis)) return null;
  const { hostname, port } = new URL(redis);
  return { id: idOf(peer), group, host: hostname.replace(/^\[(.*)\]$/, "$1"), port: Number(port || 6_379), http };
}
