// From the pods of a release to its members, as the rest of a run knows them. Who has a place of its own stays known while its pod is
// away; of the others those are known that there are. Pure but for what it remembers.
import type { Known } from "../../status/cluster-facts.ts";
import type { Pod } from "./pods-api.ts";

export type Naming = { readonly namespace: string; readonly clusterDomain: string };

const HTTP_PORT = 7400;
const SERVICES: Readonly<Record<string, { readonly service: string; readonly group: string }>> = {
  controller: { service: "shard-controller", group: "controllers" },
  replica: { service: "replica", group: "" },
  coordinator: { service: "coordinator", group: "coordinators" },
  worker: { service: "worker", group: "workers" },
};
const ORDER = Object.keys(SERVICES);

export class ReleaseMembers {
  readonly #naming: Naming;
  readonly #placed = new Map<string, Pod>();

  constructor(naming: Naming) {
    this.#naming = naming;
  }

  known(pods: readonly Pod[]): readonly Known[] {
    for (const pod of pods) if (pod.set !== null) this.#placed.set(pod.name, pod);
    const present = new Map(pods.map((pod) => [pod.name, pod]));
    const others = pods.filter((pod) => pod.set === null && !pod.isLeaving);
    return [...this.#placed.values(), ...others]
      .sort((a, b) => ORDER.indexOf(a.component) - ORDER.indexOf(b.component) || a.name.localeCompare(b.name, "en", { numeric: true }))
      .flatMap((pod) => this.#knownPod(pod, present.get(pod.name)));
  }

  /** Where clients of the Redis protocol reach a replica. */
  hostOf({ name, set, ip }: Pod): string {
    const { namespace, clusterDomain } = this.#naming;
    return set === null ? (ip ?? "") : `${name}.${set}.${namespace}.svc.${clusterDomain}`;
  }

  #knownPod(placed: Pod, present: Pod | undefined): readonly Known[] {
    const found = SERVICES[placed.component];
    if (found === undefined) return [];
    const ordinal = placed.set === null ? null : Number(placed.name.slice(placed.name.lastIndexOf("-") + 1));
    return [
      {
        ...{ name: placed.name, service: found.service, group: placed.group ?? found.group, ordinal },
        http: `http://${this.hostOf(present ?? placed)}:${HTTP_PORT}`,
        pid: present?.isRunning === true ? undefined : null,
        stopped: null,
      },
    ];
  }
}
