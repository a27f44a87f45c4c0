// A member of a group as a process would run it: real log and snapshots in a directory, real peers on loopback, the real replica
// with the key/value store. Only the process is missing, so that several fit into one test.
import { asCluster, asGroup, asMember } from "../../../core/base/ids.ts";
import { utf8 } from "../../../core/base/bytes.ts";
import type { Outcome } from "../../../core/base/outcome.ts";
import { Random } from "../../../core/base/random.ts";
import { encodeCommand, encodeQuery, NO_GUARDS } from "../../../core/kv/commands.ts";
import { KvStateMachine } from "../../../core/kv/kv-state-machine.ts";
import { OnePartition } from "../../../core/replica/applied/one-partition.ts";
import type { KvResult } from "../../../core/kv/results.ts";
import { decodeResult } from "../../../core/kv/results.ts";
import { DEFAULT_LIMITS, DEFAULT_TIMING } from "../../../core/raft/inputs.ts";
import type { Place } from "../../../core/raft/membership.ts";
import { foundingMembership } from "../../../core/raft/membership.ts";
import type { Reply, ReplicaObservation } from "../../../core/replica/effects.ts";
import { DEFAULT_REPLICA_LIMITS, FIRST_VERSION } from "../../../core/replica/options.ts";
import { Replica } from "../../../core/replica/replica.ts";
import { systemClock } from "../../../runtime/clock.ts";
import { openDataDirectory } from "../../../runtime/disk/data-directory.ts";
import type { DataDirectory } from "../../../runtime/disk/data-directory.ts";
import type { DiskAnswer } from "../../../runtime/disk/disk-problem.ts";
import { DEFAULT_LOG_LIMITS } from "../../../runtime/disk/log/log-options.ts";
import type { MemberStorage } from "../../../runtime/disk/member-storage.ts";
import { openMemberStorage } from "../../../runtime/disk/member-storage.ts";
import { nodeFiles } from "../../../runtime/disk/node-files.ts";
import { hostMetrics } from "../../../runtime/host-metrics.ts";
import { SILENT } from "../../../runtime/logger.ts";
import { Metrics } from "../../../runtime/metrics.ts";
import { PeerCounters } from "../../../runtime/peers/peer-counters.ts";
import { PeerNames } from "../../../runtime/peers/peer-names.ts";
import { PeerServer } from "../../../runtime/peers/peer-server.ts";
import { Peers } from "../../../runtime/peers/peers.ts";
import { logObserver } from "../../../runtime/replica/log-metrics.ts";
import { recoveredReplica } from "../../../runtime/replica/recovered-group.ts";
import { replicaCounters } from "../../../runtime/replica/replica-counters.ts";
import { replicaGauges } from "../../../runtime/replica/replica-gauges.ts";
import { ReplicaHost } from "../../../runtime/replica/replica-host.ts";

export type MemberOptions = {
  readonly ordinal: number;
  readonly places: readonly Place[];
  /** Where they were when the group was founded; left out: where they are. */
  readonly founded?: readonly Place[];
  readonly directory: string;
  /** Small numbers make snapshots frequent. */
  readonly snapshotEntries?: number;
  readonly trailingEntries?: number;
};

const memberAt = (ordinal: number) => asMember(`member-${ordinal}`);

function value<T>(start: (answer: DiskAnswer<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((problem, found) => {
      if (problem === null) resolve(found);
      else reject(new Error(problem.message));
    });
  });
}

export class RealMember {
  readonly metrics = new Metrics({ service: "replica", version: "test" });
  readonly observations: ReplicaObservation[] = [];
  readonly endings: string[] = [];
  readonly peers: Peers;
  readonly host: ReplicaHost;
  readonly server: PeerServer;
  readonly place: Place;
  readonly #storage: MemberStorage;
  readonly #directory: DataDirectory;

