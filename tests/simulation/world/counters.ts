// How often each fault and each rare state took effect. A fault that was injected and changed nothing is not counted:
// over a whole run every name must have happened, or the simulator proves less than it says.

/** A fault had a consequence: a message was lost, a process lost its memory, a write had to wait. */
export const FAULT_EFFECTS = [
  "crash: power lost with unsynced bytes",
  "crash: process killed",
  "crash: everybody at once",
  "crash: a quorum at once",
  "crash: leader right after it appended",
  "crash: at a step of a snapshot",
  "pause",
  "pause: leader slept through an election",
  "stall",
  "restart",
  "swift restart",
  "restarted before it was answered",
  "slow fsync",
  "failing fsync",
  "failing write",
  "full disk",
  "disk paused over two terms",
  "bit flip",
  "sector of zeros",
  "lost log",
  "wiped disk",
  "memory altered",
  "old backup restored",
  "message dropped",
  "message delayed",
  "message duplicated",
  "message reordered",
  "message damaged",
  "one-way cut",
  "partition: majority and minority",
  "partition: leader isolated",
  "partition: ring",
  "partition: bridge",
  "partition: flapping",
  "partition: swizzle",
  "partition: leader with uncommitted entries",
  "conflicting tail met by a snapshot",
  "clogged link",
  "clock jump",
  "clock drift",
  "binary upgraded",
  "transfer asked",
  "member added",
  "member removed",
  "member replaced",
  "places closed",
] as const;

/** States of the system that random runs reach seldom, and in which bugs live. */
export const RARE_STATES = [
  "log truncated",
  "log conflict",
  "snapshot taken",
  "snapshot installed",
  "snapshot transfer began again",
  "state restored",
  "duplicate answered from a session",
  "session expired",
  "serial forgotten",
  "too many open serials",
  "unknown outcome",
  "unknown outcome resolved by its serial",
  "leadership handed over",
  "transfer timed out",
  "slow leader handed over",
  "stalling leader handed over",
  "leader short of space handed over",
  "removed leader handed over",
  "leader without quorum stepped down",
  "joint configuration",
  "wiped member back",
  "wiped member noticed by its log",
  "removed member told",
  "torn tail cut",
  "damage detected",
  "pre-vote refused",
  "vote refused",
  "read index confirmed for a follower",
  "read index dropped",
  "proposal refused: uncommitted limit",
  "stale read",
  "request abandoned",
  "altered memory found",
  "diverged member serves again",
  "group version raised",
  "outdated binary stopped",
  "request refused: mailbox full",
  "request refused: disk full",
  "request refused: transferring",
  "envelope of an old life refused",
] as const;

export type EffectName = (typeof FAULT_EFFECTS)[number] | (typeof RARE_STATES)[number];

export const EFFECT_NAMES: readonly EffectName[] = [...FAULT_EFFECTS, ...RARE_STATES];

export type EffectCounts = Record<EffectName, number>;

export function noEffects(): EffectCounts {
  return Object.fromEntries(EFFECT_NAMES.map((name) => [name, 0])) as EffectCounts;
}

export function addEffects(total: EffectCounts, more: EffectCounts): void {
  for (const name of EFFECT_NAMES) total[name] += more[name];
}
