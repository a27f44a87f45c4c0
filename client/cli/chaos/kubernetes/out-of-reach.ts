// Kubernetes itself may be away, or refuse what this account asks for. Then a fault is not done, or nobody sees what came of it, and the
// cluster is not to blame.
import { OutOfReach } from "../injector.ts";
import type { PodsApi } from "./pods-api.ts";

/** The same, but whatever goes wrong says that it is no fault of the cluster's. */
export function tellingWhoseFault(api: PodsApi): PodsApi {
  const { namespace, release, mayEvict } = api;
  return {
    ...{ namespace, release, mayEvict },
    pods: () => reached("pods can't be listed", api.pods()),
    deletePod: (pod, graceSeconds) => reached(`${pod.name} can't be deleted`, api.deletePod(pod, graceSeconds)),
    evictPod: (pod) => reached(`${pod.name} can't be evicted`, api.evictPod(pod)),
    deleteClaim: (name) => reached(`the claim ${name} can't be deleted`, api.deleteClaim(name)),
    isAllowedBy: (name) => reached(`whether runs are allowed can't be read in ${name}`, api.isAllowedBy(name)),
    keep: (name, file, text) => reached(`${file} can't be put into ${name}`, api.keep(name, file, text)),
    runScript: (pod, script) => reached(`nothing can be run beside ${pod.name}`, api.runScript(pod, script)),
  };
}

async function reached<T>(what: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw new OutOfReach(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
