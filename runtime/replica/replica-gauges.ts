// How a replica stands, for Prometheus: read from its status whenever somebody looks.
import type { MemberId } from "../../core/base/ids.ts";
import type { RoleName } from "../../core/raft/ready.ts";
import type { ReplicaStatus } from "../../core/replica/status.ts";
import type { Metrics, Reading } from "../metrics.ts";

const ROLES: readonly (RoleName | "learner")[] = ["follower", "preCandidate", "candidate", "leader", "learner"];

/** Gauges; `status` is null until there is a replica. */
export function replicaGauges(metrics: Metrics, group: string, status: () => ReplicaStatus | null): void {
  const read = (name: `flotilla_${string}`, help: string, value: (status: ReplicaStatus) => number): void => {
    metrics.read("gauge", { name, help }, () => {
      const now = status();
      return now === null ? [] : [{ labels: {}, value: value(now) }];
    });
  };
  read("flotilla_raft_term", "The newest term that this member knows", ({ raft }) => raft.term);
  read("flotilla_raft_commit_index", "The highest entry known to be committed", ({ raft }) => raft.commitIndex);
  read("flotilla_raft_applied_index", "The highest entry that was applied", ({ appliedIndex }) => appliedIndex);
  read("flotilla_raft_last_index", "The last entry of the log", ({ raft }) => raft.lastIndex);
  read("flotilla_raft_durable_index", "The last entry that is durable here", ({ raft }) => raft.durableIndex);
  read("flotilla_raft_snapshot_index", "The last entry of the newest snapshot", ({ raft }) => raft.snapshotIndex);
  read("flotilla_raft_log_bytes", "Log that a restart would have to read", ({ raft }) => raft.logBytes);
  read("flotilla_replica_sessions", "Sessions of clients that are remembered", ({ sessions }) => sessions);
  read("flotilla_replica_session_answer_bytes", "Room that remembered answers take", ({ answerBytes }) => answerBytes);
  read("flotilla_replica_pending_writes", "Writes that wait for their entries", ({ pendingWrites }) => pendingWrites);
  read("flotilla_replica_pending_reads", "Reads that wait for their index", ({ pendingReads }) => pendingReads);
  read("flotilla_replica_diverged", "1 while this member's state is not its group's, and it serves nobody", ({ divergence }) =>
    divergence === null ? 0 : 1,
  );
  read(
    "flotilla_replica_disk_short",
    "1 while the disk has less room than its reserve, and writes that grow are refused",
    ({ isDiskShort }) => (isDiskShort ? 1 : 0),
  );
  read(
    "flotilla_replica_scrub_round_seconds",
    "How long it took to look at the whole state in memory once",
    ({ scrub }) => scrub.lastRoundMs / 1_000,
  );
  metrics.read(
    "counter",
    { name: "flotilla_replica_scrub_rounds_total", help: "Times that the whole state in memory was looked at" },
    () => {
      const now = status();
      return now === null ? [] : [{ labels: {}, value: now.scrub.rounds }];
    },
  );
  metrics.read("gauge", { name: "flotilla_raft_role", help: "1 for the role that this member has", labels: ["group", "role"] }, () =>
    rolesOf(group, status()),
  );
  metrics.read(
    "gauge",
    { name: "flotilla_raft_peer_lag_entries", help: "Entries that a follower lacks, by its ordinal", labels: ["peer"] },
    () => lagsOf(status()),
  );
}

function rolesOf(group: string, status: ReplicaStatus | null): readonly Reading<"group" | "role">[] {
  const own = status === null ? null : status.raft.isLearner ? "learner" : status.raft.role;
  return ROLES.map((role) => ({ labels: { group, role }, value: role === own ? 1 : 0 }));
}

function lagsOf(status: ReplicaStatus | null): readonly Reading<"peer">[] {
  if (status === null || status.raft.role !== "leader") return [];
  const { followers, lastIndex, membership } = status.raft;
  const ordinal = (member: MemberId): string => String(membership.places[member]?.ordinal ?? "unknown");
  return followers.map(({ member, matchIndex }) => ({ labels: { peer: ordinal(member) }, value: lastIndex - matchIndex }));
}
