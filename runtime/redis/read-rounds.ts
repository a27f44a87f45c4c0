// Reads of this member, many at a time: whatever arrives until the replica is asked shares one question, whether this member has
// applied everything that was acknowledged before; then all of them are answered from its state. So a read costs the replica nothing
// of its own. Nothing joins a round that was asked: it could have arrived after what the answer speaks of.
import type { Outcome } from "../../core/base/outcome.ts";
import { REFUSALS, refused } from "../../core/base/outcome.ts";
import type { KvQuery } from "../../core/kv/commands.ts";
import type { KvResult } from "../../core/kv/results.ts";
import type { Reply } from "../../core/replica/effects.ts";
import { encodeGroupQuery } from "../../core/shards/group-commands.ts";
import type { ShardedStateMachine } from "../../core/shards/sharded-state-machine.ts";
import type { StoreAnswer, StoreGateOptions, StoreOutcome, StoreRequest } from "./store-gate.ts";

export type Read = { readonly request: StoreRequest; readonly query: KvQuery; readonly answer: StoreAnswer };

export type ReadRoundsOptions = StoreGateOptions & {
  readonly judge: (request: StoreRequest, outcome: Outcome<KvResult>) => StoreOutcome;
};

/** The least that a replica can be asked; what counts is when it answers. */
const QUESTION = {
  kind: "read",
  query: encodeGroupQuery({ kind: "hasArrived", shard: 0, number: 0 }),
  consistency: "linearizable",
} as const;
/** A read can be asked again elsewhere: whoever hangs must not have all of its time. */
const ATTEMPT_MS = 1_000;
const NOBODY = refused("starting", "this member is waiting");
/** Whoever does it in the end counts it. */
const ASK_ELSEWHERE: ReadonlySet<string> = new Set(["askLeader", "askOwner"]);

export const isAskedInVain = (outcome: Outcome<unknown>): boolean =>
  outcome.kind === "refused" && ASK_ELSEWHERE.has(REFUSALS[outcome.refusal.code].advice);

export class ReadRounds {
  readonly #options: ReadRoundsOptions;
  #next: Read[] = [];

  constructor(options: ReadRoundsOptions) {
    this.#options = options;
  }

  add(read: Read): void {
    // After the sockets that are ready have been read, in this round of the event loop.
    if (this.#next.push(read) === 1) setImmediate(() => this.#ask());
  }

  #ask(): void {
    const { member, clock } = this.#options;
    const { life } = member;
    const all = this.#next;
    this.#next = [];
    const reads = this.#thoseForHere(all);
    if (reads.length === 0) return;
    if (life === null) return this.#answer(reads, null, NOBODY);
    const latestMs = reads.reduce((latest, { request }) => Math.max(latest, request.untilMs), 0);
    const timeoutMs = Math.min(ATTEMPT_MS, Math.max(1, Math.ceil(latestMs - clock.monotonicMs())));
    life.host.ask(QUESTION, timeoutMs, (outcome) => this.#answer(reads, life.machine, outcome));
  }

  /** The others are sent to the leader at once. */
  #thoseForHere(reads: readonly Read[]): readonly Read[] {
    const { cluster } = this.#options;
    const leader = cluster.isLeader ? null : cluster.ownLeader();
    if (leader === null || leader.id === cluster.self.id) return reads;
    for (const { request, answer } of reads) if (!request.isReadonly) answer({ kind: "moved", node: leader });
    return reads.filter(({ request }) => request.isReadonly);
  }

  #answer(reads: readonly Read[], machine: ShardedStateMachine | null, asked: Outcome<Reply>): void {
    const { count, judge } = this.#options;
    for (const { request, query, answer } of reads) {
      const outcome = asked.kind !== "done" ? asked : (machine?.look(query) ?? NOBODY);
      if (!isAskedInVain(outcome)) count(query.kind, outcome.kind);
      answer(judge(request, outcome));
    }
  }
}
