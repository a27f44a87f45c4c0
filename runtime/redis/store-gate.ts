// Where a request about keys goes: to this member's replica, or, if it was certainly not done and somebody else can do it, back
// to the client with that one's address. What may have been done is never asked again from here, nor redirected.
import type { Outcome, Refusal, RefusalCode } from "../../core/base/outcome.ts";
import { done, REFUSALS, unknown } from "../../core/base/outcome.ts";
import type { GroupId } from "../../core/base/ids.ts";
import type { Reply } from "../../core/replica/effects.ts";
import type { Session } from "../../core/replica/events.ts";
import type { ShardedStateMachine } from "../../core/shards/sharded-state-machine.ts";
import type { Clock } from "../clock.ts";
import type { KvQuery } from "../../core/kv/commands.ts";
import { commandKind } from "../../core/kv/commands.ts";
import type { KvResult } from "../../core/kv/results.ts";
import { decodeResult } from "../../core/kv/results.ts";
import type { KvOperation, OperationResult } from "../replica/operation-metrics.ts";
import type { MemberView } from "../replica/member.ts";
import type { Looked, Read } from "../replica/read-rounds.ts";
import { ReadRounds } from "../replica/read-rounds.ts";
import type { ClusterView, Node } from "./cluster/cluster-view.ts";
import { VALUE_TOO_LARGE } from "./error-texts.ts";
import type { StoreCommand } from "./plan-bytes.ts";

export type StoreRequest = {
  readonly slot: number;
  readonly shard: number;
  readonly session: Session | null;
  readonly untilMs: number;
  /** A read that a follower may serve. */
  readonly isReadonly: boolean;
};

export type StoreOutcome =
  | { readonly kind: "result"; readonly result: KvResult }
  /** Not done, and done there if it is sent there. */
  | { readonly kind: "moved"; readonly node: Node }
  /** Not done, and worth another try after a moment; what to say when there is no time left. `isNews`: who can do it was just heard. */
  | { readonly kind: "again"; readonly text: string; readonly isNews?: boolean }
  | { readonly kind: "error"; readonly text: string; readonly mayHaveHappened: boolean };

/** Whoever asked the store: told once what became of it. */
export interface StoreAsker {
  settle(outcome: StoreOutcome): void;
}

/** What a connection asks; one that hands on what others can do never says `moved`. */
export type Gate = {
  ask(request: StoreRequest, command: StoreCommand, asker: StoreAsker): void;
  /**
   * Somebody else who is to be asked about the shard, as far as is known without asking; null: this member, or nobody. `mayFollow`: it is a
   * read that a follower may serve.
   */
  elsewhere(shard: number, mayFollow: boolean): Node | null;
};

export type StoreGateOptions = {
  readonly member: MemberView<ShardedStateMachine>;
  readonly cluster: ClusterView;
  readonly clock: Clock;
  /** Once for each operation that this member's replica was asked. */
  readonly count: (operation: KvOperation, result: OperationResult) => void;
};

/** Whoever does it in the end counts it. */
const ASK_ELSEWHERE: ReadonlySet<string> = new Set(["askLeader", "askOwner"]);

/** The one who leads may do at once what this member can't do yet, or any more. */
const ABOUT_THIS_MEMBER: ReadonlySet<RefusalCode> = new Set(["starting", "shuttingDown", "transferring"]);

const isAskedInVain = (outcome: Outcome<unknown>): boolean =>
  outcome.kind === "refused" && ASK_ELSEWHERE.has(REFUSALS[outcome.refusal.code].advice);

type StoreReadParts = { readonly request: StoreRequest; readonly query: KvQuery; readonly asker: StoreAsker };

/** On its way through a round of reads. */
class StoreRead implements Read {
  readonly query: KvQuery;
  readonly asker: StoreAsker;
  readonly #request: StoreRequest;
  readonly #gate: StoreGate;

  constructor(gate: StoreGate, { request, query, asker }: StoreReadParts) {
    this.#request = request;
    this.query = query;
    this.asker = asker;
    this.#gate = gate;
  }

  get untilMs(): number {
    return this.#request.untilMs;
  }

  answer(outcome: Outcome<Looked>): void {
    this.#gate.hasRead(this, outcome);
  }
}

export class StoreGate implements Gate {
  readonly #options: StoreGateOptions;
  readonly #reads: ReadRounds;

  constructor(options: StoreGateOptions) {
    this.#options = options;
    this.#reads = new ReadRounds(options);
  }

