// Which members of a group serve while something is done to them, look after look, as each says itself in its pod. One that was told to end
// is asked like any other: while it waits for another one it serves on. It serves nobody any more once it has begun to leave.
import { sleep } from "../integration/test-case.ts";
import type { Release } from "./release.ts";

/** Of those that serve, by their pods' names: which start of the member this is. Another one is another process over the same volume. */
export type Look = ReadonlyMap<string, number>;

const EVERY_MS = 250;

/** From now until a while after `deed` has ended, well or not. */
export async function watchGroup(release: Release, pods: readonly string[], deed: Promise<unknown>): Promise<readonly Look[]> {
  let isOver = false;
  const end = (): boolean => (isOver = true);
  deed.then(end, end);
  const looks: Look[] = [await lookAt(release, pods)];
  while (!isOver) {
    await sleep(EVERY_MS);
    looks.push(await lookAt(release, pods));
  }
  return looks;
}

export async function lookAt(release: Release, pods: readonly string[]): Promise<Look> {
  const starts = await Promise.all(pods.map(async (pod) => [pod, await startOf(release, pod)] as const));
  return new Map(starts.flatMap(([pod, start]) => (start === null ? [] : [[pod, start] as const])));
}

/** Null: it does not serve, or can't be asked. By the same rule as other members that think of leaving. */
async function startOf(release: Release, pod: string): Promise<number | null> {
  try {
    const { stage, role, boot } = await release.ask(pod, "/v1/status");
    return stage === "serving" && role !== "learner" ? Number(boot) : null;
  } catch {
    return null;
  }
}

/**
 * Pure. The fewest that served at one moment, of what is certain: who served in neither of two looks in a row did not serve between them.
 * Within one look nothing is: one may have come after it was asked, and another one gone before.
 */
export function fewestServing(looks: readonly Look[]): number {
  const between = looks.slice(1).map((look, i) => new Set([...look.keys(), ...(looks[i]?.keys() ?? [])]).size);
  return Math.min(...between);
}

/** Pure. In how many looks one of two served on, as the process that it was before, while the other one did not serve. */
export function looksWaited(looks: readonly Look[], { two, before }: { readonly two: readonly string[]; readonly before: Look }): number {
  const isAsBefore = (look: Look, pod: string): boolean => look.has(pod) && look.get(pod) === before.get(pod);
  return looks.filter((look) => two.some((pod) => !look.has(pod)) && two.some((pod) => isAsBefore(look, pod))).length;
}
