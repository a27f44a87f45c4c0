// A whole run as plain data: what was drawn from the seed, and every fault that will be tried. It can be written to a file,
// edited and run again, so a failing run is made shorter by leaving lines out. The same plan gives the same run.
import type { RaftLimits, RaftTiming } from "../../core/raft/inputs.ts";
import type { ReplicaLimits } from "../../core/replica/options.ts";
import type { LogLimits } from "../../runtime/disk/log/log-options.ts";
import type { FaultKind } from "./faults/catalogue.ts";
import type { WorkloadKind } from "./workloads/catalogue.ts";
import type { NetworkProfile } from "./world/network.ts";

export type RunPlan = {
  readonly seed: number;
  /** Founding members; `spares` further places exist, without anybody, until a fault adds them. */
  readonly members: number;
  readonly spares: number;
  readonly safetyMs: number;
  readonly timing: RaftTiming;
  readonly raftLimits: RaftLimits;
  readonly replicaLimits: ReplicaLimits;
  readonly network: NetworkProfile;
  readonly disk: DiskProfile;
  readonly host: HostProfile;
  readonly clients: readonly ClientProfile[];
  readonly faults: readonly FaultEvent[];
};

export type DiskProfile = {
  readonly syncMinUs: number;
  readonly syncMaxUs: number;
  /** Every other operation. */
  readonly otherMinUs: number;
  readonly otherMaxUs: number;
  readonly log: LogLimits;
};

export type HostProfile = {
  readonly requestsMax: number;
  readonly messagesMax: number;
  /** How long a turn holds up the event loop. */
  readonly turnMinUs: number;
  readonly turnMaxUs: number;
};

export type ClientProfile = {
  readonly workload: WorkloadKind;
  readonly hasSession: boolean;
  /** Opens more serials at once than members allow. */
  readonly isGreedy: boolean;
  readonly inFlightMax: number;
  readonly thinkMinMs: number;
  readonly thinkMaxMs: number;
  readonly keys: number;
  readonly valueBytesMax: number;
  /** Of the reads, answered by a member from what it has applied. */
  readonly staleReadPermille: number;
  readonly deadlineMs: number;
  /** A request, or its answer, gets lost between client and member. */
  readonly lossPermille: number;
  /** The client goes away while the member is still at work for it. */
  readonly abandonPermille: number;
  /** An old request turns up once more, somewhere. */
  readonly duplicatePermille: number;
};

/** One line of the plan. What it does follows from the line and the state of the world, never from another line's draws. */
export type FaultEvent = {
  readonly id: number;
  readonly kind: FaultKind;
  readonly atMs: number;
  readonly forMs: number;
  /** Three numbers in [0, 1): whom it hits, how hard, and so on. */
  readonly dice: readonly [number, number, number];
};
