// The replicated key/value service of 2020 to 2024 with snapshots: the log stays small, and nothing is lost with it.
import type { Lab } from "../lab.ts";
import { AT_RANDOM, EVERYTHING, genericLab, putOnce, speed } from "./kvraft-3a.ts";
import { snapshotRpc, snapshotSize, STATE_BYTES_MAX } from "./scripts-of-both.ts";

const SMALL = { stateBytesMax: STATE_BYTES_MAX };
const MANY = { ...SMALL, clients: 5 };

export const KVRAFT_3B: readonly Lab[] = [
  { name: "TestSnapshotRPC3B", script: (bench) => snapshotRpc(bench, putOnce) },
  { name: "TestSnapshotSize3B", script: (bench) => snapshotSize(bench, putOnce) },
  { name: "TestSpeed3B", script: (bench) => speed(bench, STATE_BYTES_MAX) },
  genericLab("TestSnapshotRecover3B", { ...SMALL, crashes: true }),
  genericLab("TestSnapshotRecoverManyClients3B", { ...SMALL, clients: 20, crashes: true }),
  genericLab("TestSnapshotUnreliable3B", { ...MANY, isReliable: false }),
  genericLab("TestSnapshotUnreliableRecover3B", { ...MANY, isReliable: false, crashes: true }),
  genericLab("TestSnapshotUnreliableRecoverConcurrentPartition3B", { ...MANY, ...EVERYTHING }),
  genericLab("TestSnapshotUnreliableRecoverConcurrentPartitionLinearizable3B", { ...SMALL, ...AT_RANDOM, ...EVERYTHING }),
];
