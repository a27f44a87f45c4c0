// Who runs in a release: two looks tell whether anybody began anew between them, or was elected.
import type { Component, Pod } from "./pods.ts";
import { COMPONENTS } from "./pods.ts";
import type { Release } from "./release.ts";

/** One line for each pod. */
export async function livesOf(release: Release): Promise<readonly string[]> {
  const pods = await Promise.all(COMPONENTS.map((component) => release.pods(component)));
  const lives = COMPONENTS.flatMap((component, i) =>
    (pods[i] ?? []).map(async (pod) => lifeOf(pod, isMember(component) ? await release.ask(pod.name, "/v1/status") : null)),
  );
  return Promise.all(lives);
}

const isMember = (component: Component): boolean => component === "replica" || component === "controller";

/**
 * Pure. `member`: what it says of itself; null where the pod is none. It counts its own starts, which matters where the API server was
 * away: that hears of restarts late.
 */
export function lifeOf({ name, uid, restarts }: Pod, member: Readonly<Record<string, unknown>> | null): string {
  const life = `${name} ${uid}, its containers restarted ${restarts} times`;
  return member === null ? life : `${life}, start ${String(member["boot"])}, term ${String(member["term"])}`;
}
