// Reads of this member, many at a time: whatever arrives until the replica is asked shares one question, whether this member has
// applied everything that was acknowledged before; then all of them are answered from its state. So a read costs the replica nothing
// of its own. Nothing joins a round that was asked: it could have arrived after what the answer speaks of.
import type { Outcome } from "../../core/base/outcome.ts";
import { done, unknown } from "../../core/base/outcome.ts";
import type { KvQuery } from "../../core/kv/commands.ts";
import type { KvResult } from "../../core/kv/results.ts";
import { refusedWaiting } from "../../core/replica/birth-state.ts";
import type { Reply } from "../../core/replica/effects.ts";
import { encodeGroupQuery } from "../../core/shards/group-commands.ts";
import type { ShardedStateMachine } from "../../core/shards/sharded-state-machine.ts";
import type { Clock } from "../clock.ts";
import type { MemberView } from "./member.ts";

/** Values are the shard's own: not to be changed, and not to be kept. */
export type Looked = { readonly kind: "looked"; readonly result: KvResult } & Place;
/** Up to where this member had applied the log. */
type Place = { readonly term: number; readonly index: number };

export type Read = {
  readonly query: KvQuery;
  readonly untilMs: number;
  /** Called as a method. */
  readonly answer: (outcome: Outcome<Looked>) => void;
};

export type ReadRoundsOptions = { readonly member: MemberView<ShardedStateMachine>; readonly clock: Clock };

/** The least that a replica can be asked; what counts is when it answers. */
const QUESTION = {
  kind: "read",
  query: encodeGroupQuery({ kind: "hasArrived", shard: 0, number: 0 }),
  consistency: "linearizable",
} as const;
/** A read can be asked again elsewhere: whoever hangs must not have all of its time. */
export const READ_ATTEMPT_MS = 1_000;

export class ReadRounds {
  readonly #options: ReadRoundsOptions;
  #next: Read[] = [];

  constructor(options: ReadRoundsOptions) {
    this.#options = options;
  }

  /** Answers once; within `READ_ATTEMPT_MS`, or a moment after the latest deadline of those that it shares its question with. */
  add(read: Read): void {
    // After the sockets that are ready have been read, in this round of the event loop.
    if (this.#next.push(read) === 1) setImmediate(() => this.#ask());
  }

  #ask(): void {
    const { member, clock } = this.#options;
    const { life } = member;
    const reads = this.#next;
    this.#next = [];
    if (life === null) {
      for (const read of reads) read.answer(refusedWaiting(member.waiting));
      return;
    }
    const latestMs = reads.reduce((latest, { untilMs }) => Math.max(latest, untilMs), 0);
    const timeoutMs = Math.min(READ_ATTEMPT_MS, Math.max(1, Math.ceil(latestMs - clock.monotonicMs())));
    life.host.ask(QUESTION, timeoutMs, (outcome) => {
      const place = placeIn(outcome);
      for (const read of reads) read.answer(place.kind === "done" ? look(life.machine, read.query, place.value) : place);
    });
  }
}

function placeIn(outcome: Outcome<Reply>): Outcome<Place> {
  if (outcome.kind !== "done") return outcome;
  return outcome.value.kind === "result" ? done(outcome.value) : unknown("internal");
}

function look(machine: ShardedStateMachine, query: KvQuery, { term, index }: Place): Outcome<Looked> {
  const outcome = machine.look(query);
  return outcome.kind === "done" ? done({ kind: "looked", result: outcome.value, term, index }) : outcome;
}
