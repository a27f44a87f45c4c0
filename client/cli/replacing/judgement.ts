// What comes next for a place whose member is to begin anew. Pure. A volume is given up only where nothing that is there could reach it,
// or where its member has refused it, and only while the others can do without it.
import { Trouble } from "../trouble.ts";
import type { Place } from "./place.ts";

export type Step =
  /** `why`: what its claim is deleted for. */
  | { readonly kind: "replace"; readonly why: string }
  /** It begins anew already, or comes back by itself. */
  | { readonly kind: "wait"; readonly why: string }
  /** It is there, and votes. */
  | { readonly kind: "votes" }
  | { readonly kind: "refuse"; readonly trouble: Trouble };

/** How a member ends whose disk is damaged. */
const DAMAGED = 78;

export function judge(place: Place): Step {
  const { podName, pod, claim, home, isNodeLost, others } = place;
  const loss = lossOf(place);
  if (loss === null && place.votes) return { kind: "votes" };
  if (loss !== null) {
    if (place.isReached && claim?.isLeaving !== true)
      return refuse(
        `Kubernetes takes the node of ${podName} (${pod?.node}) for lost, but its group reaches it`,
        `its kubelet may be all that is away: kubectl describe node ${pod?.node}`,
      );
    const { well, total, hasLeader } = others;
    if (hasLeader && well > total / 2) return { kind: "replace", why: loss };
    return refuse(
      `the group has no majority without ${podName}: ${well} of ${total - 1} others are well${hasLeader ? "" : ", and none leads"}`,
      "bring the others back first; if their disks are gone for good: flotilla group recover --help",
    );
  }
  if (isNodeLost && home !== null)
    return refuse(
      `the node of ${podName} (${pod?.node}) is not ready, but its volume can be reached from ${home.ready.join(", ")}`,
      `it comes back with its data once its pod is gone: kubectl delete pod ${podName} --force --grace-period=0`,
    );
  if (pod?.isBackingOff === true)
    return refuse(
      `${podName} ends again and again (exit code ${pod.exitCode ?? "unknown"}), and its volume is there`,
      `see why: kubectl logs ${podName} --previous`,
    );
  return { kind: "wait", why: waitingFor(place, claim === null || claim.isLeaving) };
}

/** Why its volume is of no more use; null: it may be. */
function lossOf({ podName, pod, claim, home, isNodeLost }: Place): string | null {
  if (claim === null || home === null) return null;
  // A pod that has a node keeps it from going.
  if (claim.isLeaving)
    return pod === null || pod.node === null ? null : `the claim of ${podName} is being deleted, and its pod is still there`;
  if (!isNodeLost && pod?.exitCode === DAMAGED && !pod.isRunning) return `${podName} refuses its damaged disk (exit code ${DAMAGED})`;
  if (!home.isLost) return null;
  const nodes = home.away.length === 0 ? "a node that is not known any more" : `${home.away.join(", ")}, not ready`;
  return `the volume of ${podName} is on ${nodes}`;
}

function waitingFor({ podName, pod, member }: Place, isClaimChanging: boolean): string {
  if (member !== null) return `${podName} on ${pod?.node ?? "?"} is ${member.role}`;
  if (pod === null) return `${podName} is to be made again`;
  if (isClaimChanging) return `${podName} gets a new volume`;
  return pod.node === null ? `${podName} waits for a node` : `${podName} starts on ${pod.node}`;
}

const refuse = (message: string, next: string): Step => ({ kind: "refuse", trouble: new Trouble(message, next) });
