// What a scenario plays on: a group of real Raft members, and the trace of what they do. A verb acts on the stage; the
// stage writes down what became visible: roles, what was applied, what was read, what a member noticed. Disks of bytes
// (byte-disk.ts) are under the members of those scenarios that ask for them. What clients are told is played on whole
// replicas instead.
import type { MemberId } from "../../core/base/ids.ts";
import type { Message } from "../../core/raft/messages.ts";
import type { RaftObservation, Ready } from "../../core/raft/ready.ts";
import { textOf } from "../../core/base/bytes.ts";
import { TestCluster } from "../core/raft/cluster.ts";
import type { ClusterOptions, MemberUnderTest } from "../core/raft/cluster.ts";
import type { LogLimits } from "../../runtime/disk/log/log-options.ts";
import type { ReplicaWorld } from "../core/replica/replica-world.ts";
import { ByteDisk } from "./byte-disk.ts";
import { describeMessage } from "./describe-message.ts";

export type Arguments = {
  /** Words without "=", in order. */
  readonly words: readonly string[];
  readonly named: ReadonlyMap<string, string>;
};

export type Verb = (stage: Stage, given: Arguments) => void;

export class Stage {
  readonly trace: string[] = [];
  #cluster: TestCluster | null = null;
  #replicas: ReplicaWorld | null = null;
  readonly #disks = new Map<string, ByteDisk>();

  get cluster(): TestCluster {
    if (this.#cluster === null) throw new Error("a scenario begins with `cluster size=…`");
    return this.#cluster;
  }

  get replicas(): ReplicaWorld {
    if (this.#replicas === null) throw new Error("a scenario of replicas begins with `replicas size=…`");
    return this.#replicas;
  }

  set replicas(world: ReplicaWorld) {
    this.#replicas = world;
  }

  /** `limits` of logs of bytes; null: there are no bytes. */
  build(options: ClusterOptions, limits: LogLimits | null): void {
    const bytes = limits === null ? {} : { diskOf: (member: MemberId) => this.#begunDisk(member, limits) };
    this.#cluster = new TestCluster({ ...options, ...bytes });
    this.#cluster.watch = (member, ready): void => {
      this.#note(member, ready);
    };
  }

  diskOf(name: string): ByteDisk {
    const disk = this.#disks.get(name);
    if (disk === undefined) throw new Error(`${name} has no disk of bytes: this needs \`cluster … disks=bytes\``);
    return disk;
  }

  say(line: string): void {
    this.trace.push(line);
  }

  /** Delivers one after the other, each followed by what it led to at the receiver. */
  deliver(choose: (message: Message) => boolean): number {
    const chosen = this.cluster.network.filter(choose);
    for (const message of chosen) {
      this.say(describeMessage(message));
      this.cluster.deliver((candidate) => candidate === message);
    }
    return chosen.length;
  }

  #begunDisk(member: MemberId, limits: LogLimits): ByteDisk {
    const say = (line: string): void => this.say(line);
    const disk = this.#disks.get(member) ?? new ByteDisk({ member, limits, say, onFailure: () => this.cluster.end(member) });
    this.#disks.set(member, disk);
    return disk;
  }

  #note(member: MemberUnderTest, ready: Ready): void {
    for (const observation of ready.observations) this.say(`  ${member.self} ${describeObservation(observation)}`);
    for (const entry of ready.committed)
      if (entry.kind === "command") this.say(`  ${member.self} applies ${String(entry.index)} "${textOf(entry.body)}"`);
    for (const answer of ready.reads) {
      this.say(
        `  ${member.self} read ${String(answer.context)}: ${answer.kind === "confirmed" ? `wait for ${String(answer.index)}` : "dropped"}`,
      );
    }
    if (ready.restore !== null) this.say(`  ${member.self} restores snapshot ${ready.restore.id}`);
  }
}

function describeObservation(observation: RaftObservation): string {
  switch (observation.kind) {
    case "roleChanged":
      return `is ${observation.role} in term ${String(observation.term)}${observation.role === "follower" ? ` of ${observation.leader ?? "nobody"}` : ""}`;
    case "electionStarted":
      return `stands for term ${String(observation.term)} (${observation.reason})`;
    case "truncated":
      return `truncates ${String(observation.from)}..${String(observation.last)}`;
    case "steppedDown":
      return `steps down from term ${String(observation.term)}: ${observation.reason}`;
    case "transferStarted":
      return `hands over to ${observation.to} (${observation.reason})`;
    case "transferEnded":
      return `hand-over to ${observation.to}: ${observation.result}`;
    case "membershipChanged":
      return `writes ${observation.joint ? "joint " : ""}membership at ${String(observation.index)}`;
    case "snapshotSent":
      return `has brought ${observation.to} to ${String(observation.index)} by snapshot`;
    case "snapshotInstalled":
      return `installs a snapshot up to ${String(observation.index)}`;
    case "snapshotUnreadable":
      return `reads no snapshot ${String(observation.index)}`;
    case "leaderContradicts":
      return `does not believe ${observation.leader}, whose entry ${String(observation.index)} is not the committed one`;
    case "memberWiped":
      return `finds ${observation.member} wiped: acknowledged ${String(observation.acknowledged)}, has ${String(observation.claimed)}`;
  }
}
