// What happens to a replica, as lines of its log: what a person who looks for the reason of something would want to find, and
// nothing that happens with every request.
import type { RaftObservation } from "../../core/raft/ready.ts";
import type { ReplicaObservation } from "../../core/replica/effects.ts";
import type { Logger, LogLevel } from "../logger.ts";

type ObservationOf<K extends ReplicaObservation["kind"]> = Extract<ReplicaObservation, { readonly kind: K }>;
type RaftObservationOf<K extends RaftObservation["kind"]> = Extract<RaftObservation, { readonly kind: K }>;
type Line = { readonly level: LogLevel; readonly message: string };

type Lines = { readonly [K in Exclude<ReplicaObservation["kind"], "raft">]: ((observation: ObservationOf<K>) => Line) | null };
type RaftLines = { readonly [K in RaftObservation["kind"]]: (observation: RaftObservationOf<K>) => Line };

export function observationLog(logger: Logger): (observation: ReplicaObservation) => void {
  return (observation) => {
    const fact = observation.kind === "raft" ? observation.observation : observation;
    const describe = (LINES as Readonly<Record<string, ((fact: never) => Line) | null>>)[fact.kind] ?? null;
    if (describe === null) return;
    const { level, message } = describe(fact as never);
    const { kind: event, ...fields } = fact;
    logger[level]({ event, ...fields }, message);
  };
}

const info = (message: string): Line => ({ level: "info", message });
const warn = (message: string): Line => ({ level: "warn", message });

const RAFT_LINES: RaftLines = {
  roleChanged: ({ role, term, leader }) => info(`${role} in term ${term}${leader === null ? "" : `, ${leader} leads`}`),
  electionStarted: ({ term, reason }) => info(`stands for election in term ${term}: ${reason}`),
  truncated: ({ from, last }) => warn(`entries ${from} to ${last} gave way to another leader's`),
  steppedDown: ({ term, reason }) => info(`stopped leading term ${term}: ${reason}`),
  transferStarted: ({ to, reason }) => info(`hands leadership to ${to}: ${reason}`),
  transferEnded: ({ to, result }) => info(`handing leadership to ${to}: ${result}`),
  membershipChanged: ({ index, joint }) => info(`entry ${index} changed the membership${joint ? ", which is joint for now" : ""}`),
  snapshotSent: ({ to, index }) => info(`sent ${to} a snapshot up to entry ${index}`),
  snapshotInstalled: ({ from, index }) => info(`installed a snapshot up to entry ${index} from ${from}`),
  snapshotUnreadable: ({ index }) =>
    warn(`the file of the snapshot up to entry ${index} can't be read any more; a new one is taken from the state in memory`),
  leaderContradicts: ({ leader, index }) => ({
    level: "error",
    message: `${leader} leads, and tells of another entry ${index} than the committed one that is here: it is not believed. A member has another's disk, or an old one`,
  }),
  memberWiped: ({ member, acknowledged, claimed }) =>
    warn(`${member} acknowledged entries up to ${acknowledged} and now has ${claimed}: its disk was lost or exchanged`),
};

const LINES: Lines & RaftLines = {
  ...RAFT_LINES,
  proposal: null,
  duplicateAnswered: null,
  snapshotTaken: ({ index }) => info(`took a snapshot up to entry ${index}`),
  restored: ({ index }) => info(`restored the state up to entry ${index} from a snapshot`),
  serving: ({ index }) => info(`serves, from entry ${index} on`),
  divergenceFound: ({ why, index }) => ({
    level: "fatal",
    message: `serves nobody from entry ${index} on: ${why}. It begins anew from its disk, and serves again when a majority has the same`,
  }),
  divergenceUndecided: ({ index }) => ({
    level: "fatal",
    message: `members were rebuilt, and still no majority has the same state at entry ${index}: nobody is served until a person decides`,
  }),
  divergenceEnded: ({ index }) => warn(`a majority has the same state again at entry ${index}`),
  envelopeRefused: ({ from, why }) => ({ level: "debug", message: `refused a message of ${from}: ${why}` }),
  peerRestarted: ({ member, boot }) => info(`${member} started anew, boot ${boot}`),
};
