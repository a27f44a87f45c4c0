// The labs' checks with the labs' patience: is there one leader, do terms agree, has a command been agreed on. The
// numbers here are what decides between pass and failure.
import { asTerm } from "../../core/base/ids.ts";
import type { Term } from "../../core/base/ids.ts";
import { present } from "../../core/base/assert.ts";
import type { Threshold } from "./figures.ts";
import type { RaftCluster } from "./raft-cluster.ts";
import { demand, LabFailure, sleep } from "./script.ts";
import type { Script } from "./script.ts";

const LEADER_POLLS_MAX = 10;
const LEADER_POLL_MS = { min: 450, max: 549 };

const AGREEMENT_MS_MAX = 10_000;
export const ATTEMPT_MS_MAX = 2_000;
export const ATTEMPT_POLL_MS = 20;
const SEARCH_PAUSE_MS = 50;

const WAIT_POLLS_MAX = 30;
const WAIT_MS_FIRST = 10;
const WAIT_MS_BEFORE_LAST_DOUBLING = 1_000;

const LEADER_WAIT: Threshold = { name: "leader after", unit: "ms", limit: LEADER_POLLS_MAX * LEADER_POLL_MS.max, bound: "atMost" };
const AGREEMENT: Threshold = { name: "agreement after", unit: "ms", limit: AGREEMENT_MS_MAX, bound: "below" };
const FIRST_ATTEMPT: Threshold = { name: "agreement at the first attempt after", unit: "ms", limit: ATTEMPT_MS_MAX, bound: "below" };

/** The leader of the highest term among those who are connected. */
export function* oneLeader(cluster: RaftCluster): Script<number> {
  const { time, figures } = cluster.bench;
  const beganMs = time.nowMs;
  for (let poll = 0; poll < LEADER_POLLS_MAX; poll++) {
    yield* sleep(cluster.random.between(LEADER_POLL_MS.min, LEADER_POLL_MS.max));
    const leader = leaderOfHighestTerm(cluster);
    if (leader === null) continue;
    figures.measure(LEADER_WAIT, time.nowMs - beganMs);
    return leader;
  }
  throw new LabFailure("expected one leader, found none");
}

/** The term that all who are connected are in. */
export function agreedTerm(cluster: RaftCluster): Term {
  const terms = new Set(connected(cluster).map((place) => cluster.status(place)?.term));
  demand(terms.size === 1, () => `members disagree on the term: ${[...terms].join(", ")}`);
  return [...terms][0] ?? asTerm(0);
}

export function demandNoLeader(cluster: RaftCluster): void {
  const leader = connected(cluster).find((place) => cluster.status(place)?.role === "leader");
  demand(leader === undefined, () => `n${String(leader)} leads without a quorum`);
}

export type Committed = { readonly count: number; readonly command: string | null };

/** By how many members something has been applied at this index. That they applied the same is checked always. */
export function committedAt(cluster: RaftCluster, index: number): Committed {
  const commands = cluster.places.map((place) => cluster.appliedAt(place, index)).filter((command) => command !== null);
  return { count: commands.length, command: commands[0] ?? null };
}

export function demandNotCommitted(cluster: RaftCluster, index: number): void {
  const { count, command } = committedAt(cluster, index);
  demand(count === 0, () => `${String(count)} members applied ${String(command)} at index ${String(index)} without a majority`);
}

export type Agreement = { readonly command: string; readonly members: number; readonly retry: boolean };

/** Has a command agreed on by at least so many members; its index. With `retry` it may be submitted more than once. */
export function* agree(cluster: RaftCluster, { command, members, retry }: Agreement): Script<number> {
  const { time, figures } = cluster.bench;
  const beganMs = time.nowMs;
  let place = 0;
  while (time.nowMs - beganMs < AGREEMENT_MS_MAX) {
    const accepted = submitSomewhere(cluster, place, command);
    if (accepted === null) {
      yield* sleep(SEARCH_PAUSE_MS);
      continue;
    }
    place = accepted.place;
    if (yield* isApplied(cluster, { command, members, index: accepted.index })) {
      figures.measure(retry ? AGREEMENT : FIRST_ATTEMPT, time.nowMs - beganMs);
      return accepted.index;
    }
    if (!retry) break;
  }
  throw new LabFailure(`${String(members)} members did not agree on ${command}`);
}

/** A command that nobody has seen before, agreed on by so many. */
export function* agreeOnFresh(cluster: RaftCluster, members: number): Script<number> {
  return yield* agree(cluster, { command: cluster.freshCommand(), members, retry: true });
}

export type Wait = {
  readonly index: number;
  readonly members: number;
  /** Gives up when somebody is beyond this term. */
  readonly term: Term | null;
};

/** The command that so many have applied at the index; null when the group has moved on to a later term. */
export function* appliedBy(cluster: RaftCluster, { index, members, term }: Wait): Script<string | null> {
  let pauseMs = WAIT_MS_FIRST;
  for (let poll = 0; poll < WAIT_POLLS_MAX && committedAt(cluster, index).count < members; poll++) {
    yield* sleep(pauseMs);
    if (pauseMs < WAIT_MS_BEFORE_LAST_DOUBLING) pauseMs *= 2;
    if (term !== null && cluster.places.some((place) => (cluster.status(place)?.term ?? 0) > term)) return null;
  }
  const { count, command } = committedAt(cluster, index);
  demand(count >= members, () => `only ${String(count)} of ${String(members)} members decided index ${String(index)}`);
  return present(command, "somebody applied it");
}

function leaderOfHighestTerm(cluster: RaftCluster): number | null {
  const leaders = new Map<number, number>();
  for (const place of connected(cluster)) {
    const status = cluster.status(place);
    if (status?.role !== "leader") continue;
    demand(!leaders.has(status.term), () => `term ${String(status.term)} has more than one leader`);
    leaders.set(status.term, place);
  }
  return leaders.get(Math.max(...leaders.keys())) ?? null;
}

/** Tries everybody, from `first` on: one of them may lead. */
function submitSomewhere(cluster: RaftCluster, first: number, command: string): { readonly place: number; readonly index: number } | null {
  for (let steps = 1; steps <= cluster.size; steps++) {
    const place = cluster.after(first, steps);
    const started = cluster.isConnected(place) ? cluster.start(place, command) : null;
    if (started !== null) return { place, index: started.index };
  }
  return null;
}

type Sought = { readonly command: string; readonly members: number; readonly index: number };

function* isApplied(cluster: RaftCluster, { command, members, index }: Sought): Script<boolean> {
  const { time } = cluster.bench;
  const beganMs = time.nowMs;
  while (time.nowMs - beganMs < ATTEMPT_MS_MAX) {
    const committed = committedAt(cluster, index);
    if (committed.count >= members && committed.command === command) return true;
    yield* sleep(ATTEMPT_POLL_MS);
  }
  return false;
}

function connected(cluster: RaftCluster): readonly number[] {
  return cluster.places.filter((place) => cluster.isConnected(place));
}
