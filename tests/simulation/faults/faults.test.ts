// Each fault alone, many times over: it takes effect, and the group lives with it.
import { run } from "../run.ts";
import type { FaultEvent, RunPlan } from "../run-plan.ts";
import { drawPlan } from "../swarm.ts";
import { addEffects, FAULT_EFFECTS, noEffects } from "../world/counters.ts";
import type { EffectName } from "../world/counters.ts";
import { Random } from "../../../core/base/random.ts";
import { FAULT_KINDS, FAULTS } from "./catalogue.ts";
import type { FaultKind } from "./catalogue.ts";
import { chosen, shuffledBy } from "./fault.ts";

const SAFETY_MS = 3_500;
const RUNS_MAX = 40;

/** What shows that a fault took effect. */
const EFFECTS: { readonly [K in FaultKind]: readonly EffectName[] } = {
  bitFlip: ["bit flip", "sector of zeros"],
  clockDrift: ["clock drift"],
  clockJump: ["clock jump"],
  cloggedLink: ["clogged link"],
  conflictingTail: ["conflicting tail met by a snapshot"],
  crashAtSnapshotStep: ["crash: at a step of a snapshot"],
  crashEverybody: ["crash: everybody at once"],
  crashLeaderAfterAppend: ["crash: leader right after it appended"],
  crashQuorum: ["crash: a quorum at once"],
  damage: ["message damaged"],
  delay: ["message delayed", "message reordered"],
  diskPausedOverTwoTerms: ["disk paused over two terms"],
  drop: ["message dropped"],
  duplicate: ["message duplicated"],
  failingFsync: ["failing fsync"],
  failingWrite: ["failing write"],
  flapping: ["partition: flapping"],
  fullDisk: ["full disk"],
  isolateLeader: ["partition: leader isolated"],
  leaderSleeps: ["pause: leader slept through an election"],
  leaderWithUncommitted: ["partition: leader with uncommitted entries"],
  lostLog: ["lost log"],
  memberAdded: ["member added"],
  memberRemoved: ["member removed"],
  memberReplaced: ["member replaced"],
  memoryAltered: ["memory altered"],
  oldBackup: ["old backup restored"],
  oneWayCut: ["one-way cut"],
  partitionBridge: ["partition: bridge"],
  partitionHalves: ["partition: majority and minority"],
  partitionRing: ["partition: ring"],
  pause: ["pause"],
  placesClosed: ["places closed"],
  powerLoss: ["crash: power lost with unsynced bytes"],
  processKill: ["crash: process killed"],
  restart: ["restart"],
  shortLives: ["restarted before it was answered"],
  slowFsync: ["slow fsync"],
  stall: ["stall"],
  swiftRestart: ["swift restart"],
  swizzle: ["partition: swizzle"],
  transfer: ["transfer asked"],
  upgrade: ["binary upgraded"],
  wipedDisk: ["wiped disk"],
};

test.each(FAULT_KINDS)(
  "%s takes effect and is lived with",
  (kind) => {
    const effects = noEffects();
    for (let seed = 1; seed <= RUNS_MAX && EFFECTS[kind].some((name) => effects[name] === 0); seed++) {
      const { verdict, effects: found } = run(planWith(kind, seed));
      expect({ seed, verdict }).toEqual({ seed, verdict: { kind: "passed" } });
      addEffects(effects, found);
    }
    expect(EFFECTS[kind].filter((name) => effects[name] === 0)).toEqual([]);
  },
  60_000,
);

test("the group is not at rest before an upgrade of everybody has come to the last", () => {
  const everybody: FaultEvent = { id: 0, kind: "upgrade", atMs: SAFETY_MS - 1, forMs: 1, dice: [0, 0.9, 0.9] };
  const plan: RunPlan = { ...planWith("upgrade", 1), faults: [everybody] };
  const { verdict, healing } = run(plan);
  expect(verdict).toEqual({ kind: "passed" });
  // One every 100 ms.
  expect(healing?.ms).toBeGreaterThan((plan.members - 1) * 100);
});

test("every effect of a fault belongs to some fault", () => {
  const shown = new Set(Object.values(EFFECTS).flat());
  expect(FAULT_EFFECTS.filter((name) => !shown.has(name))).toEqual([]);
});

test("dice choose from what there is, and the same die the same", () => {
  expect(chosen([], 0.5)).toBeNull();
  expect([0, 0.34, 0.67, 0.999].map((die) => chosen(["a", "b", "c"], die))).toEqual(["a", "b", "c", "c"]);
  const items = [1, 2, 3, 4, 5];
  expect([...shuffledBy(items, 0.3)].sort()).toEqual(items);
  expect(shuffledBy(items, 0.3)).toEqual(shuffledBy(items, 0.3));
  expect(shuffledBy(items, 0.3)).not.toEqual(shuffledBy(items, 0.8));
});

/** Five members, three clients and one fault, beginning twice a second. */
function planWith(kind: FaultKind, seed: number): RunPlan {
  const random = new Random(seed);
  const { min, max } = FAULTS[kind].forMs;
  const faults: FaultEvent[] = [];
  for (let atMs = 1_500; atMs < SAFETY_MS; atMs += 500) {
    const dice = [random.fraction(), random.fraction(), random.fraction()] as const;
    faults.push({ id: faults.length, kind, atMs, forMs: random.between(min, Math.min(max, 2_000)), dice });
  }
  const plan = drawPlan(seed, { safetyMs: SAFETY_MS });
  return { ...plan, members: 5, spares: 1, clients: plan.clients.slice(0, 3), faults };
}
