// Where a request about keys goes: to this member's replica, or, if it was certainly not done and somebody else can do it, back
// to the client with that one's address. What may have been done is never asked again from here, nor redirected.
import type { Outcome, Refusal } from "../../core/base/outcome.ts";
import { REFUSALS } from "../../core/base/outcome.ts";
import type { GroupId } from "../../core/base/ids.ts";
import type { Reply } from "../../core/replica/effects.ts";
import type { ClientOperation, Session } from "../../core/replica/events.ts";
import type { ShardedStateMachine } from "../../core/shards/sharded-state-machine.ts";
import type { Clock } from "../clock.ts";
import { commandKind, queryKind } from "../../core/kv/commands.ts";
import type { KvOperation, OperationResult } from "../replica/operation-metrics.ts";
import type { MemberView } from "../replica/member.ts";
import type { ClusterView, Node } from "./cluster/cluster-view.ts";
import { VALUE_TOO_LARGE } from "./error-texts.ts";

export type StoreRequest = {
  readonly slot: number;
  readonly shard: number;
  readonly kind: "read" | "write";
  readonly session: Session | null;
  readonly untilMs: number;
  /** A read that a follower may serve. */
  readonly isReadonly: boolean;
};

export type StoreOutcome =
  | { readonly kind: "result"; readonly result: Uint8Array }
  /** Not done, and done there if it is sent there. */
  | { readonly kind: "moved"; readonly node: Node }
  /** Not done, and worth another try after a moment; what to say when there is no time left. */
  | { readonly kind: "again"; readonly text: string }
  | { readonly kind: "error"; readonly text: string; readonly mayHaveHappened: boolean };

export type StoreAnswer = (outcome: StoreOutcome) => void;

/** What a connection asks; one that hands on what others can do never says `moved`. */
export type Gate = {
  ask(request: StoreRequest, bytes: Uint8Array, answer: StoreAnswer): void;
  /** Somebody else who is to be asked about the shard, as far as is known without asking; null: this member, or nobody. */
  elsewhere(shard: number): Node | null;
};

export type StoreGateOptions = {
  readonly member: MemberView<ShardedStateMachine>;
  readonly cluster: ClusterView;
  readonly clock: Clock;
  /** Once for each operation that this member's replica was asked. */
  readonly count: (operation: KvOperation, result: OperationResult) => void;
};

/** A read can be asked again elsewhere: whoever hangs must not have all of its time. */
const READ_ATTEMPT_MS = 1_000;
/** Whoever does it in the end counts it. */
const ASK_ELSEWHERE: ReadonlySet<string> = new Set(["askLeader", "askOwner"]);

export class StoreGate implements Gate {
  readonly #options: StoreGateOptions;

  constructor(options: StoreGateOptions) {
    this.#options = options;
  }

  /** Answers exactly once, perhaps at once. */
  ask(request: StoreRequest, bytes: Uint8Array, answer: StoreAnswer): void {
    const { member, cluster, clock } = this.#options;
    const { life } = member;
    if (life === null) return answer(this.#notBorn());
    const why = life.machine.whyNotHere(request.shard);
    if (why !== null) return answer(this.#judge(request, why));
    if (request.kind === "read" && !request.isReadonly && !cluster.isLeader) {
      const leader = cluster.ownLeader();
      if (leader !== null && leader.id !== cluster.self.id) return answer({ kind: "moved", node: leader });
    }
    const remainingMs = Math.max(1, Math.ceil(request.untilMs - clock.monotonicMs()));
    const timeoutMs = request.kind === "write" ? remainingMs : Math.min(remainingMs, READ_ATTEMPT_MS);
    const operation: ClientOperation =
      request.kind === "write"
        ? { kind: "write", command: bytes, session: request.session }
        : { kind: "read", query: bytes, consistency: "linearizable" };
    const kind = request.kind === "write" ? commandKind(bytes) : queryKind(bytes);
    life.host.ask(operation, timeoutMs, (outcome) => {
      const isAskedInVain = outcome.kind === "refused" && ASK_ELSEWHERE.has(REFUSALS[outcome.refusal.code].advice);
      if (kind !== null && !isAskedInVain) this.#options.count(kind, outcome.kind);
      answer(this.#judge(request, outcome));
    });
  }

  elsewhere(shard: number): Node | null {
    const { cluster } = this.#options;
    const owner = cluster.ownerOf(shard);
    if (owner === null) return null;
    const leader = owner === cluster.group ? cluster.ownLeader() : (cluster.nodesOf(owner)?.leader ?? null);
    return leader === null || leader.id === cluster.self.id ? null : leader;
  }

  #judge(request: StoreRequest, outcome: Outcome<Reply>): StoreOutcome {
    if (outcome.kind === "done") {
      const { value } = outcome;
      return value.kind === "result" ? { kind: "result", result: value.result } : unknownOutcome("internal");
    }
    if (outcome.kind === "unknown") {
      // A read changes nothing, however it ended.
      return request.kind === "read" ? { kind: "again", text: clusterDown("no answer in time") } : unknownOutcome(outcome.after);
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
        if (code === "shuttingDown" || code === "transferring") return asMoved(this.#otherLeader()) ?? again;
        return again;
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
