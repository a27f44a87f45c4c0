// A release on three nodes with local volumes, and what Kubernetes makes of deletions there: a claim goes when no pod with a node uses it,
// a pod on a lost node only by force, and what is missing is made again on a node that is ready.
import type { Claim, MemberAnswers, Node, ReleaseApi, ReplicaPod, Volume } from "../../../../client/cli/replacing/release-api.ts";

export const podAt = (ordinal: number, more: Partial<ReplicaPod> = {}): ReplicaPod => ({
  ...{ name: `f-replica-1-${ordinal}`, uid: `pod-${ordinal}`, component: "replica", group: "1", ordinal, node: `n${ordinal}` },
  ...{ isRunning: true, isLeaving: false, exitCode: null, isBackingOff: false, ...more },
});

export class FakeRelease implements ReleaseApi {
  readonly namespace = "n";
  readonly release = "f";
  readonly calls: string[] = [];
  /** What happens right before a look. */
  readonly events: (() => void)[] = [];
  pods_: ReplicaPod[] = [0, 1, 2].map((ordinal) => podAt(ordinal));
  claims: Claim[] = [0, 1, 2].map((n) => ({ name: `data-f-replica-1-${n}`, uid: `claim-${n}`, isLeaving: false, volume: `v${n}` }));
  volumes = new Map<string, string | null>([0, 1, 2].map((n) => [`v${n}`, `n${n}`]));
  nodes_: Node[] = [0, 1, 2].map((n) => ({ name: `n${n}`, labels: { host: `n${n}` }, isReady: true }));
  /** By place. */
  ids = ["m0", "m1", "m2"];
  learning = new Set<string>();
  silent = new Set<string>();
  leader = 0;
  isAway = false;
  /** By addresses, from the others. */
  reached = new Set<string>();

  loseNode(n: number, isForgotten = false): void {
    this.nodes_ = this.nodes_.flatMap((node) => (node.name !== `n${n}` ? [node] : isForgotten ? [] : [{ ...node, isReady: false }]));
  }

  mendNode(n: number): void {
    this.nodes_ = [...this.nodes_.filter(({ name }) => name !== `n${n}`), { name: `n${n}`, labels: { host: `n${n}` }, isReady: true }];
  }

  change(ordinal: number, more: Partial<ReplicaPod>): void {
    this.pods_ = this.pods_.map((pod) => (pod.ordinal === ordinal ? { ...pod, ...more } : pod));
  }

  pods(): Promise<readonly ReplicaPod[]> {
    this.events.shift()?.();
    if (this.isAway) return Promise.reject(new Error("ECONNREFUSED"));
    return Promise.resolve([...this.pods_]);
  }

  claim(name: string): Promise<Claim | null> {
    return Promise.resolve(this.claims.find((each) => each.name === name) ?? null);
  }

  volume(name: string): Promise<Volume | null> {
    const host = this.volumes.get(name);
    if (host === undefined) return Promise.resolve(null);
    const terms = host === null ? null : [{ matchExpressions: [{ key: "host", operator: "In", values: [host] }] }];
    return Promise.resolve({ name, terms });
  }

  nodes(): Promise<readonly Node[]> {
    return Promise.resolve([...this.nodes_]);
  }

  deleteClaim({ name, uid }: Pick<Claim, "name" | "uid">): Promise<void> {
    this.calls.push(`delete claim ${uid}`);
    this.claims = this.claims.map((each) => (each.name === name && each.uid === uid ? { ...each, isLeaving: true } : each));
    this.settle();
    return Promise.resolve();
  }

  deletePod({ name, uid }: Pick<ReplicaPod, "name" | "uid">, isForced: boolean): Promise<void> {
    this.calls.push(`delete pod ${uid}${isForced ? " by force" : ""}`);
    const pod = this.pods_.find((each) => each.name === name && each.uid === uid);
    if (pod === undefined) return Promise.resolve();
    this.pods_ = this.pods_.map((each) =>
      each === pod ? { ...each, uid: `${uid}+`, node: null, isRunning: false, exitCode: null } : each,
    );
    this.settle();
    return Promise.resolve();
  }

  /** The set's and the scheduler's work. */
  settle(): void {
    for (const pod of this.pods_.filter(({ node }) => node === null)) {
      const name = `data-${pod.name}`;
      this.claims = this.claims.filter((each) => each.name !== name || !each.isLeaving);
      const ready = this.nodes_.filter(({ isReady }) => isReady).map((each) => each.name);
      const old = this.claims.find((each) => each.name === name);
      const node = old === undefined ? ready[0] : ready.find((each) => each === this.volumes.get(old.volume ?? ""));
      if (node === undefined) continue;
      if (old === undefined) {
        this.claims.push({ name, uid: `claim-${pod.ordinal}+`, isLeaving: false, volume: `v${pod.ordinal}+` });
        this.volumes.set(`v${pod.ordinal}+`, node);
      }
      this.change(pod.ordinal, { node, isRunning: true });
      this.ids[pod.ordinal] = `m${pod.ordinal}+`;
      this.learning.add(`m${pod.ordinal}+`);
    }
  }

  ask({ name }: Pick<ReplicaPod, "name">): Promise<MemberAnswers | null> {
    const pod = this.pods_.find((each) => each.name === name);
    const id = this.ids[pod?.ordinal ?? -1];
    if (pod === undefined || id === undefined || this.silent.has(id)) return Promise.resolve(null);
    const role = this.learning.has(id) ? "learner" : pod.ordinal === this.leader ? "leader" : "follower";
    return Promise.resolve({
      status: { member: id, role, term: 7 },
      readiness: { checks: [{ name: "votes", ok: role !== "learner" }] },
      members: {
        members: this.ids.map((member, ordinal) => ({ member, ordinal, http: `http://${ordinal}`, votes: !this.learning.has(member) })),
      },
    });
  }

  reaches({ name }: Pick<ReplicaPod, "name">, http: string): Promise<boolean> {
    return Promise.resolve(name === `f-replica-1-${this.leader}` && this.reached.has(http));
  }
}
