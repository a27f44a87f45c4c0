// Consensus: who leads and why that changed, how far each member is, and what disk and network add to it.
import { dashboard } from "./dashboard.ts";
import { bounds, heat, lines, states } from "./panels.ts";
import { inRange, perSecond, quantile, series } from "./selectors.ts";

const FSYNC = "flotilla_wal_fsync_duration_seconds";
/** By the number that stands for each in the band of a member. */
const ROLES = [
  { role: "follower", text: "follows", color: "dark-blue" },
  { role: "learner", text: "learns", color: "purple" },
  { role: "preCandidate", text: "asks for votes", color: "yellow" },
  { role: "candidate", text: "stands for election", color: "orange" },
  { role: "leader", text: "leads", color: "green" },
];

const leadership = [
  states({
    title: "Roles",
    description: "What each member is. A learner catches up and does not vote yet; one that stays a learner has a runbook of its own.",
    unit: "none",
    queries: [
      {
        expr: `sum by (group, pod) (${ROLES.map(({ role }, i) => `${i + 1} * ${series("flotilla_raft_role", `role="${role}"`)}`).join(" or ")})`,
        legend: "{{group}}: {{pod}}",
      },
    ],
    states: Object.fromEntries(ROLES.map(({ text, color }, i) => [String(i + 1), { text, color }])),
  }),
  lines({
    title: "Term",
    description: "Each election raises it. A line that climbs without an end: members can't agree on a leader.",
    unit: "none",
    queries: [{ expr: `max by (group) (${series("flotilla_raft_term")})`, legend: "{{group}}" }],
  }),
  lines({
    title: "Elections",
    description: "Begun by members in the time that is shown. `timeout`: no leader was heard; `transfer`: a leader handed over on purpose.",
    unit: "none",
    queries: [{ expr: `sum by (group, reason) (${inRange("flotilla_raft_elections_total")})`, legend: "{{group}}: {{reason}}" }],
  }),
  lines({
    title: "Leaders that stopped leading",
    description:
      "`noQuorum`: a leader could not reach a majority. `slowDisk`, `slowLoop`, `diskFull`: it handed over because it was not well.",
    unit: "none",
    queries: [
      { expr: `sum by (reason) (${inRange("flotilla_raft_step_downs_total")})`, legend: "stepped down: {{reason}}" },
      { expr: `sum by (reason) (${inRange("flotilla_raft_transfers_total")})`, legend: "handed over: {{reason}}" },
    ],
  }),
];

const replication = [
  lines({
    title: "Proposals",
    description: "Writes that ended, by outcome. `unknown` means that the leader was lost while a write was under way.",
    unit: "ops",
    queries: [{ expr: `sum by (result) (${perSecond("flotilla_raft_proposals_total")})`, legend: "{{result}}" }],
  }),
  lines({
    title: "Entries committed and applied",
    description: "The two lines of a group lie on each other. Committed without applied: members are busy or restoring.",
    unit: "cps",
    queries: [
      { expr: `max by (group) (deriv(${series("flotilla_raft_commit_index")}[$__rate_interval]))`, legend: "{{group}} committed" },
      { expr: `max by (group) (deriv(${series("flotilla_raft_applied_index")}[$__rate_interval]))`, legend: "{{group}} applied" },
    ],
  }),
  lines({
    title: "Writes and reads that wait",
    description: "Requests held by members until their entry is committed or their read index is confirmed.",
    unit: "short",
    queries: [
      { expr: `sum by (group) (${series("flotilla_replica_pending_writes")})`, legend: "{{group}} writes" },
      { expr: `sum by (group) (${series("flotilla_replica_pending_reads")})`, legend: "{{group}} reads" },
    ],
  }),
  lines({
    title: "What followers lack",
    description:
      "Entries between the end of the leader's log and what a follower has acknowledged, by the follower's ordinal. Above 5000 there is an alert.",
    unit: "short",
    noValue: "no leader has a follower",
    queries: [{ expr: `max by (group, peer) (${series("flotilla_raft_peer_lag_entries")})`, legend: "{{group}}-{{peer}}" }],
    thresholds: bounds({ red: 5_000 }),
  }),
  lines({
    title: "Committed, not yet applied",
    description: "Of each member. Reads wait for it. Above 5000 there is an alert.",
    unit: "short",
    queries: [
      {
        expr: `max by (pod) (${series("flotilla_raft_commit_index")} - ${series("flotilla_raft_applied_index")})`,
        legend: "{{pod}}",
      },
    ],
    thresholds: bounds({ red: 5_000 }),
  }),
  lines({
    title: "Written, not yet durable",
    description: "Entries of each member's log that its disk has not confirmed.",
    unit: "short",
    queries: [
      { expr: `max by (pod) (${series("flotilla_raft_last_index")} - ${series("flotilla_raft_durable_index")})`, legend: "{{pod}}" },
    ],
  }),
];

