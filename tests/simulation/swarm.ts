// Draws a run from a seed. Every seed has its own sizes, limits, rates and subset of faults (swarm testing): limits that
// are met all the time in one run and never in another find more than any single good configuration.
import type { Random as RandomType } from "../../core/base/random.ts";
import { Random } from "../../core/base/random.ts";
import { DEFAULT_LIMITS } from "../../core/raft/inputs.ts";
import type { RaftLimits, RaftTiming } from "../../core/raft/inputs.ts";
import { DEFAULT_REPLICA_LIMITS } from "../../core/replica/options.ts";
import type { ReplicaLimits } from "../../core/replica/options.ts";
import type { FaultKind } from "./faults/catalogue.ts";
import { FAULT_KINDS, FAULTS } from "./faults/catalogue.ts";
import type { ClientProfile, DiskProfile, FaultEvent, HostProfile, RunPlan } from "./run-plan.ts";
import { WORKLOAD_KINDS } from "./workloads/catalogue.ts";
import type { NetworkProfile } from "./world/network.ts";

export type SwarmOptions = { readonly safetyMs?: number };

export function drawPlan(seed: number, options: SwarmOptions = {}): RunPlan {
  const random = new Random(seed);
  const members = drawMembers(random.child("members"));
  const safetyMs = options.safetyMs ?? random.child("duration").between(8_000, 16_000);
  return {
    seed,
    members,
    spares: members === 3 ? 2 : members === 7 ? 0 : 1,
    safetyMs,
    timing: drawTiming(random.child("timing")),
    raftLimits: drawRaftLimits(random.child("raft limits")),
    replicaLimits: drawReplicaLimits(random.child("replica limits")),
    network: drawNetwork(random.child("network profile")),
    disk: drawDisk(random.child("disk profile")),
    host: drawHost(random.child("host profile")),
    clients: drawClients(random.child("clients")),
    faults: drawFaults(random.child("faults"), safetyMs),
  };
}

function drawMembers(random: RandomType): number {
  const die = random.fraction();
  if (die < 0.04) return 1;
  if (die < 0.1) return 2;
  if (die < 0.65) return 3;
  return die < 0.93 ? 5 : 7;
}

function drawTiming(random: RandomType): RaftTiming {
  const heartbeatTicks = random.between(2, 5);
  return { heartbeatTicks, electionTicks: heartbeatTicks * random.between(3, 4) };
}

/** Each limit is the product's in one of three runs, and small enough to be met in the others. */
function drawRaftLimits(random: RandomType): RaftLimits {
  const pick = (name: keyof RaftLimits, ...small: readonly number[]): number =>
    random.chance(0.35) ? DEFAULT_LIMITS[name] : random.pick(small);
  return {
    appendEntriesMax: pick("appendEntriesMax", 1, 2, 8, 64),
    appendBytesMax: pick("appendBytesMax", 256, 2_048, 16_384),
    windowMessagesMax: pick("windowMessagesMax", 1, 2, 4, 16),
    windowBytesMax: pick("windowBytesMax", 512, 4_096, 65_536),
    uncommittedBytesMax: pick("uncommittedBytesMax", 2_048, 16_384, 65_536),
    uncommittedEntriesMax: pick("uncommittedEntriesMax", 8, 40, 200),
    entryBytesMax: DEFAULT_LIMITS.entryBytesMax,
    applyBytesMax: pick("applyBytesMax", 1, 512, 4_096),
    applyEntriesMax: DEFAULT_LIMITS.applyEntriesMax, // small bytes are few entries
    pendingReadsMax: pick("pendingReadsMax", 2, 16, 64),
    snapshotPieceBytes: pick("snapshotPieceBytes", 2_048, 8_192, 65_536),
    snapshotWindowPieces: pick("snapshotWindowPieces", 1, 2, 4),
    trailingEntries: pick("trailingEntries", 0, 3, 20, 100),
    trailingBytes: pick("trailingBytes", 0, 1_024, 16_384),
    fewMessages: pick("fewMessages", 1, 4, 64),
    manyCommitted: pick("manyCommitted", 1, 2, 8),
    veryManyCommitted: pick("veryManyCommitted", 4, 64),
    manyEntries: pick("manyEntries", 1, 4, 32),
  };
}

