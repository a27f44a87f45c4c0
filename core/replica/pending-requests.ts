// Who is waiting for which entry of the log. A leader that has lost its office still owes these answers: what it proposed
// may be committed by its successor. An answer is definite once the fate of the entry is:
//
//   applied here                                done, or refused by the service's own rules
//   another entry was committed in its place    refused: it never will be
//   truncated, or passed over by a snapshot     unknown: it may be in another log
//   deadline or shutdown                        unknown
import type { LogIndex, Term } from "../base/ids.ts";
import type { Outcome, UnknownAfter } from "../base/outcome.ts";
import { done, refused, unknown } from "../base/outcome.ts";
import type { Entry, EntryId } from "../raft/entry.ts";
import type { Reply } from "./effects.ts";
import type { RequestId } from "./events.ts";

export type Awaited = {
  readonly request: RequestId;
  readonly entry: EntryId;
  readonly deadlineMs: number;
  /** A service's answer, or only that it is committed. */
  readonly wants: "result" | "accepted";
};

export type ProposalAnswers = { readonly replyToProposal: (request: RequestId, outcome: Outcome<Reply>) => void };

export class PendingRequests {
  readonly #answers: ProposalAnswers;
  /** In order of their entries, from `#head` on. Those that nobody waits for any more are not in `#open`. */
  #queue: Awaited[] = [];
  #head = 0;
  /** Numbers alone: the tables that a set leaves behind as it changes keep what was in them alive for long. */
  readonly #open = new Set<RequestId>();
  /** No deadline is earlier: until then nobody needs to look. */
  #earliestDeadlineMs = Infinity;

  constructor(answers: ProposalAnswers) {
    this.#answers = answers;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Somebody waits for a change of the membership, which nothing else here is. */
  get hasChange(): boolean {
    return this.#open.size > 0 && this.#waiting.some(({ wants, request }) => wants === "accepted" && this.#open.has(request));
  }

  add(awaited: Awaited): void {
    // Whatever else is awaited there or behind it is not in this log any more.
    this.truncated(awaited.entry.index);
    this.#queue.push(awaited);
    this.#open.add(awaited.request);
    if (awaited.deadlineMs < this.#earliestDeadlineMs) this.#earliestDeadlineMs = awaited.deadlineMs;
  }

  /** This entry was applied, with this answer. Called for every applied entry, in order. */
  applied(entry: Entry, outcome: Outcome<Uint8Array>): void {
    let first = this.#queue[this.#head];
    while (first !== undefined && first.entry.index <= entry.index) {
      this.#head++;
      if (this.#open.delete(first.request)) this.#answers.replyToProposal(first.request, answerFor(first, entry, outcome));
      first = this.#queue[this.#head];
    }
    if (this.#head > COMPACT_FROM && this.#head * 2 > this.#queue.length) this.#keep(this.#waiting);
  }

  /** The log lost `from` and everything behind it. */
  truncated(from: LogIndex): void {
    while (this.#queue.length > this.#head && (this.#queue.at(-1) as Awaited).entry.index >= from) {
      this.#end(this.#queue.pop() as Awaited, "leadershipLost");
    }
  }

  endAll(after: UnknownAfter): void {
    for (const awaited of this.#waiting) this.#end(awaited, after);
    this.#keep([]);
  }

  abandon(request: RequestId): void {
    this.#open.delete(request);
  }

  expire(nowMs: number): void {
    if (nowMs < this.#earliestDeadlineMs) return;
    this.#earliestDeadlineMs = Infinity;
    const waiting: Awaited[] = [];
    for (const awaited of this.#waiting) {
      if (!this.#open.has(awaited.request)) continue;
      if (awaited.deadlineMs <= nowMs) this.#end(awaited, "deadline");
      else waiting.push(awaited);
      if (awaited.deadlineMs > nowMs) this.#earliestDeadlineMs = Math.min(this.#earliestDeadlineMs, awaited.deadlineMs);
    }
    this.#keep(waiting);
  }

  get #waiting(): Awaited[] {
    return this.#queue.slice(this.#head);
  }

  #end(awaited: Awaited, after: UnknownAfter): void {
    if (this.#open.delete(awaited.request)) this.#answers.replyToProposal(awaited.request, unknown(after));
  }

  #keep(queue: Awaited[]): void {
    this.#queue = queue;
    this.#head = 0;
  }
}

/** Below that, the front of the queue is not worth cutting off; what stays in it is not young any more when it goes. */
const COMPACT_FROM = 64;

function answerFor(awaited: Awaited, applied: Entry, outcome: Outcome<Uint8Array>): Outcome<Reply> {
  const { index, term } = awaited.entry;
  // Applied entries leave no gap, so one that was passed over can only be one that a snapshot covered.
  if (index < applied.index) return unknown("leadershipLost");
  if (term !== applied.term) return NEVER_COMMITTED;
  if (outcome.kind !== "done") return outcome;
  return awaited.wants === "accepted" ? accepted(term) : result(applied, outcome.value);
}

const NEVER_COMMITTED = refused("notLeader", "another leader's entry was committed in its place");

function accepted(term: Term): Outcome<Reply> {
  return done({ kind: "accepted", term });
}

function result({ index, term }: Entry, value: Uint8Array): Outcome<Reply> {
  return done({ kind: "result", result: value, index, term });
}
