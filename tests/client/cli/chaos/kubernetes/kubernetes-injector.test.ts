import { KubernetesInjector } from "../../../../../client/cli/chaos/kubernetes/kubernetes-injector.ts";
import type { Pod, PodsApi } from "../../../../../client/cli/chaos/kubernetes/pods-api.ts";
import { KILL, pauseFor, RESUME } from "../../../../../client/cli/chaos/kubernetes/process-scripts.ts";
import { pause } from "../../../../../client/waiting.ts";
import { inFakeTime } from "../../../fake-time.ts";

const podNamed = (name: string, uid: string, more: Partial<Pod> = {}): Pod => ({
  ...{ name, uid, component: "replica", group: "1", set: "f-replica-1", ip: "10.0.0.1" },
  ...{ isRunning: true, isLeaving: false, restarts: 0, startedMs: 0, lastEnd: null, ...more },
});

const workerNamed = (name: string, uid: string, more: Partial<Pod> = {}): Pod =>
  podNamed(name, uid, { component: "worker", group: null, set: null, ...more });

/**
 * A cluster that brings back what goes: a deleted pod under another uid, and one of a Deployment under another name, too; an ended process
 * as one more restart.
 */
class FakeApi implements PodsApi {
  readonly namespace = "n";
  readonly release = "f";
  readonly calls: string[] = [];
  scriptsFail = false;
  mayEvict = true;
  /** So often a disruption budget says no. */
  refusals = 0;
  now = new Map<string, Pod>();

  constructor(...pods: readonly Pod[]) {
    for (const pod of pods) this.now.set(pod.name, pod);
  }

  pods(): Promise<readonly Pod[]> {
    return Promise.resolve([...this.now.values()]);
  }

  deletePod({ name, uid }: Pod, graceSeconds: number | null): Promise<void> {
    this.calls.push(`delete ${name} ${uid} ${graceSeconds ?? "own grace"}`);
    this.replace(name);
    return Promise.resolve();
  }

  evictPod({ name, uid }: Pod): Promise<boolean> {
    this.calls.push(`evict ${name} ${uid}`);
    if (this.refusals-- > 0) return Promise.resolve(false);
    this.replace(name);
    return Promise.resolve(true);
  }

  deleteClaim(name: string): Promise<void> {
    this.calls.push(`delete claim ${name}`);
    return Promise.resolve();
  }

  isAllowedBy(): Promise<boolean> {
    return Promise.resolve(true);
  }

  keep(): Promise<void> {
    return Promise.resolve();
  }

  runScript({ name }: Pod, script: string): Promise<void> {
    if (this.scriptsFail) return Promise.reject(new Error("pods/exec is forbidden"));
    this.calls.push(`${script === KILL ? "kill" : script === RESUME ? "resume" : "pause"} in ${name}`);
    if (script === KILL) this.restart(name, "Error, exit code 137");
    return Promise.resolve();
  }

  replace(name: string): void {
    const pod = this.now.get(name) as Pod;
    this.now.delete(name);
    const successor = pod.set === null ? `${name}+` : name;
    this.now.set(successor, { ...pod, name: successor, uid: `${pod.uid}+`, isRunning: true, restarts: 0, startedMs: 0, lastEnd: null });
  }

  restart(name: string, how: string, words = ""): void {
    const pod = this.now.get(name) as Pod;
    this.now.set(name, { ...pod, restarts: pod.restarts + 1, lastEnd: { how, words } });
  }
}

async function calledBy(act: Parameters<KubernetesInjector["perform"]>[0], api = new FakeApi(podNamed("r-0", "u"))): Promise<FakeApi> {
  const injector = new KubernetesInjector(api);
  injector.note(await api.pods());
  await injector.perform(act, "r-0");
  injector.note(await api.pods());
  expect(injector.unexpectedEnds()).toEqual([]);
  return api;
}

test.each([
  { act: "kill" as const, calls: ["kill in r-0"] },
  { act: "pause" as const, calls: ["pause in r-0"] },
  { act: "stop" as const, calls: ["delete r-0 u own grace"] },
  { act: "wipe" as const, calls: ["delete claim data-r-0", "delete r-0 u 1"] },
])("$act", async ({ act, calls }) => {
  expect((await calledBy(act)).calls).toEqual(calls);
});