  /** Tells it exactly once, perhaps at once. */
  ask(request: StoreRequest, command: StoreCommand, asker: StoreAsker): void {
    const { member, clock } = this.#options;
    const { life } = member;
    if (life === null) return asker.settle(this.#notBorn());
    const why = life.machine.whyNotHere(request.shard);
    if (why !== null) return asker.settle(this.#judge(command.kind, why));
    if (command.kind === "read") return this.#read(request, command.query, asker);
    const timeoutMs = Math.max(1, Math.ceil(request.untilMs - clock.monotonicMs()));
    const kind = commandKind(command.bytes);
    life.host.ask({ kind: "write", command: command.bytes, session: request.session }, timeoutMs, (outcome) => {
      if (kind !== null && !isAskedInVain(outcome)) this.#options.count(kind, outcome.kind);
      asker.settle(this.#judge("write", outcome.kind === "done" ? resultOf(outcome.value) : outcome));
    });
  }

  elsewhere(shard: number, mayFollow: boolean): Node | null {
    const { cluster } = this.#options;
    const owner = cluster.ownerOf(shard);
    if (owner === null || (mayFollow && owner === cluster.group)) return null;
    const leader = owner === cluster.group ? cluster.ownLeader() : (cluster.nodesOf(owner)?.leader ?? null);
    return leader === null || leader.id === cluster.self.id ? null : leader;
  }

  #read(request: StoreRequest, query: KvQuery, asker: StoreAsker): void {
    const { cluster } = this.#options;
    const leader = cluster.isLeader || request.isReadonly ? null : cluster.ownLeader();
    if (leader !== null && leader.id !== cluster.self.id) return asker.settle({ kind: "moved", node: leader });
    this.#reads.add(new StoreRead(this, { request, query, asker }));
  }

  /** For the reads that were asked of it. */
  hasRead({ query, asker }: StoreRead, outcome: Outcome<Looked>): void {
    if (!isAskedInVain(outcome)) this.#options.count(query.kind, outcome.kind);
    asker.settle(outcome.kind === "done" ? { kind: "result", result: outcome.value.result } : this.#judge("read", outcome));
  }

  #judge(kind: StoreCommand["kind"], outcome: Outcome<KvResult>): StoreOutcome {
    if (outcome.kind === "done") return { kind: "result", result: outcome.value };
    if (outcome.kind === "unknown") {
      // A read changes nothing, however it ended.
      return kind === "read" ? { kind: "again", text: clusterDown("no answer in time") } : unknownOutcome(outcome.after);
    }
    return this.#afterRefusal(outcome.refusal);
  }

  #afterRefusal(refusal: Refusal): StoreOutcome {
    const { cluster } = this.#options;
    const { code, message } = refusal;
    const again: StoreOutcome = { kind: "again", text: clusterDown(message) };
    switch (REFUSALS[code].advice) {
      case "askLeader":
        return asMoved(this.#otherLeader()) ?? { kind: "again", text: clusterDown(`no leader for group ${cluster.group}`) };
      case "askOwner":
        return asMoved(this.#otherOwner(refusal)) ?? again;
      case "retrySoon":
        if (!ABOUT_THIS_MEMBER.has(code)) return again;
        return asMoved(this.#otherLeader()) ?? again;
      case "retryLater":
      case "fixRequest":
      case "giveUp":
      case "newClient":
        return { kind: "error", text: textOfRefusal(refusal), mayHaveHappened: false };
    }
  }

  /** While a shard is frozen it is served by nobody: whoever waits here is sent on once its new owner serves. */
  #otherOwner({ details }: Refusal): Node | null {
    const { cluster } = this.#options;
    const shard = details?.["shard"];
    const owner = typeof shard === "number" ? cluster.ownerOf(shard) : ((details?.["owner"] as GroupId | null | undefined) ?? null);
    return owner === null || owner === cluster.group ? null : (cluster.nodesOf(owner)?.leader ?? null);
  }

  #otherLeader(): Node | null {
    const { cluster } = this.#options;
    cluster.lookAgain();
    const leader = cluster.ownLeader();
    return leader === null || leader.id === cluster.self.id ? null : leader;
  }

  #notBorn(): StoreOutcome {
    const { reasons } = this.#options.member.waiting;
    return { kind: "again", text: clusterDown(`this member is waiting: ${reasons.join("; ")}`) };
  }
}

/** An answer that can't be read says nothing of what was done. */
export function resultOf(reply: Reply): Outcome<KvResult> {
  const result = reply.kind === "result" ? decodeResult(reply.result) : null;
  return result === null ? unknown("internal") : done(result);
}

const asMoved = (node: Node | null): StoreOutcome | null => (node === null ? null : { kind: "moved", node });

export const clusterDown = (why: string): string => `CLUSTERDOWN ${why}`;

export function unknownOutcome(after: string): StoreOutcome {
  return { kind: "error", text: `ERR UNKNOWN whether it was done: ${after}`, mayHaveHappened: true };
}

export function textOfRefusal({ code, message }: Refusal): string {
  if (code === "tooLarge") return VALUE_TOO_LARGE;
  if (code === "diskFull") return `OOM command not allowed: ${message}`;
  const words: Readonly<Record<string, string>> = {
    sessionExpired: "SESSIONEXPIRED",
    serialForgotten: "SERIALFORGOTTEN",
    tooManyOpenSerials: "TOOMANYSERIALS",
    overloaded: "BUSY",
  };
  return `${words[code] ?? "ERR"} ${message}`;
}
