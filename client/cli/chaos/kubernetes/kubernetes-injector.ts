// Faults on the pods of one release, with no rights but those over its pods: a process is ended or made to stand still from beside it,
// a pod is deleted as anybody would delete it, and with its claim goes its disk. Whoever ends without being struck is noticed.
import type { Act } from "../faults.ts";
import type { Injector } from "../injector.ts";
import { beginsAnew } from "../last-words.ts";
import { patiently } from "../patiently.ts";
import type { Pod, PodsApi } from "./pods-api.ts";
import { KILL, pauseFor, RESUME } from "./process-scripts.ts";
import { pause } from "../../../waiting.ts";

/** Not 0, which would let the next pod of that name begin before this one has ended. */
const SOON_SECONDS = 1;
const PATIENCE_MS = 90_000;
const LOOK_MS = 250;
/** The kubelet starts a container again at once, then after 10 s, 20 s, 40 s and so on, more than a cluster is given to be well. */
const RESTARTS_MOST = 2;
/** If whoever runs the faults is lost, what stands still goes on after this long. */
const PAUSE_MOST_MS = 30_000;

/** Where a pod was that has no place of its own, and who had been seen when it was struck. */
type Struck = { readonly component: string; readonly seen: ReadonlySet<string> };

export class KubernetesInjector implements Injector {
  readonly acts: readonly Act[];
  readonly #api: PodsApi;
  readonly #patienceMs: number;
  readonly #paused = new Map<string, Pod>();
  /** Lives of containers that were struck and may end. */
  readonly #struck = new Set<string>();
  /** Pods of Deployments, by the name under which they were struck: whoever takes the place of one has another name. */
  readonly #placeless = new Map<string, Struck>();
  readonly #restarts = new Map<string, number>();
  readonly #minAgeMs: number;
  /** By its name. */
  readonly #startedMs = new Map<string, number>();
  readonly #wiped = new Set<string>();
  readonly #unexpected: string[] = [];

  /** `patienceMs`: how long a pod is waited for. */
  constructor(api: PodsApi, { patienceMs = PATIENCE_MS, minAgeMs = 0 }: { readonly patienceMs?: number; readonly minAgeMs?: number } = {}) {
    this.#api = api;
    this.acts = ["kill", "pause", "resume", "stop", "wipe", ...(api.mayEvict ? (["evict"] as const) : [])];
    this.#patienceMs = patienceMs;
    this.#minAgeMs = minAgeMs;
  }

  async perform(act: Act, name: string): Promise<void> {
    if (act === "resume") return this.#resume(name);
    const pod = await this.#running(name);
    if (pod.set === null) this.#placeless.set(name, { component: pod.component, seen: new Set(this.#restarts.keys()) });
    switch (act) {
      case "kill":
        return this.#kill(pod);
      case "pause":
        // Before it stands still, so that it goes on whatever becomes of the answer.
        this.#paused.set(name, pod);
        return this.#api.runScript(pod, pauseFor(PAUSE_MOST_MS));
      case "stop":
        return this.#delete(pod, null);
      case "evict":
        return this.#evict(pod);
      case "wipe":
        return this.#wipe(pod);
      case "halt":
        throw new RangeError("a pod takes a while until it stands still");
    }
  }