function drawReplicaLimits(random: RandomType): ReplicaLimits {
  const pick = (name: keyof ReplicaLimits, ...small: readonly number[]): number =>
    random.chance(0.35) ? DEFAULT_REPLICA_LIMITS[name] : random.pick(small);
  return {
    ...DEFAULT_REPLICA_LIMITS,
    pendingWritesMax: pick("pendingWritesMax", 4, 16, 64),
    pendingReadsMax: pick("pendingReadsMax", 2, 8, 64),
    readRetryMs: random.pick([150, 300, 600]),
    sessionsMax: pick("sessionsMax", 3, 8, 32),
    openSerialsMax: pick("openSerialsMax", 1, 4, 16),
    snapshotEntries: random.pick([15, 40, 120, 400]),
    snapshotBytes: random.pick([4_096, 32_768, 1_048_576]),
    snapshotGrowth: random.pick([0, 0.5, 1]),
    snapshotSliceBytes: random.pick([256, 2_048, 262_144]),
    snapshotRetryMs: random.pick([200, 1_000]),
    shutdownGraceMs: random.pick([100, 500, 2_000]),
    answerBytesMax: pick("answerBytesMax", 300, 1_000, 4_000),
    readBacklogMax: pick("readBacklogMax", 1, 8, 64),
  };
}

function drawNetwork(random: RandomType): NetworkProfile {
  const delayMinUs = random.pick([50, 200, 1_000, 5_000]);
  return {
    delayMinUs,
    delayMaxUs: delayMinUs * random.pick([1, 2, 5]) + random.pick([0, 500, 5_000]),
    tailPermille: random.pick([0, 1, 10]),
    tailUs: random.pick([20_000, 200_000, 1_000_000]),
  };
}

function drawDisk(random: RandomType): DiskProfile {
  const syncMinUs = random.pick([50, 300, 1_000, 4_000]);
  return {
    syncMinUs,
    syncMaxUs: syncMinUs * random.pick([1, 3, 10]),
    otherMinUs: 5,
    otherMaxUs: random.pick([10, 100, 500]),
    log: { segmentBytes: random.pick([32_768, 65_536, 262_144]), frameBytesMax: random.pick([2_048, 8_192, 16_384]) },
  };
}

function drawHost(random: RandomType): HostProfile {
  const isTight = random.chance(0.3);
  return {
    requestsMax: isTight ? random.between(2, 8) : 10_000,
    messagesMax: isTight ? random.between(16, 64) : 20_000,
    turnMinUs: random.pick([5, 20, 100]),
    turnMaxUs: random.pick([100, 300, 1_000]),
  };
}

function drawClients(random: RandomType): readonly ClientProfile[] {
  const kinds = random.shuffled(WORKLOAD_KINDS).slice(0, random.between(2, WORKLOAD_KINDS.length));
  const keys = random.pick([1, 2, 4]);
  return Array.from({ length: random.between(3, 7) }, (_, i): ClientProfile => {
    const thinkMinMs = random.pick([0, 2, 10]);
    return {
      workload: kinds[i % kinds.length] ?? "mixed",
      hasSession: random.chance(0.6),
      isGreedy: random.chance(0.2),
      inFlightMax: random.pick([1, 1, 2, 4]),
      thinkMinMs,
      thinkMaxMs: thinkMinMs + random.pick([10, 40, 120]),
      keys,
      valueBytesMax: random.pick([8, 40, 400, 3_000]),
      staleReadPermille: random.pick([0, 50, 200]),
      deadlineMs: random.pick([100, 400, 1_500]),
      lossPermille: random.pick([0, 0, 5, 30]),
      abandonPermille: random.pick([0, 10, 30]),
      duplicatePermille: random.pick([0, 50, 300]),
    };
  });
}

function drawFaults(random: RandomType, safetyMs: number): readonly FaultEvent[] {
  const kinds = drawKinds(random);
  if (kinds.length === 0) return [];
  const meanGapMs = random.pick([150, 400, 900, 2_000]);
  const faults: FaultEvent[] = [];
  // The first moment belongs to the founding of the group, which has faults of its own in half of the runs.
  let atMs = random.chance(0.5) ? 0 : 1_500;
  for (;;) {
    atMs += random.between(1, 2 * meanGapMs);
    if (atMs >= safetyMs) return faults;
    const kind = random.pick(kinds);
    const { min, max } = FAULTS[kind].forMs;
    const dice = [random.fraction(), random.fraction(), random.fraction()] as const;
    faults.push({ id: faults.length, kind, atMs, forMs: random.between(min, max), dice });
  }
}

/** A subset, in which the heavier ones are more often and stand more often. */
function drawKinds(random: RandomType): readonly FaultKind[] {
  const share = random.pick([0.1, 0.25, 0.5]);
  const chosen = FAULT_KINDS.filter(() => random.chance(share));
  return chosen.flatMap((kind) => Array.from({ length: FAULTS[kind].weight }, () => kind));
}