test("where no program may be run beside a process, its pod goes, and never without a grace that the node sees", async () => {
  const api = new FakeApi(podNamed("r-0", "u"));
  api.scriptsFail = true;
  expect((await calledBy("kill", api)).calls).toEqual(["delete r-0 u 1"]);
});

test("a process that took the program beside it with it is dead, and its pod stays", async () => {
  const api = new FakeApi(podNamed("r-0", "u"));
  api.runScript = ({ name }) => {
    api.restart(name, "Error, exit code 137");
    return Promise.reject(new Error("the connection was lost"));
  };
  expect((await calledBy("kill", api)).calls).toEqual([]);
});

/** Starts containers as the kubelet does: at once, then after 10 s, and each time after twice as long. A new pod begins anew. */
class KubeletApi extends FakeApi {
  override restart(name: string, how: string): void {
    const ended = { ...(this.now.get(name) as Pod), isRunning: false };
    this.now.set(name, ended);
    const waitMs = ended.restarts === 0 ? 0 : 10_000 * 2 ** (ended.restarts - 1);
    setTimeout(() => {
      if (this.now.get(name)?.uid === ended.uid)
        this.now.set(name, { ...ended, isRunning: true, restarts: ended.restarts + 1, lastEnd: { how, words: "" } });
    }, waitMs);
  }
}

test("a process that is killed again and again is never left waiting for longer than 10 s, and each kill is one", async () => {
  const api = new KubeletApi(podNamed("r-0", "u"));
  const injector = new KubernetesInjector(api);
  const waitsMs = await inFakeTime(async () => {
    const waits: number[] = [];
    for (let kill = 0; kill < 7; kill++) {
      const killedMs = performance.now();
      await injector.perform("kill", "r-0");
      while (api.now.get("r-0")?.isRunning !== true) await pause(50);
      waits.push(performance.now() - killedMs);
    }
    injector.note(await api.pods());
    return waits;
  });
  expect(Math.max(...waitsMs)).toBeLessThan(11_000);
  const inPlace = ["kill in r-0", "kill in r-0", "kill in r-0"];
  expect(api.calls).toEqual([...inPlace, "delete r-0 u 1", ...inPlace, "delete r-0 u+ 1", "kill in r-0"]);
  expect(injector.unexpectedEnds()).toEqual([]);
});

test("where a pod of a Deployment was deleted, its successor is struck the next time, under whatever name", async () => {
  const api = new FakeApi(workerNamed("w-a", "u"), workerNamed("w-b", "v"));
  api.scriptsFail = true;
  const injector = new KubernetesInjector(api, { patienceMs: 10 });
  for (let kill = 0; kill < 3; kill++) await injector.perform("kill", "w-a");
  expect(api.calls).toEqual(["delete w-a u 1", "delete w-a+ u+ 1", "delete w-a++ u++ 1"]);
});

test("a worker whose third kill deletes its pod is killed again as its successor", async () => {
  const api = new KubeletApi(workerNamed("w-a", "u", { restarts: 2 }), workerNamed("w-b", "v"));
  const injector = new KubernetesInjector(api);
  injector.note(await api.pods());
  await inFakeTime(async () => {
    for (let kill = 0; kill < 2; kill++) await injector.perform("kill", "w-a");
    injector.note(await api.pods());
  });
  expect(api.calls).toEqual(["kill in w-a", "delete w-a u 1", "kill in w-a+"]);
  expect(injector.unexpectedEnds()).toEqual([]);
});

test("a worker that is started again in its pod is waited for: a pod that came meanwhile is none of its successors", async () => {
  const api = new KubeletApi(workerNamed("w-a", "u", { restarts: 1 }));
  const injector = new KubernetesInjector(api);
  await inFakeTime(async () => {
    await injector.perform("kill", "w-a");
    api.now.set("w-c", workerNamed("w-c", "x"));
    await injector.perform("kill", "w-a");
  });
  expect(api.calls.filter((call) => call.includes("w-c"))).toEqual([]);
});

test("what stands still goes on when a run is healed, once, and also if nobody can be asked for it", async () => {
  const api = new FakeApi(podNamed("r-0", "u"));
  const injector = new KubernetesInjector(api);
  await injector.perform("pause", "r-0");
  await injector.heal();
  await injector.heal();
  expect(api.calls).toEqual(["pause in r-0", "resume in r-0"]);
  await injector.perform("pause", "r-0");
  api.scriptsFail = true;
  await expect(injector.heal()).resolves.toBeUndefined();
});