  private constructor(options: MemberOptions, directory: DataDirectory, storage: MemberStorage) {
    this.#storage = storage;
    this.#directory = directory;
    const { ordinal, places, founded = places, snapshotEntries, trailingEntries } = options;
    const place = places[ordinal] as Place;
    this.place = place;
    const self = { cluster: asCluster("c"), group: asGroup("1"), member: memberAt(ordinal), place, boot: directory.life };
    const founding = foundingMembership(founded.map((each) => ({ member: memberAt(each.ordinal), place: each })));
    const replica = new Replica({
      identity: { cluster: self.cluster, group: self.group, self: self.member, boot: self.boot },
      earlierLives: directory.earlierLives,
      ...recoveredReplica(storage, founding),
      machine: new OnePartition(new KvStateMachine(), DEFAULT_REPLICA_LIMITS),
      random: new Random(ordinal + 1),
      timing: DEFAULT_TIMING,
      raftLimits: { ...DEFAULT_LIMITS, trailingEntries: trailingEntries ?? DEFAULT_LIMITS.trailingEntries },
      limits: {
        ...DEFAULT_REPLICA_LIMITS,
        snapshotEntries: snapshotEntries ?? DEFAULT_REPLICA_LIMITS.snapshotEntries,
        shutdownGraceMs: 1_000,
      },
      version: FIRST_VERSION,
    });
    const counters = new PeerCounters();
    const clock = systemClock;
    this.peers = new Peers({ self, names: new PeerNames(), counters, clock, logger: SILENT, fraction: Math.random });
    const count = replicaCounters(this.metrics);
    replicaGauges(this.metrics, "1", () => this.host.status());
    this.host = new ReplicaHost({
      replica,
      clock,
      storage: { log: storage.recovered.log, snapshots: storage.snapshots, directory, reserveBytes: 1 },
      peers: this.peers,
      places,
      observe: (observation) => {
        this.observations.push(observation);
        count(observation);
      },
      hostObserver: hostMetrics(this.metrics),
      onStop: (reason, message) => this.endings.push(`${reason}: ${message}`),
      onDiskFailure: (problem) => this.endings.push(problem.message),
      onBug: (error) => this.endings.push(String(error)),
    });
    this.server = new PeerServer({
      self: () => self,
      onMessage: (message) => this.host.receive(message),
      onIntroduced: (peer) => this.peers.introduce(peer),
      questions: {},
      counters,
      clock,
      logger: SILENT,
    });
  }

  static async start(options: MemberOptions): Promise<RealMember> {
    const directory = await value<DataDirectory>((answer) =>
      openDataDirectory({ files: nodeFiles(), path: options.directory, mark: 0 }, answer),
    );
    const metrics = new Metrics({ service: "opening", version: "test" });
    const storage = await value<MemberStorage>((answer) =>
      openMemberStorage(
        {
          directory,
          member: memberAt(options.ordinal),
          limits: { ...DEFAULT_LOG_LIMITS, segmentBytes: 4_194_304 },
          onFailure: () => undefined,
          observe: logObserver({ metrics, clock: systemClock, logger: SILENT }),
        },
        answer,
      ),
    );
    const member = new RealMember(options, directory, storage);
    const [host, port] = (options.places[options.ordinal] as Place).address.split(":");
    await member.server.listen({ host: host as string, port: Number(port) });
    member.host.start();
    return member;
  }

  get isLeader(): boolean {
    const { raft } = this.host.status();
    return raft.role === "leader" && raft.termStarted;
  }

  async put(key: string, text: string, timeoutMs = 2_000): Promise<Outcome<Reply>> {
    const command = encodeCommand({ kind: "put", key: utf8(key), guards: NO_GUARDS, value: utf8(text) });
    return this.host.request({ kind: "write", command, session: null }, { timeoutMs });
  }

  async get(key: string, consistency: "linearizable" | "stale" = "linearizable"): Promise<KvResult | null> {
    const query = encodeQuery({ kind: "get", key: utf8(key) });
    const outcome = await this.host.request({ kind: "read", query, consistency }, { timeoutMs: 2_000 });
    return outcome.kind === "done" && outcome.value.kind === "result" ? decodeResult(outcome.value.result) : null;
  }

  /** As a killed process would end, but for the lock and the files, which the next life of this test needs. */
  async kill(): Promise<void> {
    this.host.end();
    this.peers.close();
    await this.server.close();
    await new Promise<void>((resolve) => this.#storage.recovered.log.close(() => resolve()));
    await new Promise((resolve) => this.#storage.snapshots.close(resolve));
    await new Promise((resolve) => this.#directory.close(resolve));
  }
}