  async heal(): Promise<void> {
    for (const name of [...this.#paused.keys()]) await this.#resume(name);
  }

  /** What the cluster says of its pods from time to time. */
  note(pods: readonly Pod[]): void {
    const isFirst = this.#restarts.size === 0;
    for (const pod of pods) {
      // A pod that came since has restarted as often as it says since it was made.
      const before = this.#restarts.get(pod.uid) ?? (isFirst ? pod.restarts : 0);
      this.#restarts.set(pod.uid, pod.restarts);
      if (pod.startedMs !== null) this.#startedMs.set(pod.name, pod.startedMs);
      for (let life = before; life < pod.restarts; life++) if (!this.#struck.delete(lifeOf(pod.uid, life))) this.#unexplained(pod);
    }
  }

  isTooYoung(name: string): boolean {
    return Date.now() - (this.#startedMs.get(name) ?? 0) < this.#minAgeMs;
  }

  #unexplained({ name, lastEnd }: Pod): void {
    if (this.#wiped.has(name) && beginsAnew(lastEnd?.words ?? "")) return;
    const [how, words] = [lastEnd?.how ?? "nobody knows why", lastEnd?.words ?? ""];
    this.#unexpected.push(`${name} ended by itself (${how})${words === "" ? "" : `: ${words}`}`);
  }

  unexpectedEnds(): readonly string[] {
    return this.#unexpected;
  }

  async #kill(pod: Pod): Promise<void> {
    this.#struck.add(lifeOf(pod.uid, pod.restarts));
    try {
      await this.#api.runScript(pod, KILL);
    } catch {
      // Programs may not be run beside it, or it hangs: then its pod goes, which is as hard. Or it took the program with it.
      if (await this.#lives(pod)) await this.#api.deletePod(pod, SOON_SECONDS);
    }
    await this.#untilAnother(pod);
    if (pod.restarts >= RESTARTS_MOST) await this.#replaceIfWaiting(pod);
  }

  /** Its process is dead already: so that it comes back soon, another pod takes its place, whose restarts are counted from zero. */
  async #replaceIfWaiting({ name, uid }: Pod): Promise<void> {
    const pod = await this.#find(name);
    if (pod?.uid === uid && !pod.isRunning && !pod.isLeaving) await this.#api.deletePod(pod, SOON_SECONDS);
  }

  async #wipe(pod: Pod): Promise<void> {
    this.#wiped.add(pod.name);
    await this.#api.deleteClaim(`data-${pod.name}`);
    await this.#delete(pod, SOON_SECONDS);
  }

  /** Its disruption budget may have no room for a while: then it is asked again, as a drain does. */
  async #evict(pod: Pod): Promise<void> {
    this.#struck.add(lifeOf(pod.uid, pod.restarts));
    const untilMs = performance.now() + this.#patienceMs;
    while (!(await this.#api.evictPod(pod))) {
      if (performance.now() > untilMs) throw new Error(`${pod.name} may not be evicted within ${this.#patienceMs / 1_000} s`);
      await pause(LOOK_MS);
    }
    await this.#untilAnother(pod);
  }

  async #delete(pod: Pod, graceSeconds: number | null): Promise<void> {
    this.#struck.add(lifeOf(pod.uid, pod.restarts));
    await this.#api.deletePod(pod, graceSeconds);
    await this.#untilAnother(pod);
  }

  async #resume(name: string): Promise<void> {
    const pod = this.#paused.get(name);
    this.#paused.delete(name);
    if (pod === undefined) return;
    // It may be gone, or its time may be over: then it does not stand still.
    await this.#api.runScript(pod, RESUME).catch(() => undefined);
  }

  /** Its present pod, or the one that has taken its place, once that runs. Of this release only: nobody else's is in the list. */
  async #running(name: string): Promise<Pod> {
    const untilMs = performance.now() + this.#patienceMs;
    for (;;) {
      const pods = await this.#pods();
      const named = pods.find((pod) => pod.name === name && !pod.isLeaving);
      const pod = named ?? this.#successorAmong(pods, name);
      if (pod?.isRunning === true) return pod;
      if (performance.now() > untilMs) throw new Error(`${name} has not come back within ${this.#patienceMs / 1_000} s`);
      await pause(LOOK_MS);
    }
  }

  /** Until the life that was struck has ended. */
  async #untilAnother(pod: Pod): Promise<void> {
    const untilMs = performance.now() + this.#patienceMs;
    for (;;) {
      if (!(await this.#lives(pod))) return;
      if (performance.now() > untilMs) throw new Error(`${pod.name} has not ended within ${this.#patienceMs / 1_000} s`);
      await pause(LOOK_MS);
    }
  }

  async #lives({ name, uid, restarts }: Pod): Promise<boolean> {
    const pod = await this.#find(name);
    return pod?.uid === uid && pod.restarts === restarts && pod.isRunning;
  }

  /** Whoever of its kind came after it was struck. */
  #successorAmong(pods: readonly Pod[], name: string): Pod | undefined {
    const struck = this.#placeless.get(name);
    return pods.find(({ component, uid, isLeaving }) => component === struck?.component && !struck.seen.has(uid) && !isLeaving);
  }

  async #find(name: string): Promise<Pod | null> {
    return (await this.#pods()).find((pod) => pod.name === name) ?? null;
  }

  async #pods(): Promise<readonly Pod[]> {
    const pods = await patiently(performance.now() + this.#patienceMs, () => this.#api.pods());
    this.note(pods);
    return pods;
  }
}

const lifeOf = (uid: string, restarts: number): string => `${uid} ${restarts}`;
