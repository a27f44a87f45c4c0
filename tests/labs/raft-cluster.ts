// The members of a Raft lab. It watches everything that is applied: two members that apply different commands at one
// index, or an index out of its order, are failures at once.
import { utf8 } from "../../core/base/bytes.ts";
import type { MemberId, Term } from "../../core/base/ids.ts";
import { DEFAULT_LIMITS } from "../../core/raft/inputs.ts";
import type { RaftLimits, RaftStatus } from "../../core/raft/inputs.ts";
import type { RaftObservation } from "../../core/raft/ready.ts";
import { Cluster } from "./cluster.ts";
import type { ClusterOptions, MemberParts } from "./cluster.ts";
import type { Bench } from "./lab.ts";
import { ListService } from "./list-service.ts";
import { RaftMember } from "./raft-member.ts";
import { demand } from "./script.ts";

export type RaftClusterOptions = ClusterOptions & { readonly takesSnapshots: boolean };

export type Started = { readonly index: number; readonly term: Term };

/** The labs demand that everything a snapshot covers leaves the log at once. */
const SNAPSHOT_LIMITS: RaftLimits = { ...DEFAULT_LIMITS, trailingEntries: 0, trailingBytes: 0 };

export class RaftCluster extends Cluster<RaftMember> {
  readonly #takesSnapshots: boolean;
  /** Of each place's latest life, also when it is over. */
  readonly #services = new Map<number, ListService>();
  /** The first command that anybody applied at each index. */
  readonly #agreed: string[] = [];
  #snapshotsInstalled = 0;

  constructor(bench: Bench, { takesSnapshots, ...options }: RaftClusterOptions) {
    super(bench, options);
    this.#takesSnapshots = takesSnapshots;
    this.restart(...this.places);
  }

  get snapshotsInstalled(): number {
    return this.#snapshotsInstalled;
  }

  /** Null: this member doesn't lead, or doesn't run. */
  start(place: number, command: string): Started | null {
    const result = this.memberAt(place)?.propose(utf8(command));
    return result?.kind === "proposed" ? { index: result.serviceIndex, term: result.id.term } : null;
  }

  /** Null: it doesn't run. */
  status(place: number): RaftStatus | null {
    return this.memberAt(place)?.status ?? null;
  }

  /** What this member, or its last life, has applied at the index; null: nothing yet. */
  appliedAt(place: number, index: number): string | null {
    return this.#services.get(place)?.commandAt(index) ?? null;
  }

  /** A command like no other, as long as the labs' random integers. */
  freshCommand(): string {
    return `${this.random.uint32()}${this.random.uint32()}`;
  }

  protected override makeMember(parts: MemberParts<RaftMember>): RaftMember {
    const { place } = parts;
    const service = new ListService(this.#takesSnapshots, (index, command) => {
      const agreed = (this.#agreed[index - 1] ??= command);
      demand(agreed === command, () => `n${place} applies ${command} at index ${index}, where ${agreed} was applied`);
    });
    this.#services.set(place, service);
    return new RaftMember({
      ...parts,
      time: this.bench.time,
      makeRaft: this.bench.makeRaft,
      limits: this.#takesSnapshots ? SNAPSHOT_LIMITS : DEFAULT_LIMITS,
      service,
      send: (message) => this.send(message),
      observe: (observation) => this.observe(parts.self, observation),
    });
  }

  protected override observe(self: MemberId, observation: RaftObservation): void {
    if (observation.kind === "snapshotInstalled") this.#snapshotsInstalled++;
    super.observe(self, observation);
  }
}
