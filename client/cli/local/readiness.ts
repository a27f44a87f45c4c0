// When a cluster that was started serves: every group has a majority of members that are ready. And when it never will:
// too many of a group refuse their disks.
import { fetchJson } from "../fetch-json.ts";
import { fieldsOf, listOf } from "../json.ts";
import { isMember, originOf } from "./process-description.ts";
import type { SupervisedProcess } from "./supervisor.ts";
import { pause } from "../../waiting.ts";

/** Of one process: ready, or why not. */
export type Readiness = { readonly process: SupervisedProcess; readonly isReady: boolean; readonly reason: string };

export type GroupState = { readonly group: string; readonly members: readonly Readiness[]; readonly state: "serving" | "waiting" | "lost" };

export async function lookAt(processes: readonly SupervisedProcess[]): Promise<readonly GroupState[]> {
  const readiness = await Promise.all(processes.map(readinessOf));
  return groupsOf(readiness);
}

/** Pure: who of each group is ready, and whether that is enough. */
export function groupsOf(readiness: readonly Readiness[]): readonly GroupState[] {
  const names = [...new Set(readiness.map(({ process }) => process.group))];
  return names.map((group) => {
    const members = readiness.filter(({ process }) => process.group === group);
    // Of coordinators and workers any one is enough.
    const needed = members.every(({ process }) => isMember(process.service)) ? Math.floor(members.length / 2) + 1 : 1;
    const ready = members.filter(({ isReady }) => isReady).length;
    const possible = members.filter(({ process }) => process.stopped === null).length;
    return { group, members, state: ready >= needed ? "serving" : possible < needed ? "lost" : "waiting" };
  });
}

async function readinessOf(process: SupervisedProcess): Promise<Readiness> {
  if (process.stopped !== null) return { process, isReady: false, reason: process.stopped };
  if (process.pid === null) return { process, isReady: false, reason: "does not run" };
  const answer = fieldsOf(await fetchJson(`${originOf(process)}/readyz`));
  const checks = listOf(answer["checks"]).map(fieldsOf);
  const open = checks.filter((check) => check["ok"] !== true).map((check) => String(check["message"]));
  const isReady = checks.length > 0 && open.length === 0;
  return { process, isReady, reason: checks.length === 0 ? "does not answer yet" : open.join("; ") };
}

export type Settled =
  | { readonly kind: "serving"; readonly groups: readonly GroupState[] }
  | { readonly kind: "lost" | "late"; readonly groups: readonly GroupState[] };

export type SettleOptions = {
  readonly look: () => Promise<readonly GroupState[]>;
  readonly deadlineMs: number;
  /** How long members beyond the majority are waited for. */
  readonly patienceMs: number;
  readonly onLook: (groups: readonly GroupState[]) => void;
};

const LOOK_MS = 50;

export async function untilServing({ look, deadlineMs, patienceMs, onLook }: SettleOptions): Promise<Settled> {
  const beganMs = performance.now();
  let servingSinceMs: number | null = null;
  for (;;) {
    const groups = await look();
    onLook(groups);
    const nowMs = performance.now();
    if (groups.some(({ state }) => state === "lost")) return { kind: "lost", groups };
    if (groups.every(({ state }) => state === "serving")) {
      servingSinceMs ??= nowMs;
      if (groups.every(isDecided) || nowMs - servingSinceMs >= patienceMs) return { kind: "serving", groups };
    } else if (nowMs - beganMs >= deadlineMs) return { kind: "late", groups };
    await pause(LOOK_MS);
  }
}

/** Nothing changes any more by waiting. */
const isDecided = ({ members }: GroupState): boolean => members.every(({ isReady, process }) => isReady || process.stopped !== null);
