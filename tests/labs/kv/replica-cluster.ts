// Replicas that can be asked over the lab's network. What labrpc promises of a call holds here too: it always ends, and one
// that was lost on its way, or whose server is gone, ends as a failure of which nobody knows what it did.
import type { Outcome } from "../../../core/base/outcome.ts";
import { unknown } from "../../../core/base/outcome.ts";
import type { Reply } from "../../../core/replica/effects.ts";
import type { ClientOperation } from "../../../core/replica/events.ts";
import type { AnswerStamp } from "../../../core/routing/routes.ts";
import { Cluster } from "../cluster.ts";
import type { ClusterOptions } from "../cluster.ts";
import type { Bench } from "../lab.ts";
import type { ReplicaMember } from "../replica-member.ts";
import type { ReplicaStatus } from "../../../core/replica/status.ts";
import { demand } from "../script.ts";
import { originOf } from "./addresses.ts";

/** A call to a server that is not there fails after up to this long. */
const ABSENT_MS_MAX = 99;
/** How often is looked whether the server still runs. */
const LOOK_MS = 100;

export type Answer = {
  readonly outcome: Outcome<Reply>;
  /** Where the leader is, when the one who was asked does not lead and knows. */
  readonly leader: string | null;
  /** Null: nobody answered. */
  readonly stamp: AnswerStamp | null;
};

export type Attempt = { readonly place: number; readonly operation: ClientOperation; readonly timeoutMs: number };

export const NO_ANSWER: Answer = { outcome: unknown("connectionLost"), leader: null, stamp: null };

export abstract class ReplicaCluster extends Cluster<ReplicaMember> {
  readonly name: string;

  constructor(bench: Bench, { name, ...options }: ClusterOptions & { readonly name: string }) {
    super(bench, options);
    this.name = name;
  }

  get origins(): readonly string[] {
    return this.places.map((place) => originOf(this.name, place));
  }

  /** Who leads in the highest term, among those who run. */
  get leader(): number | null {
    const leaders = this.places.filter((place) => this.statusAt(place)?.raft.role === "leader");
    return leaders.sort((a, b) => (this.statusAt(b)?.raft.term ?? 0) - (this.statusAt(a)?.raft.term ?? 0))[0] ?? null;
  }

  statusAt(place: number): ReplicaStatus | null {
    return this.memberAt(place)?.status ?? null;
  }

  /** As many are cut off from the others as leave a majority, the leader among them. */
  partitionWithLeaderInMinority(): { readonly majority: readonly number[]; readonly minority: readonly number[] } {
    const leader = this.leader ?? 0;
    const others = this.places.filter((place) => place !== leader);
    const majority = others.slice(0, Math.floor(this.size / 2) + 1);
    const minority = [...others.slice(majority.length), leader];
    this.network.partition(majority, minority);
    return { majority, minority };
  }

  heal(): void {
    this.network.partition(this.places);
  }

  /** Ends with `NO_ANSWER`, an answer, or after `timeoutMs`; tells once. */
  ask({ place, operation, timeoutMs }: Attempt, told: (answer: Answer) => void): void {
    const { time } = this.bench;
    let isOver = false;
    const end = (answer: Answer): void => {
      if (!isOver) told(answer);
      isOver = true;
    };
    this.network.carry("request", (arrives) => {
      const life = this.lifeAt(place);
      const member = this.memberAt(place);
      if (!arrives) end(NO_ANSWER);
      else if (member === null) this.askNobody(end);
      else {
        const look = (): void => {
          if (isOver) return;
          if (this.lifeAt(place) === life) time.after(LOOK_MS, look);
          else end(NO_ANSWER);
        };
        time.after(LOOK_MS, look);
        member.request(operation, timeoutMs, (outcome) => {
          const answer = this.#answer(place, outcome);
          this.network.carry("reply", (returns) => end(returns && this.lifeAt(place) === life ? answer : NO_ANSWER));
        });
      }
    });
    time.after(timeoutMs + LOOK_MS, () => end({ ...NO_ANSWER, outcome: unknown("deadline") }));
  }

  /** A call to somebody who can't be reached. */
  askNobody(told: (answer: Answer) => void): void {
    this.bench.time.after(this.random.between(0, ABSENT_MS_MAX), () => told(NO_ANSWER));
  }

  /** Null: its group has no configuration. */
  configNumberAt(place: number): number | null {
    demand(this.places.includes(place), () => `there is no place ${String(place)}`);
    return null;
  }

  #answer(place: number, outcome: Outcome<Reply>): Answer {
    const configNumber = this.configNumberAt(place);
    if (outcome.kind === "done") {
      const term = outcome.value.kind === "client" ? null : outcome.value.term;
      return { outcome, leader: null, stamp: { group: this.name, term, configNumber } };
    }
    const raft = this.statusAt(place)?.raft;
    const leader = outcome.kind === "refused" && outcome.refusal.code === "notLeader" ? this.#originOfLeader(place) : null;
    return { outcome, leader, stamp: { group: this.name, term: raft?.term ?? null, configNumber } };
  }

  #originOfLeader(place: number): string | null {
    const leader = this.statusAt(place)?.raft.leader ?? null;
    const at = leader === null ? -1 : Number(leader.slice(1));
    return at < 0 || at === place ? null : originOf(this.name, at);
  }
}
