import { OutOfReach } from "../../../../../client/cli/chaos/injector.ts";
import { KubernetesInjector } from "../../../../../client/cli/chaos/kubernetes/kubernetes-injector.ts";
import { tellingWhoseFault } from "../../../../../client/cli/chaos/kubernetes/out-of-reach.ts";
import type { Pod, PodsApi } from "../../../../../client/cli/chaos/kubernetes/pods-api.ts";
import { inFakeTime } from "../../../fake-time.ts";

const POD: Pod = {
  ...{ name: "r-0", uid: "u", component: "replica", group: "1", set: "f-replica-1", ip: "10.0.0.1" },
  ...{ isRunning: true, isLeaving: false, restarts: 0, startedMs: 0, lastEnd: null },
};
const forbidden = (): Promise<never> => Promise.reject(new Error("HTTP-Code: 403"));

function apiWith(pods: PodsApi["pods"]): PodsApi {
  const refused = {
    ...{ deletePod: forbidden, evictPod: forbidden, deleteClaim: forbidden },
    ...{ isAllowedBy: forbidden, keep: forbidden, runScript: forbidden },
  };
  return tellingWhoseFault({ namespace: "n", release: "f", mayEvict: true, pods, ...refused });
}

test.each([
  { act: "pause", says: "nothing can be run beside r-0: HTTP-Code: 403" },
  { act: "stop", says: "r-0 can't be deleted: HTTP-Code: 403" },
  { act: "evict", says: "r-0 can't be evicted: HTTP-Code: 403" },
  { act: "wipe", says: "the claim data-r-0 can't be deleted: HTTP-Code: 403" },
] as const)("what this account may not do is no fault of the cluster's: $act", async ({ act, says }) => {
  const injector = new KubernetesInjector(apiWith(() => Promise.resolve([POD])));
  await expect(injector.perform(act, "r-0")).rejects.toEqual(new OutOfReach(says));
});

test("an API server that is away for a moment is waited for, and one that stays away is no fault of the cluster's", () =>
  inFakeTime(async () => {
    let away = 3;
    const returning = new KubernetesInjector(
      apiWith(() => (away-- > 0 ? forbidden() : Promise.resolve([]))),
      { patienceMs: 1_000 },
    );
    await expect(returning.perform("kill", "r-0")).rejects.toThrow("r-0 has not come back within 1 s");
    const gone = new KubernetesInjector(apiWith(forbidden), { patienceMs: 1_000 });
    await expect(gone.perform("kill", "r-0")).rejects.toEqual(new OutOfReach("pods can't be listed: HTTP-Code: 403"));
  }));
