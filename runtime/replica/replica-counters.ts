// What happens to a replica, counted as it is observed.
import type { RaftObservation } from "../../core/raft/ready.ts";
import type { ReplicaObservation } from "../../core/replica/effects.ts";
import type { Metrics } from "../metrics.ts";

type ObservationOf<K extends ReplicaObservation["kind"]> = Extract<ReplicaObservation, { readonly kind: K }>;
type Observers = { readonly [K in ReplicaObservation["kind"]]?: (observation: ObservationOf<K>) => void };
type RaftObservationOf<K extends RaftObservation["kind"]> = Extract<RaftObservation, { readonly kind: K }>;
type RaftObservers = { readonly [K in RaftObservation["kind"]]?: (observation: RaftObservationOf<K>) => void };

export type ObserveReplica = (observation: ReplicaObservation) => void;

export function replicaCounters(metrics: Metrics): ObserveReplica {
  const observers = { ...answerCounters(metrics), ...snapshotCounters(metrics), ...peerCounters(metrics), ...divergenceCounters(metrics) };
  const raft = raftCounters(metrics);
  return (observation) => {
    if (observation.kind === "raft") raft[observation.observation.kind]?.(observation.observation as never);
    else (observers as Observers)[observation.kind]?.(observation as never);
  };
}

function raftCounters(metrics: Metrics): RaftObservers {
  const elections = metrics.preset({
    name: "flotilla_raft_elections_total",
    help: "Elections that this member began, by reason",
    label: "reason",
    values: ["timeout", "transfer"],
  });
  const stepDowns = metrics.preset({
    name: "flotilla_raft_step_downs_total",
    help: "Times that this member stopped leading, by reason",
    label: "reason",
    values: ["higherTerm", "noQuorum", "removed"],
  });
  const transfers = metrics.preset({
    name: "flotilla_raft_transfers_total",
    help: "Hand-overs of leadership that this member began, by reason",
    label: "reason",
    values: ["asked", "slowDisk", "slowLoop", "diskFull", "divergence", "shutdown", "removed"],
  });
  const snapshots = metrics.preset({
    name: "flotilla_raft_snapshot_transfers_total",
    help: "Snapshots that went to or came from other members",
    label: "direction",
    values: ["sent", "installed"],
  });
  return {
    electionStarted: ({ reason }) => {
      elections(reason);
    },
    steppedDown: ({ reason }) => {
      stepDowns(reason);
    },
    transferStarted: ({ reason }) => {
      transfers(reason);
    },
    snapshotSent: () => {
      snapshots("sent");
    },
    snapshotInstalled: () => {
      snapshots("installed");
    },
  };
}

function answerCounters(metrics: Metrics): Observers {
  const proposals = metrics.preset({
    name: "flotilla_raft_proposals_total",
    help: "Writes that ended, by outcome",
    label: "result",
    values: ["done", "refused", "unknown"],
  });
  const repeated = metrics.counter({
    name: "flotilla_duplicates_answered_total",
    help: "Repeated requests that got their first answer again",
  });
  return {
    proposal: ({ result }) => {
      proposals(result);
    },
    duplicateAnswered: () => {
      repeated.add({});
    },
  };
}

function snapshotCounters(metrics: Metrics): Observers {
  const snapshots = metrics.preset({
    name: "flotilla_snapshots_total",
    help: "Snapshots that this member took, and those that it restored its state from",
    label: "event",
    values: ["taken", "restored"],
  });
  return {
    snapshotTaken: () => {
      snapshots("taken");
    },
    restored: () => {
      snapshots("restored");
    },
  };
}

function divergenceCounters(metrics: Metrics): Observers {
  return {
    divergenceFound: () => {
      metrics.failed("divergence");
    },
  };
}

function peerCounters(metrics: Metrics): Observers {
  const refused = metrics.preset({
    name: "flotilla_peer_envelopes_refused_total",
    help: "Messages that were not for this member, by reason",
    label: "why",
    values: ["cluster", "group", "addressee", "removed", "oldLife", "malformed"],
  });
  return {
    envelopeRefused: ({ why }) => {
      refused(why);
    },
  };
}