const disk = [
  lines({
    title: "How long a write to the log takes",
    description:
      "Write and fdatasync together. Every write of a client waits for it on a majority; above 100 ms elections come near, above 250 ms there is an alert.",
    unit: "s",
    noValue: "no writes",
    queries: [
      { expr: quantile(0.5, FSYNC, { by: "pod" }), legend: "{{pod}} p50" },
      { expr: quantile(0.99, FSYNC, { by: "pod" }), legend: "{{pod}} p99" },
    ],
    thresholds: bounds({ orange: 0.1, red: 0.25 }),
  }),
  heat({
    title: "Writes to the log, by how long they take",
    description: "A second band far above the first: something else uses this disk from time to time.",
    unit: "s",
    queries: [{ expr: `sum by (le) (${perSecond(`${FSYNC}_bucket`)})`, legend: "{{le}}" }],
  }),
  lines({
    title: "Log",
    description: "What a restart would have to read. It falls with each snapshot; a line that only climbs: no snapshot can be taken.",
    unit: "bytes",
    queries: [{ expr: `max by (pod) (${series("flotilla_raft_log_bytes")})`, legend: "{{pod}}" }],
  }),
  lines({
    title: "Snapshots",
    description: "Taken, restored from, sent to others and installed, in the time that is shown.",
    unit: "none",
    queries: [
      { expr: `sum by (event) (${inRange("flotilla_snapshots_total")})`, legend: "{{event}}" },
      { expr: `sum by (direction) (${inRange("flotilla_raft_snapshot_transfers_total")})`, legend: "{{direction}}" },
    ],
  }),
];

const peers = [
  lines({
    title: "Messages between members",
    description: "Sent, by kind. Appends and their replies follow the load; an idle group sends heartbeats only.",
    unit: "cps",
    noValue: "none yet",
    queries: [{ expr: `sum by (kind) (${perSecond("flotilla_peer_messages_total", 'result="sent"')})`, legend: "{{kind}}" }],
  }),
  lines({
    title: "Messages that did not arrive",
    description:
      "Dropped because a peer could not be reached or its queue was full, by the peer's ordinal. Raft sends again. More than one a second for long: there is an alert.",
    unit: "cps",
    noValue: "none yet",
    queries: [
      { expr: `sum by (group, peer) (${perSecond("flotilla_peer_messages_total", 'result="dropped"')})`, legend: "to {{group}}-{{peer}}" },
    ],
    thresholds: bounds({ red: 1 }),
  }),
  lines({
    title: "Messages that wait for their peer",
    description: "Bytes held for members that are slow or away: at most 24 MiB for each, then the oldest are dropped.",
    unit: "bytes",
    queries: [{ expr: `max by (pod) (${series("flotilla_peer_buffer_bytes")})`, legend: "{{pod}}" }],
    thresholds: bounds({ red: 24 * 1_048_576 }),
  }),
  lines({
    title: "Messages refused",
    description: "Not meant for this member: another cluster's, a removed member's, of an earlier life. In the time that is shown.",
    unit: "none",
    queries: [{ expr: `sum by (why) (${inRange("flotilla_peer_envelopes_refused_total")})`, legend: "{{why}}" }],
  }),
  lines({
    title: "How long certificates are good",
    description:
      "Until the one that a member shows to others ends, or the first of those above it. A line jumps up whenever another one is taken; with cert-manager that is when a third is left. Below a tenth of a certificate's whole time there is an alert. At 0 no other member connects to this one.",
    unit: "s",
    noValue: "no TLS between members",
    queries: [{ expr: `min by (pod) (${series("flotilla_peer_certificate_expires_timestamp_seconds")} - time())`, legend: "{{pod}}" }],
  }),
];

export const raft = dashboard({
  name: "raft",
  title: "Raft",
  description: "Who leads and why that changed, how far each member is, and what disk and network add to it.",
  rows: [
    { title: "Leadership", panels: leadership },
    { title: "Replication", panels: replication },
    { title: "Disk", panels: disk },
    { title: "Between members", panels: peers },
  ],
});