test("a process that ends without being struck is noticed, also after one that was", async () => {
  const api = await calledBy("kill");
  const injector = new KubernetesInjector(api);
  injector.note(await api.pods());
  api.restart("r-0", "OOMKilled, exit code 137");
  injector.note(await api.pods());
  expect(injector.unexpectedEnds()).toEqual(["r-0 ended by itself (OOMKilled, exit code 137)"]);
});

test("a process that ends by itself between two looks is noticed, behind one that was struck and in a pod that is new", async () => {
  const api = new FakeApi(podNamed("r-0", "u"));
  const injector = new KubernetesInjector(api);
  injector.note(await api.pods());
  const { runScript } = api;
  api.runScript = async (pod, script) => {
    await runScript.call(api, pod as Pod, script);
    api.restart("r-0", "Error, exit code 70");
  };
  await injector.perform("kill", "r-0");
  expect(injector.unexpectedEnds()).toHaveLength(1);
  injector.note([podNamed("w-1", "new", { restarts: 1 })]);
  expect(injector.unexpectedEnds()).toHaveLength(2);
});

test.each([
  { words: "removed: peers say that this member was removed from its group", act: "wipe" as const, isSound: true },
  {
    words: "divergence: what this member's disk holds differs from what a majority of its group has",
    act: "wipe" as const,
    isSound: false,
  },
  { words: "removed: peers say that this member was removed from its group", act: "stop" as const, isSound: false },
])("after $act, a member may begin anew only because its disk was emptied: $words", async ({ words, act, isSound }) => {
  const api = new FakeApi(podNamed("r-0", "u"));
  const injector = new KubernetesInjector(api);
  await injector.perform(act, "r-0");
  injector.note(await api.pods());
  api.restart("r-0", "Error, exit code 75", words);
  injector.note(await api.pods());
  expect(injector.unexpectedEnds()).toEqual(isSound ? [] : [`r-0 ended by itself (Error, exit code 75): ${words}`]);
});

test("a pod that is not of the release is not found, so nothing is done to it", async () => {
  const api = new FakeApi(podNamed("r-0", "u"));
  await expect(new KubernetesInjector(api, { patienceMs: 10 }).perform("stop", "somebody-else-0")).rejects.toThrow("has not come back");
  expect(api.calls).toEqual([]);
});

test("the scripts are programs, and a pause has an end of its own", () => {
  for (const script of [KILL, pauseFor(30_000)]) {
    const expression = /expression: (".*") \} \}\)\);/.exec(script)?.[1] ?? "";
    expect(() => new Function(JSON.parse(expression) as string)).not.toThrow();
  }
  expect(pauseFor(30_000)).toContain("Date.now() + 30000");
});

test("an eviction that the budget refuses is asked for again", async () => {
  const api = new FakeApi(podNamed("r-0", "u"));
  api.refusals = 2;
  expect((await calledBy("evict", api)).calls).toEqual(["evict r-0 u", "evict r-0 u", "evict r-0 u"]);
});

test("an account that may not evict has one act less", () => {
  const api = new FakeApi();
  expect(new KubernetesInjector(api).acts).toContain("evict");
  api.mayEvict = false;
  expect(new KubernetesInjector(api).acts).not.toContain("evict");
});

test("nothing that needs a pod to stand still at once is offered", async () => {
  const injector = new KubernetesInjector(new FakeApi(podNamed("r-0", "u")));
  expect(injector.acts).not.toContain("halt");
  await expect(injector.perform("halt", "r-0")).rejects.toThrow(RangeError);
});

test("whoever has run for less than was asked for is too young, and nobody is where nothing was", async () => {
  const startedMs = Date.now() - 60_000;
  const api = new FakeApi(podNamed("r-0", "u", { startedMs }), podNamed("r-1", "v"));
  const injectors = [120_000, 30_000, 0].map((minAgeMs) => new KubernetesInjector(api, { minAgeMs }));
  for (const injector of injectors) injector.note(await api.pods());
  expect(injectors.map((injector) => ["r-0", "r-1"].map((name) => injector.isTooYoung(name)))).toEqual([
    [true, false],
    [false, false],
    [false, false],
  ]);
});
