// What replicas say of themselves, counted where it is a rare state that a run should have met.
import type { Outcome } from "../../../core/base/outcome.ts";
import type { RaftObservation } from "../../../core/raft/ready.ts";
import type { ReplicaObservation, Reply } from "../../../core/replica/effects.ts";
import type { PeerMessage } from "../../../core/replica/peer-message.ts";
import type { EffectCounts, EffectName } from "./counters.ts";

type ObservationOf<K extends ReplicaObservation["kind"]> = Extract<ReplicaObservation, { readonly kind: K }>;
type RaftObservationOf<K extends RaftObservation["kind"]> = Extract<RaftObservation, { readonly kind: K }>;

type Counting = { readonly [K in ReplicaObservation["kind"]]?: (effects: EffectCounts, observation: ObservationOf<K>) => void };
type RaftCounting = { readonly [K in RaftObservation["kind"]]?: (effects: EffectCounts, observation: RaftObservationOf<K>) => void };

export function countObservation(effects: EffectCounts, observation: ReplicaObservation): void {
  COUNTING[observation.kind]?.(effects, observation as never);
}

/** What a message shows that no observation tells. */
export function countMessage(effects: EffectCounts, { body }: PeerMessage): void {
  if (body.kind !== "raft") return;
  const { message } = body;
  if (message.kind === "preVoteReply" && !message.granted) effects["pre-vote refused"]++;
  if (message.kind === "voteReply" && !message.granted) effects["vote refused"]++;
  if (message.kind === "appendReply" && message.result.kind === "conflict") effects["log conflict"]++;
  if (message.kind === "readIndexReply") effects[message.index === null ? "read index dropped" : "read index confirmed for a follower"]++;
}

const REFUSAL_EFFECTS: { readonly [code: string]: EffectName } = {
  diskFull: "request refused: disk full",
  serialForgotten: "serial forgotten",
  sessionExpired: "session expired",
  tooManyOpenSerials: "too many open serials",
  transferring: "request refused: transferring",
};

export function countReply(effects: EffectCounts, outcome: Outcome<Reply>): void {
  if (outcome.kind !== "refused") return;
  const name = REFUSAL_EFFECTS[outcome.refusal.code];
  if (name !== undefined) effects[name]++;
  if (outcome.refusal.message === "too much is waiting for a majority") effects["proposal refused: uncommitted limit"]++;
}

const COUNTING: Counting = {
  raft: (effects, { observation }) => RAFT_COUNTING[observation.kind]?.(effects, observation as never),
  duplicateAnswered: (effects) => void effects["duplicate answered from a session"]++,
  snapshotTaken: (effects) => void effects["snapshot taken"]++,
  restored: (effects) => void effects["state restored"]++,
  envelopeRefused: (effects, { why }) => {
    if (why === "oldLife") effects["envelope of an old life refused"]++;
    if (why === "removed") effects["removed member told"]++;
  },
};

const RAFT_COUNTING: RaftCounting = {
  truncated: (effects) => void effects["log truncated"]++,
  snapshotInstalled: (effects) => void effects["snapshot installed"]++,
  steppedDown: (effects, { reason }) => {
    if (reason === "noQuorum") effects["leader without quorum stepped down"]++;
  },
  transferStarted: (effects, { reason }) => {
    if (reason === "slowDisk") effects["slow leader handed over"]++;
    if (reason === "slowLoop") effects["stalling leader handed over"]++;
    if (reason === "removed") effects["removed leader handed over"]++;
    if (reason === "diskFull") effects["leader short of space handed over"]++;
  },
  transferEnded: (effects, { result }) => void effects[result === "handedOver" ? "leadership handed over" : "transfer timed out"]++,
  membershipChanged: (effects, { joint }) => {
    if (joint) effects["joint configuration"]++;
  },
  memberWiped: (effects) => void effects["wiped member noticed by its log"]++,
};
