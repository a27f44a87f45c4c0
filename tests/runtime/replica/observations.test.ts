import { asBoot, asIndex, asMember, asTerm } from "../../../core/base/ids.ts";
import type { ReplicaObservation } from "../../../core/replica/effects.ts";
import type { Logger } from "../../../runtime/logger.ts";
import { SILENT } from "../../../runtime/logger.ts";
import { Metrics } from "../../../runtime/metrics.ts";
import { observationLog } from "../../../runtime/replica/observation-log.ts";
import { operationCounter } from "../../../runtime/replica/operation-metrics.ts";
import { replicaCounters } from "../../../runtime/replica/replica-counters.ts";
import { replicaGauges } from "../../../runtime/replica/replica-gauges.ts";
import { logObserver } from "../../../runtime/replica/log-metrics.ts";
import { diskProblem } from "../../../runtime/disk/disk-problem.ts";
import { ReplicaWorld } from "../../core/replica/replica-world.ts";
import { ManualClock } from "../manual-clock.ts";

const member = asMember("member-b");
const raft = (observation: Extract<ReplicaObservation, { kind: "raft" }>["observation"]): ReplicaObservation => ({
  kind: "raft",
  observation,
});

const ALL: readonly ReplicaObservation[] = [
  raft({ kind: "roleChanged", role: "leader", term: asTerm(3), leader: member }),
  raft({ kind: "electionStarted", term: asTerm(3), reason: "timeout" }),
  raft({ kind: "truncated", from: asIndex(5), last: asIndex(9) }),
  raft({ kind: "steppedDown", term: asTerm(3), reason: "noQuorum" }),
  raft({ kind: "transferStarted", to: member, reason: "slowDisk" }),
  raft({ kind: "transferEnded", to: member, result: "timedOut" }),
  raft({ kind: "membershipChanged", index: asIndex(4), joint: true }),
  raft({ kind: "snapshotSent", to: member, index: asIndex(4) }),
  raft({ kind: "snapshotInstalled", from: member, index: asIndex(4) }),
  raft({ kind: "snapshotUnreadable", index: asIndex(4) }),
  raft({ kind: "leaderContradicts", leader: member, index: asIndex(4) }),
  raft({ kind: "memberWiped", member, acknowledged: asIndex(9), claimed: asIndex(0) }),
  { kind: "proposal", result: "unknown" },
  { kind: "duplicateAnswered", client: "c", serial: 1 },
  { kind: "snapshotTaken", index: asIndex(4) },
  { kind: "restored", index: asIndex(4) },
  { kind: "serving", index: asIndex(4) },
  { kind: "envelopeRefused", from: member, why: "oldLife" },
  { kind: "peerRestarted", member, boot: asBoot(2) },
];

test("each thing that happens is one line with its event, but what happens with every request is none", () => {
  const lines: { readonly level: string; readonly event: unknown; readonly message: string }[] = [];
  const at = (level: string) => (fields: { readonly event: string }, message: string) =>
    void lines.push({ level, event: fields.event, message });
  const logger: Logger = {
    ...SILENT,
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    fatal: at("fatal"),
    child: () => logger,
  };
  const tell = observationLog(logger);
  for (const observation of ALL) tell(observation);
  const silent = ["proposal", "duplicateAnswered"];
  const expected = ALL.map((each) => (each.kind === "raft" ? each.observation.kind : each.kind)).filter((kind) => !silent.includes(kind));
  expect(lines.map(({ event }) => event)).toEqual(expected);
  expect(lines.every(({ message }) => message.length > 5)).toBe(true);
  expect(lines.find(({ event }) => event === "memberWiped")?.level).toBe("warn");
  expect(lines.find(({ event }) => event === "leaderContradicts")?.level).toBe("error");
});

test("what happens is counted, and what has not happened yet is there with 0", async () => {
  const metrics = new Metrics({ service: "replica", version: "1" });
  const count = replicaCounters(metrics);
  const countOperation = operationCounter(metrics, "1");
  for (const name of ['proposals_total{result="done"}', 'elections_total{reason="transfer"}']) {
    expect(await metrics.text()).toContain(`flotilla_raft_${name} 0`);
  }
  for (const observation of ALL) count(observation);
  countOperation("put", "done");
  const text = await metrics.text();
  for (const line of [
    `flotilla_raft_elections_total{reason="timeout"} 1`,
    `flotilla_raft_step_downs_total{reason="noQuorum"} 1`,
    `flotilla_raft_transfers_total{reason="slowDisk"} 1`,
    `flotilla_raft_snapshot_transfers_total{direction="sent"} 1`,
    `flotilla_raft_proposals_total{result="unknown"} 1`,
    `flotilla_duplicates_answered_total 1`,
    `flotilla_snapshots_total{event="taken"} 1`,
    `flotilla_peer_envelopes_refused_total{why="oldLife"} 1`,
    `flotilla_kv_operations_total{group="1",operation="put",result="done"} 1`,
    `flotilla_kv_operations_total{group="1",operation="append",result="refused"} 0`,
  ]) {
    expect(text).toContain(line);
  }
});

test("before there is a replica it has no role", async () => {
  const metrics = new Metrics({ service: "replica", version: "1" });
  replicaGauges(metrics, "1", () => null);
  const roles = (await metrics.text()).match(/^flotilla_raft_role\{.*$/gm) ?? [];
  expect(roles).toHaveLength(5);
  expect(roles.every((line) => line.endsWith(" 0"))).toBe(true);
});

test.each(["short", "plenty"] as const)("for as long as a disk is short of its reserve a member says so: %s", async (space) => {
  const metrics = new Metrics({ service: "replica", version: "1" });
  const world = new ReplicaWorld({ size: 1 });
  const { name } = world.electLeader();
  replicaGauges(metrics, "1", () => world.running(name).status());
  world.tell(name, { kind: "diskSpace", state: "short" });
  world.tell(name, { kind: "diskSpace", state: space });
  world.settle();
  expect(await metrics.text()).toContain(`flotilla_replica_disk_short ${space === "short" ? 1 : 0}\n`);
});

test("a frame's time is from its write to its durability, and a full disk is a failure", async () => {
  const metrics = new Metrics({ service: "replica", version: "1" });
  const clock = new ManualClock();
  const observe = logObserver({ metrics, clock, logger: SILENT });
  observe({ kind: "frameStarted", sequence: 1, bytes: 10, writes: 1 });
  clock.advance(40);
  observe({ kind: "frameDurable", sequence: 1 });
  observe({ kind: "spaceShort", problem: diskProblem("full", { file: "log" }, "no room") });
  const text = await metrics.text();
  expect(text).toContain(`flotilla_wal_fsync_duration_seconds_bucket{le="0.025"} 0`);
  expect(text).toContain(`flotilla_wal_fsync_duration_seconds_bucket{le="0.05"} 1`);
  expect(text).toContain(`flotilla_failures_total{cause="diskFull"} 1`);
});
